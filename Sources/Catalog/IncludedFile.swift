import YAML

/// A file that a placeholder names, as it was read.
package enum IncludedFile: Sendable {
  /// Its bytes.
  case content([UInt8])
  /// Why it could not be read: a short stable word and a sentence.
  case failed(rule: String, message: String)
  /// It cannot be asked for: what names it counts as valid and stays as it is.
  case unknown

  /// The one document of a file in JSON or YAML.
  ///
  /// - Throws: The first problem of the text; also when it has more than one document
  ///   (facts/backstage-catalog.md 3.1).
  static func document(in bytes: [UInt8], limits: YAMLLimits) throws(YAMLProblem) -> YAMLDocument {
    // JSON first: the YAML reader refuses some of it.
    let isMaybeJSON = bytes.first { $0 > 0x20 }.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }
    if isMaybeJSON == true, case .success(let document) = json(in: bytes, limits: limits) { return document }
    var documents: [YAMLDocument] = []
    for item in YAMLReader.read(bytes, limits: limits) {
      switch item {
      case .document(let document): documents.append(document)
      case .problem(let problem): throw problem
      }
    }
    guard documents.count <= 1 else {
      throw YAMLProblem(
        rule: .syntax,
        message: "expected one document, got \(documents.count)",
        mark: documents[1].root.mark
      )
    }
    return documents.first ?? .null
  }

  private static func json(in bytes: [UInt8], limits: YAMLLimits) -> Result<YAMLDocument, YAMLProblem> {
    do throws(YAMLProblem) {
      return .success(try JSONReader.read(bytes, limits: limits))
    } catch {
      return .failure(error)
    }
  }
}
