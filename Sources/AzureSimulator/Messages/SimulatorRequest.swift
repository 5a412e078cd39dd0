/// One request as the routing sees it, whatever carried it.
struct SimulatorRequest: Sendable {
  let method: String
  /// The path as it was sent, with its percent signs.
  let path: String
  let query: Query
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  let body: [UInt8]
  /// `http` or `https`.
  let scheme: String

  /// - Parameter target: path and query as they stand in the request line.
  init(
    _ method: String,
    _ target: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8] = [],
    scheme: String = "http"
  ) {
    self.method = method
    // By bytes, here and below: splitting by characters takes ten times as long.
    let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    path = String(target[..<end])
    query = Query(target[end...].dropFirst())
    self.headers = headers
    self.body = body
    self.scheme = scheme
  }

  /// The value of a header, nil when it was not sent.
  func header(_ lowerCaseName: String) -> String? {
    headers.first { $0.name == lowerCaseName }?.value
  }

  /// Whether the caller asked not to be sent to a sign-in page (facts/azure-devops-api.md 5.1).
  var suppressesSignIn: Bool {
    header("x-tfs-fedauthredirect")?.lowercased() == "suppress"
  }
}

/// The pairs after the question mark.
///
/// Names are compared without regard to case.
struct Query: Sendable {
  /// Names in lower case, values decoded, in the order they were sent.
  let pairs: [(name: String, value: String)]

  init(_ text: Substring) {
    pairs = text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      return (
        name: PercentEncoding.decodedQuery(Substring(pair[..<end])).lowercased(),
        value: PercentEncoding.decodedQuery(Substring(pair[end...].dropFirst()))
      )
    }
  }

  /// The value of the first of these names that was sent, not empty.
  ///
  /// Names are given in lower case.
  func value(_ names: String...) -> String? {
    for name in names {
      if let pair = pairs.first(where: { $0.name == name }), !pair.value.isEmpty { return pair.value }
    }
    return nil
  }

  /// Whether a switch is on: `true` in any case, or 1.
  func isOn(_ name: String) -> Bool {
    guard let value = value(name)?.lowercased() else { return false }
    return value == "true" || value == "1"
  }

  /// A number; nil when the name was not sent.
  /// - Throws: `ArgumentException` when the value is no number, or negative.
  func number(_ names: String...) throws(ServiceError) -> Int? {
    for name in names {
      guard let text = value(name) else { continue }
      guard let number = Int(text), number >= 0 else { throw .badArgument(name, text) }
      return number
    }
    return nil
  }
}

/// Percent signs in addresses (RFC 3986, section 2).
enum PercentEncoding {
  static func decoded(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), let value = Hexadecimal.bytes(digits)?.first {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// As ``decoded(_:)``, and a plus sign is a blank, as in forms.
  static func decodedQuery(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "+")) else { return decoded(text) }
    return decoded(text.replacing("+", with: " "))
  }

  /// The text with everything but letters, digits and `-._~` encoded.
  static func encoded(_ text: String, keeping kept: String = "") -> String {
    let plain = { (byte: UInt8) in isUnreserved(byte) || kept.utf8.contains(byte) }
    guard !text.utf8.allSatisfy(plain) else { return text }
    var result = ""
    for byte in text.utf8 {
      if plain(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
  }
}
