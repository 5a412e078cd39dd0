import YAML

/// How messages show what came: short, on one line.
enum Excerpt {
  /// How many characters of a text a message shows.
  static let length = 60

  /// The text in quotes, its end left out when it is long.
  static func quoted(_ utf8: some Collection<UInt8>) -> String {
    let start = utf8.prefix(length)
    if start.allSatisfy({ (0x20..<0x7F).contains($0) }) {
      return "'\(String(decoding: start, as: UTF8.self))\(utf8.count <= length ? "" : "...")'"
    }
    // No character is longer than a few bytes, so a long text need not be decoded to its end.
    let scalars = String(decoding: utf8.prefix(length * 5), as: UTF8.self).unicodeScalars
    var text = String.UnicodeScalarView()
    for scalar in scalars.prefix(length) {
      text.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    let isWhole = utf8.count <= length * 5 && scalars.count <= length
    return "'\(String(text))\(isWhole ? "" : "...")'"
  }

  /// What a node is, in words that end a sentence.
  static func description(of node: YAMLBorrowedNode) -> String {
    switch node.kind {
    case .null: "null"
    case .boolean: "the boolean \(quoted(node.bytes)); put it in quotes to make it a string"
    case .integer, .float: "the number \(quoted(node.bytes)); put it in quotes to make it a string"
    case .string: node.bytes.isEmpty ? "an empty string" : quoted(node.bytes)
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
