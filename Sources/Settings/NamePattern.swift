/// A pattern for names of projects and repositories (facts/backstage-azure.md 5.4, rules 1 and 3).
///
/// `*` stands for any run of characters, `?` for one character, everything else for itself in any letter
/// case; the whole name must match. One pair of double quotes around the text is dropped: Code Search
/// wants it for names with spaces.
package struct NamePattern: Sendable, Equatable, Hashable, CustomStringConvertible {
  /// The pattern without quotes, in the letter case it was written in.
  package let text: String
  private let folded: [Character]

  /// Matches every name.
  package static let any = NamePattern("*")

  package init(_ text: String) {
    let isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
    self.text = isQuoted ? String(text.dropFirst().dropLast()) : text
    folded = Array(self.text.lowercased())
  }

  /// Whether the pattern can match more than one name.
  package var hasWildcard: Bool { text.contains { $0 == "*" || $0 == "?" } }

  package var description: String { text }

  /// Whether the whole name matches.
  package func matches(_ name: String) -> Bool {
    if folded == ["*"] { return true }
    let name = Array(name.lowercased())
    var (position, index) = (0, 0)
    // Where to go on after the last `*`: it takes one more character each time what follows it fails.
    var retry: (index: Int, position: Int)?
    while position < name.count {
      if index < folded.count, folded[index] == "*" {
        retry = (index + 1, position)
        index += 1
      } else if index < folded.count, folded[index] == "?" || folded[index] == name[position] {
        index += 1
        position += 1
      } else if let last = retry {
        retry = (last.index, last.position + 1)
        (index, position) = (last.index, last.position + 1)
      } else {
        return false
      }
    }
    return folded[index...].allSatisfy { $0 == "*" }
  }

  package static func == (left: NamePattern, right: NamePattern) -> Bool { left.folded == right.folded }

  package func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
