import Foundation

/// Puts environment variables into texts (facts/backstage-azure.md 1.8).
struct Substitution {
  enum Result: Equatable {
    /// The text, and the variables it was made of.
    case text(String, variables: [String])
    /// A variable that the text needs is not set; what to say about it.
    case unset(String)
  }

  let environment: [String: String]

  /// The text with its variables.
  ///
  /// `${NAME}` stands for the variable, `${NAME:-OTHER}` for the other text when it is unset or empty,
  /// `$${...}` for `${...}` itself. A variable that is not set makes the whole text unset.
  func apply(to text: String) -> Result {
    var result = ""
    var variables: [String] = []
    var rest = text[...]
    while let open = rest.range(of: "${") {
      let body = rest[open.upperBound...].prefix { $0 != "{" && $0 != "}" }
      guard body.endIndex < rest.endIndex, rest[body.endIndex] == "}" else {
        result += rest[..<open.upperBound]
        rest = rest[open.upperBound...]
        continue
      }
      let before = rest[..<open.lowerBound]
      let after = rest.index(after: body.endIndex)
      if before.hasSuffix("$") {
        result += before.dropLast() + rest[open.lowerBound..<after]
      } else {
        guard let value = value(of: body, noting: &variables) else {
          return .unset(Self.explanation(for: body))
        }
        result += before + value
      }
      rest = rest[after...]
    }
    return .text(result + rest, variables: variables)
  }

  private func value(of body: Substring, noting variables: inout [String]) -> String? {
    let (name, fallback) = Self.split(body)
    variables.append(name)
    guard let fallback else { return name.isEmpty ? nil : environment[name] }
    if let value = environment[name], !value.isEmpty { return value }
    return fallback.isEmpty ? nil : fallback
  }

  private static func split(_ body: Substring) -> (name: String, fallback: String?) {
    guard let mark = body.range(of: ":-") else { return (trimmed(body), nil) }
    return (trimmed(body[..<mark.lowerBound]), trimmed(body[mark.upperBound...]))
  }

  private static func explanation(for body: Substring) -> String {
    let name = split(body).name
    return name.isEmpty
      ? "'${}' names no environment variable" : "the environment variable \(name) is not set"
  }

  private static func trimmed(_ text: Substring) -> String { text.trimmingWhiteSpace() }
}

extension StringProtocol {
  /// The text without white space and line breaks at both ends.
  package func trimmingWhiteSpace() -> String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
