/// A URL of `http` or `https`, cut where browsers cut it, with nothing decoded (WHATWG URL, 4.4).
struct WebAddress {
  /// Lower case, with the port when it is neither 80 nor 443: which of both schemes a server is reached by is
  /// not part of its name.
  let host: String
  /// What stands between the slashes of the path, with empty ones; a slash before the path counts for nothing.
  let segments: [Substring]
  /// Without the question mark; empty when there is none.
  let query: Substring

  /// Nil when the text is no such URL, or names no host.
  init?(_ text: String) {
    let text = URLText.trimmed(text)
    guard let scheme = URLText.scheme(of: text), scheme == "http" || scheme == "https" else { return nil }
    // Bytes, since a mark that follows a slash would make another character of it.
    let rest = text.utf8.dropFirst(scheme.utf8.count + 1)
    guard rest.starts(with: "//".utf8) else { return nil }
    let authority = rest.dropFirst(2).prefix { !"/\\?#".utf8.contains($0) }
    guard let host = Self.host(of: Substring(authority)) else { return nil }
    self.host = host
    let behind = rest[authority.endIndex...].prefix { $0 != UInt8(ascii: "#") }
    let path = behind.prefix { $0 != UInt8(ascii: "?") }
    segments = URLText.segments(of: Substring(path.dropFirst()))
    query = Substring(behind[path.endIndex...].dropFirst())
  }

  private static func host(of authority: Substring) -> String? {
    var name = authority
    if let at = name.utf8.lastIndex(of: UInt8(ascii: "@")) { name = name[name.utf8.index(after: at)...] }
    var port = Substring()
    let close = name.utf8.lastIndex(of: UInt8(ascii: "]")) ?? name.startIndex
    if let colon = name.utf8[close...].firstIndex(of: UInt8(ascii: ":")) {
      port = name[name.utf8.index(after: colon)...]
      name = name[..<colon]
    }
    let isForbidden = { (character: Unicode.Scalar) in
      character < " " || " <>^|%\u{7F}".unicodeScalars.contains(character)
    }
    guard !name.isEmpty, !name.unicodeScalars.contains(where: isForbidden),
      name.utf8.first == UInt8(ascii: "[")
        ? name.utf8.last == UInt8(ascii: "]") : !name.utf8.contains(where: ":[]".utf8.contains)
    else { return nil }
    guard !port.isEmpty else { return name.lowercased() }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else { return nil }
    return number == 80 || number == 443 ? name.lowercased() : "\(name.lowercased()):\(number)"
  }
}

// MARK: - Reading

extension URLText {
  /// The text as URLs are read: without blanks and controls around it, and without tabs and line ends.
  static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
    while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }
    let kept = scalars.filter { $0 != "\t" && $0 != "\n" && $0 != "\r" }
    return String(String.UnicodeScalarView(kept))
  }

  /// What stands between the slashes of a path, with empty ones.
  ///
  /// To URLs of the web a backslash is a slash (WHATWG URL, 4.4).
  static func segments(of path: Substring) -> [Substring] {
    path.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
      .map { Substring($0) }
  }

  /// What makes a text a URL that stands by itself, in lower case; nil when it has none (RFC 3986, 3.1).
  static func scheme(of text: String) -> String? {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = text[..<colon]
    guard let first = scheme.first, first.isASCII, first.isLetter,
      scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return nil }
    return scheme.lowercased()
  }

  /// The text with its escapes resolved, once.
  ///
  /// - Parameter keepingMalformed: Whether a `%` without two hexadecimal digits behind it is a percent sign.
  /// - Returns: Nil when what is escaped is not UTF-8, and for such a `%` when it is not kept.
  static func decoded(_ text: some StringProtocol, keepingMalformed: Bool = false) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "%")) else { return String(text) }
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if let value = escapedByte(bytes[index...].prefix(3)) {
        decoded.append(value)
        index += 3
      } else if bytes[index] != UInt8(ascii: "%") || keepingMalformed {
        decoded.append(bytes[index])
        index += 1
      } else {
        return nil
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  /// What `%XX` stands for; nil when the bytes are something else.
  static func escapedByte(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    guard bytes.count == 3, bytes.first == UInt8(ascii: "%"),
      let high = hexadecimalDigit(bytes[bytes.startIndex + 1]),
      let low = hexadecimalDigit(bytes[bytes.startIndex + 2])
    else { return nil }
    return high << 4 | low
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
