/// What a text of a field may look like (facts/backstage-catalog.md 1.4); each is decided by its bytes alone.
enum TextFormat: Sendable {
  /// UTF-8 of a document that is held.
  typealias Text = UnsafeBufferPointer<UInt8>

  case apiVersion
  case kind
  case name
  case namespace
  case labelKey
  case labelValue
  case annotationKey
  case tag
  case linkURL
  case linkTitle
  case linkIcon

  /// The longest part of a name, in bytes.
  static let maxLength = 63
  /// The longest prefix of a key or version, in bytes.
  static let maxPrefixLength = 253

  /// The rule that a text breaks which is not of the format.
  var rule: String {
    switch self {
    case .apiVersion: "api-version-format"
    case .kind: "kind-format"
    case .name: "metadata-name-format"
    case .namespace: "metadata-namespace-format"
    case .labelKey: "label-key-format"
    case .labelValue: "label-value-format"
    case .annotationKey: "annotation-key-format"
    case .tag: "tag-format"
    case .linkURL: "link-url-format"
    case .linkTitle: "link-title-format"
    case .linkIcon: "link-icon-format"
    }
  }

  /// What is expected, in words that follow "expected".
  var expectation: String {
    let name = "1 to 63 letters, digits, '-', '_' or '.' with a letter or digit at both ends"
    return switch self {
    case .apiVersion: "a version such as backstage.io/v1alpha1"
    case .kind: "1 to 63 letters and digits, a letter first"
    case .name, .linkIcon: name
    case .namespace: "1 to 63 lower-case letters, digits or '-' with a letter or digit at both ends"
    case .labelKey, .annotationKey:
      "a key of \(name), with or without a DNS name in lower case and a '/' before it"
    case .labelValue: "an empty string, or \(name)"
    case .tag: "1 to 63 lower-case letters, digits, ':', '+' or '#' in parts joined by single '-'"
    case .linkURL: "an absolute URL such as https://example.com/docs"
    case .linkTitle: "a text that is not blank"
    }
  }

  func accepts(_ text: Text) -> Bool {
    switch self {
    case .apiVersion: Self.isPrefixed(text, Self.isAlphanumeric)
    case .kind: Self.isAlphanumeric(text) && text.first.map(Self.isLetter) == true
    case .name, .linkIcon: Self.isObjectName(text)
    case .namespace: Self.isDNSLabel(text)
    case .labelKey, .annotationKey: Self.isPrefixed(text, Self.isObjectName)
    case .labelValue: text.isEmpty || Self.isObjectName(text)
    case .tag: Self.isTag(text)
    case .linkURL: AbsoluteURL.isValid(Array(text)[...])
    case .linkTitle: !Self.isBlank(text)
    }
  }

  private static func isPrefixed(
    _ text: Text,
    _ isSuffix: (Text) -> Bool
  ) -> Bool {
    guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else { return isSuffix(text) }
    return isDNSName(Text(rebasing: text[..<slash])) && isSuffix(Text(rebasing: text[(slash + 1)...]))
  }

  private static func isAlphanumeric(_ text: Text) -> Bool {
    (1...maxLength).contains(text.count) && text.allSatisfy(isLetterOrDigit)
  }

  private static func isObjectName(_ text: Text) -> Bool {
    guard text.count <= maxLength, let first = text.first, let last = text.last else { return false }
    guard isLetterOrDigit(first), isLetterOrDigit(last) else { return false }
    return text.allSatisfy { byte in
      isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        || byte == UInt8(ascii: ".")
    }
  }

  /// Hyphens may stand side by side within a label.
  private static func isDNSLabel(_ text: Text) -> Bool {
    guard text.count <= maxLength, let first = text.first, let last = text.last else { return false }
    guard first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else { return false }
    return text.allSatisfy { isLowercase($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isDNSName(_ text: Text) -> Bool {
    guard text.count <= maxPrefixLength else { return false }
    var rest = text
    while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
      guard isDNSLabel(Text(rebasing: rest[..<dot])) else { return false }
      rest = Text(rebasing: rest[(dot + 1)...])
    }
    return isDNSLabel(rest)
  }

  private static func isTag(_ text: Text) -> Bool {
    guard (1...maxLength).contains(text.count) else { return false }
    var isAfterPart = false
    for byte in text {
      if byte == UInt8(ascii: "-") {
        guard isAfterPart else { return false }
        isAfterPart = false
      } else {
        guard isTagCharacter(byte) else { return false }
        isAfterPart = true
      }
    }
    return isAfterPart
  }

  private static func isTagCharacter(_ byte: UInt8) -> Bool {
    isLowercase(byte) || isDigit(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "#")
  }

  private static func isBlank(_ text: Text) -> Bool {
    if text.contains(where: { $0 > 0x20 && $0 < 0x7F }) { return false }
    return String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
      // JavaScript's trim takes the byte order mark for a space (ECMAScript 2024, 22.1.3.32).
      scalar.properties.isWhitespace || scalar == "\u{FEFF}"
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) }
  private static func isLowercase(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
