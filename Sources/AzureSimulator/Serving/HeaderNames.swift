import HTTPTypes

/// Header names as the HTTP library wants them, made once: checking a name costs more than sending it.
enum HeaderNames {
  private static let known: [String: HTTPField.Name] = Dictionary(
    uniqueKeysWithValues: [
      "Access-Control-Expose-Headers", "ActivityId", "Cache-Control", "Content-Type", "Expires", "P3P",
      "Pragma",
      "Request-Context", "Strict-Transport-Security", "Vary", "X-Cache", "X-Content-Type-Options",
      "X-FRAME-OPTIONS", "X-MSEdge-Ref", "X-TFS-ProcessId", "X-TFS-Session", "X-VSS-E2EID",
      "X-VSS-SenderDeploymentId", "X-VSS-UserData",
    ].compactMap { name in HTTPField.Name(name).map { (name, $0) } }
  )

  /// The headers of an answer, in their order; a name that HTTP does not allow is left out.
  static func fields(_ headers: [(name: String, value: String)]) -> HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(headers.count + 2)
    for (name, value) in headers {
      guard let name = known[name] ?? HTTPField.Name(name) else { continue }
      fields.append(HTTPField(name: name, value: value))
    }
    return fields
  }
}
