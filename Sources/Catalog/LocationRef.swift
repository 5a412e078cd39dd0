/// Where entities come from, written `type:target`: `url:https://...`, `file:/...`
/// (facts/backstage-catalog.md 4, "Location ref").
///
/// Neither part is empty or has blanks around it, the type has no colon, and the target is no script.
package struct LocationRef: Sendable, Hashable {
  /// For example `url` or `file`.
  package let type: String
  /// What the type reads: a URL, an absolute path.
  package let target: String

  /// Reads `type:target`: the type ends at the first colon, and blanks around either part are dropped.
  ///
  /// - Throws: `LocationRefError` when the text has no colon, a part is empty, the text is a URL without a
  ///   type before it, or the target is a script.
  package init(_ text: String) throws(LocationRefError) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .noType(text) }
    try self.init(type: String(text[..<colon]), target: String(text[text.utf8.index(after: colon)...]))
  }

  /// Makes a location of its parts; blanks around them are dropped.
  ///
  /// - Throws: `LocationRefError` when it would not read back from its text: a part is empty, the type has
  ///   a colon or is `http` or `https`. Also when the target is a script.
  package init(type: String, target: String) throws(LocationRefError) {
    let type = Self.trimmed(type)
    let target = Self.trimmed(target)
    if type.isEmpty { throw .emptyType }
    if target.isEmpty { throw .emptyTarget(type: type) }
    if type.utf8.contains(UInt8(ascii: ":")) { throw .colonInType(type) }
    if ["http", "https"].contains(type.lowercased()) { throw .urlWithoutType(scheme: type) }
    if Self.isScript(target) { throw .script }
    self.type = type
    self.target = target
  }

  /// Name of the Location entity that stands for the location: `generated-` and the SHA-1 of `type:target`
  /// (facts/backstage-catalog.md 4, facts/backstage-azure.md 5.5).
  ///
  /// Another spelling of one target has another name.
  package var generatedName: String { "generated-" + ContentHash.sha1(of: Array(description.utf8)) }

  /// Whether a text would run as a script where a browser follows it as a link: a `javascript:` URL in any
  /// letter case, also with controls and blanks before it and controls in it, which browsers pass over
  /// (facts/backstage-catalog.md 4, 5.1).
  ///
  /// For targets of locations and for the annotations view-url and edit-url.
  package static func isScript(_ text: String) -> Bool {
    var expected = "javascript:".unicodeScalars[...]
    var isBefore = true
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control { continue }
      if isBefore, isBlank(scalar) { continue }
      isBefore = false
      // The bit by which upper and lower case differ; a colon has it as well.
      guard scalar.value | 0x20 == expected.removeFirst().value else { return false }
      if expected.isEmpty { return true }
    }
    return false
  }

  /// Without what JavaScript's `trim` drops.
  private static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return String(scalars)
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar == "\u{FEFF}"
  }
}

extension LocationRef: CustomStringConvertible {
  /// `type:target`.
  package var description: String { "\(type):\(target)" }
}

/// Why a text is not a location.
package enum LocationRefError: Error, Equatable, CustomStringConvertible {
  /// The text, which has no colon.
  case noType(String)
  case emptyType
  case emptyTarget(type: String)
  case colonInType(String)
  /// `http` or `https`, as it is written.
  case urlWithoutType(scheme: String)
  case script

  /// A sentence without the target, since tokens stand in URLs.
  package var description: String {
    switch self {
    case .noType(let text): "expected type:target, got \(Excerpt.quoted(text.utf8)), which has no colon"
    case .emptyType: "expected type:target, got nothing before the colon"
    case .emptyTarget(let type):
      "expected type:target, got nothing behind the colon of \(Excerpt.quoted("\(type):".utf8))"
    case .colonInType(let type):
      "the type of a location must not have a colon, got \(Excerpt.quoted(type.utf8))"
    case .urlWithoutType(let scheme):
      "expected type:target, got a URL; write 'url:' before it, as in 'url:\(scheme)://...'"
    case .script: "the target of a location must not be a 'javascript:' URL"
    }
  }
}
