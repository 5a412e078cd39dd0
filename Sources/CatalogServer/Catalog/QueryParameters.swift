import Foundation

/// The parameters behind the question mark, each known to the operation that is asked (facts/backstage-catalog.md 9.1).
struct QueryParameters: Sendable {
  private var values: [String: [String]] = [:]

  /// - Parameters:
  ///   - query: As it is in the address; nil for none.
  ///   - known: The names that the operation has.
  /// - Throws: `APIError` 400 for a name that is not known, and for a text that is not percent-encoded UTF-8.
  init(_ query: String?, known: [OperationParameter]) throws(APIError) {
    guard let query, !query.isEmpty else { return }
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try Self.decoded(pair[0])
      guard known.contains(where: { $0.name == name }) else {
        throw .input("unknown query parameter '\(name.prefix(100))'")
      }
      values[name, default: []].append(try pair.count == 2 ? Self.decoded(pair[1]) : "")
    }
  }

  private static func decoded(_ text: Substring) throws(APIError) -> String {
    // As forms write blanks, which Backstage's clients do not, but others do.
    let hasBlanks = text.utf8.contains(UInt8(ascii: "+"))
    let text = hasBlanks ? String(text).replacing("+", with: " ") : String(text)
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    guard let decoded = text.removingPercentEncoding else {
      throw .input("expected percent-encoded UTF-8 in the query, got '\(text.prefix(100))'")
    }
    return decoded
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// All values of a parameter, in their order.
  func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The values of a parameter whose values are also written with commas between them; nil without the parameter.
  func list(_ name: String) -> [String]? {
    values[name]?.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  /// The value of a parameter that stands there once at most; nil without it.
  func single(_ name: String) throws(APIError) -> String? {
    guard let all = values[name] else { return nil }
    guard all.count == 1 else {
      throw .input("the query parameter '\(name)' stands there \(all.count) times")
    }
    return all[0]
  }

  /// Larger numbers mean no more: nobody has so many entities.
  static let largest = 1_000_000_000

  /// A whole number of at least `least` and at most `largest`; nil without the parameter.
  func number(_ name: String, atLeast least: Int) throws(APIError) -> Int? {
    guard let text = try single(name) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number >= least else {
      throw .input("invalid \(name) '\(text.prefix(100))', expected a whole number of at least \(least)")
    }
    return min(number, Self.largest)
  }

  /// `true`, `yes`, `y`, `1`, `on` and their opposites; false without the parameter.
  func flag(_ name: String) throws(APIError) -> Bool {
    guard let text = try single(name) else { return false }
    switch text.lowercased() {
    case "true", "yes", "y", "1", "on", "t": return true
    case "false", "no", "n", "0", "off", "f": return false
    default: throw .input("invalid \(name) '\(text.prefix(100))', expected true or false")
    }
  }
}
