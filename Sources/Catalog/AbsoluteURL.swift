/// Whether a text is a URL that stands by itself, as browsers read it (WHATWG URL Standard, 4.4).
enum AbsoluteURL {
  static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
    // The standard takes spaces and controls off both ends, and tabs and line ends out of the middle.
    var input = text
    while let first = input.first, first <= 0x20 { input = input.dropFirst() }
    while let last = input.last, last <= 0x20 { input = input.dropLast() }
    if input.contains(where: isTabOrLineEnd) {
      let kept: [UInt8] = input.filter { !isTabOrLineEnd($0) }
      input = kept[...]
    }
    guard let colon = input.firstIndex(of: UInt8(ascii: ":")), isScheme(input[..<colon]) else { return false }
    let scheme = input[..<colon]
    let rest = input[(colon + 1)...]
    if isOne(of: ["https", "http", "ws", "wss", "ftp"], scheme) {
      let slashes = rest.prefix(while: isSlash).count
      let authority = rest.dropFirst(slashes).prefix { !isSlash($0) && !isQueryOrFragment($0) }
      return isAuthority(authority, isWebHost: true)
    }
    guard rest.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) else { return true }
    let authority = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") && !isQueryOrFragment($0) }
    if isOne(of: ["file"], scheme) {
      return authority.isEmpty || authority.last == UInt8(ascii: ":") || isHost(authority, isWebHost: true)
    }
    return authority.isEmpty || isAuthority(authority, isWebHost: false)
  }

  private static func isOne(of schemes: [StaticString], _ text: ArraySlice<UInt8>) -> Bool {
    schemes.contains { scheme in
      guard scheme.utf8CodeUnitCount == text.count else { return false }
      return scheme.withUTF8Buffer { $0.elementsEqual(text, by: { $0 == $1 | 0x20 }) }
    }
  }

  private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first, isLetter(first) else { return false }
    return text.allSatisfy { byte in
      isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".")
    }
  }

  private static func isAuthority(_ text: ArraySlice<UInt8>, isWebHost: Bool) -> Bool {
    var host = text
    if let at = host.lastIndex(of: UInt8(ascii: "@")) { host = host[(at + 1)...] }
    let bracket = host.lastIndex(of: UInt8(ascii: "]")) ?? host.startIndex
    if let colon = host[bracket...].firstIndex(of: UInt8(ascii: ":")) {
      guard isPort(host[(colon + 1)...]) else { return false }
      host = host[..<colon]
    }
    return isHost(host, isWebHost: isWebHost)
  }

  private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
    var value = 0
    for byte in text {
      guard isDigit(byte) else { return false }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      guard value <= 65_535 else { return false }
    }
    return true
  }

  private static func isHost(_ text: ArraySlice<UInt8>, isWebHost: Bool) -> Bool {
    guard let first = text.first else { return false }
    if first == UInt8(ascii: "[") {
      return text.last == UInt8(ascii: "]") && isIPv6Address(text.dropFirst().dropLast())
    }
    guard isWebHost else { return !text.contains(where: isForbiddenInAnyHost) }
    let isPlain = !text.contains(UInt8(ascii: "%"))
    guard let host = isPlain ? text : percentDecoded(text)?[...], !host.isEmpty else { return false }
    let isForbidden = host.contains { isForbiddenInAnyHost($0) || $0 < 0x20 || $0 == 0x25 || $0 == 0x7F }
    return !isForbidden && isIPv4AddressIfNumeric(host)
  }

  /// A host whose last part is a number has to be an IPv4 address (URL Standard, 3.5).
  private static func isIPv4AddressIfNumeric(_ host: ArraySlice<UInt8>) -> Bool {
    // Nearly all hosts end in a letter that no number has.
    if let last = host.last, isLetter(last), last | 0x20 > UInt8(ascii: "f"), last | 0x20 != UInt8(ascii: "x")
    {
      return true
    }
    var parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    guard let last = parts.last, !last.isEmpty else { return true }
    guard last.allSatisfy(isDigit) || number(last) != nil else { return true }
    guard parts.count <= 4 else { return false }
    let numbers = parts.compactMap(number)
    guard numbers.count == parts.count, let end = numbers.last else { return false }
    return numbers.dropLast().allSatisfy { $0 <= 255 } && end < 1 << (8 * (5 - parts.count))
  }

  /// Decimal, or octal with a `0` before it, or hexadecimal with `0x`; nil when it is no number or too large.
  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    guard let first = text.first else { return nil }
    let string = String(decoding: text, as: UTF8.self)
    guard first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
    if string.hasPrefix("0x") || string.hasPrefix("0X") {
      return text.count == 2 ? 0 : Int(string.dropFirst(2), radix: 16)
    }
    return string.hasPrefix("0") && text.count > 1 ? Int(string, radix: 8) : Int(string)
  }

  private static func isIPv6Address(_ text: ArraySlice<UInt8>) -> Bool {
    var address = text
    var groups = 0
    // A dotted IPv4 address may stand in the place of the last two groups.
    if address.contains(UInt8(ascii: ".")) {
      guard let colon = address.lastIndex(of: UInt8(ascii: ":")) else { return false }
      let parts = address[(colon + 1)...].split(
        separator: UInt8(ascii: "."),
        omittingEmptySubsequences: false
      )
      guard parts.count == 4, parts.allSatisfy(isDecimalByte) else { return false }
      groups = 2
      let isAfterGap = address[..<colon].last == UInt8(ascii: ":")
      address = isAfterGap ? address[...colon] : address[..<colon]
    }
    let string = String(decoding: address, as: UTF8.self)
    let halves = string.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    for half in halves where !half.isEmpty {
      for group in half.split(separator: ":", omittingEmptySubsequences: false) {
        guard (1...4).contains(group.count), group.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
          return false
        }
        groups += 1
      }
    }
    return halves.count == 2 ? groups <= 7 : groups == 8
  }

  private static func isDecimalByte(_ text: ArraySlice<UInt8>) -> Bool {
    guard (1...3).contains(text.count), text.allSatisfy(isDigit) else { return false }
    guard text.count == 1 || text.first != UInt8(ascii: "0") else { return false }
    return number(text).map { $0 <= 255 } == true
  }

  /// Nil when what is left is not UTF-8.
  private static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex,
        let byte = UInt8(String(decoding: text[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(text[index])
        index += 1
      }
    }
    return String(validating: decoded, as: UTF8.self) == nil ? nil : decoded
  }

  private static func isForbiddenInAnyHost(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x00, 0x09, 0x0A, 0x0D, UInt8(ascii: " "), UInt8(ascii: "#"), UInt8(ascii: "/"), UInt8(ascii: ":"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "["),
      UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "|"):
      true
    default: false
    }
  }

  private static func isTabOrLineEnd(_ byte: UInt8) -> Bool { byte == 0x09 || byte == 0x0A || byte == 0x0D }
  private static func isSlash(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
  }
  private static func isQueryOrFragment(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
  }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
