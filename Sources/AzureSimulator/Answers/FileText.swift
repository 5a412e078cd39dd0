import Foundation

/// What the service makes of the bytes of a file when it puts them into JSON.
///
/// How it transcodes is undocumented (facts/azure-devops-api.md 2.3). The simulator does what a .NET stream
/// reader does: a byte order mark decides and is taken away, everything else is read as UTF-8 with
/// replacement characters. So the text of such a file does not have the blob's id, which callers must notice.
enum FileText {
  static func decoded(_ bytes: [UInt8]) -> String {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return String(decoding: bytes.dropFirst(3), as: UTF8.self) }
    if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), highFirst: false) }
    if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), highFirst: true) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, highFirst: Bool) -> String {
    let pairs = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return highFirst ? first << 8 | second : second << 8 | first
    }
    return String(decoding: pairs, as: UTF16.self)
  }

  /// Whether the first 8,000 bytes hold a zero byte: git's own rule for "binary".
  static func isBinary(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(8000).contains(0)
  }

  /// The media type by the name's ending; the service's own table is unknown.
  static func contentType(ofName name: Substring, isBinary: Bool) -> String {
    switch name.split(separator: ".").last?.lowercased() {
    case "json": "application/json"
    case "xml", "config": "application/xml"
    case "html": "text/html"
    case "md", "txt", "yaml", "yml": "text/plain"
    default: isBinary ? "application/octet-stream" : "text/plain"
    }
  }
}
