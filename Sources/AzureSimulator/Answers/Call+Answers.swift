import NIOCore

extension Call {
  /// A JSON answer with a length (facts/azure-devops-api.md 0, point 10).
  func json(_ version: APIVersion?, capacity: Int = 1024, _ content: (inout JSONWriter) -> Void)
    -> SimulatorResponse
  {
    var json = JSONWriter(capacity: capacity)
    json.object(content)
    return bytes(Self.jsonType(version), json.buffer, variesByEncoding: true)
  }

  /// A collection with its count first and a length.
  func collection<Row>(_ version: APIVersion, _ rows: [Row], _ row: (Row, inout JSONWriter) -> Void)
    -> SimulatorResponse
  {
    json(version, capacity: 64 + rows.count * 512) {
      $0.field("count", rows.count)
      $0.array("value") { json in
        for element in rows { row(element, &json) }
      }
    }
  }

  /// A collection that is streamed: rows first, count last, in chunks, without `Vary`.
  func streamedCollection(
    _ version: APIVersion,
    count: Int,
    _ row: @escaping @Sendable (Int, inout JSONWriter) -> Void
  ) -> SimulatorResponse {
    // One piece holds 64 rows: about 50 kB of repositories.
    let rowsInPiece = 64
    let pieces = max(1, (count + rowsInPiece - 1) / rowsInPiece)
    let stream = StreamedBody(count: pieces) { piece in
      var json = JSONWriter(capacity: rowsInPiece * 900)
      if piece == 0 { json.raw("{\"value\":[") } else { json.continueArray() }
      for number in (piece * rowsInPiece)..<min(count, (piece + 1) * rowsInPiece) { row(number, &json) }
      if piece == pieces - 1 {
        json.raw("],")
        json.field("count", count)
        json.raw("}")
      }
      return json.buffer
    }
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", Self.jsonType(version)))
    return SimulatorResponse(status: 200, headers: headers, body: .stream(stream))
  }

  /// An answer with these bytes.
  func bytes(_ contentType: String, _ body: ByteBuffer, variesByEncoding: Bool = false) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", contentType))
    if variesByEncoding { headers.append(("Vary", "Accept-Encoding")) }
    return SimulatorResponse(status: 200, headers: headers, body: .bytes(body))
  }

  /// An error: the body of facts/azure-devops-api.md 6, a type without the version, no `Vary`.
  func failure(_ error: ServiceError) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "application/json; charset=utf-8"))
    return SimulatorResponse(status: error.status, headers: headers, body: .bytes(error.body))
  }

  /// The plain-text 404 for a path no resource answers (recording 25).
  func unknownRoute() -> SimulatorResponse {
    let inside =
      organizationAddress == base ? request.path : String(request.path.dropFirst(organizationLength))
    let message =
      "The controller for path '\(inside)' was not found or does not implement IController."
    var response = bytes("text/plain; charset=utf-8", ByteBuffer(string: message))
    response.status = 404
    response.remove("Cache-Control")
    response.remove("Pragma")
    response.remove("Expires")
    response.set("X-TFS-ServiceError", PercentEncoding.encoded(message))
    return response
  }

  /// Characters of the slash and the first segment as they were sent.
  private var organizationLength: Int {
    1 + (request.path.split(separator: "/").first?.count ?? 0)
  }

  static func jsonType(_ version: APIVersion?) -> String {
    guard let version else { return "application/json; charset=utf-8" }
    return "application/json; charset=utf-8; api-version=\(version.text)"
  }
}
