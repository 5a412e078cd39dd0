/// What the catalog says of where an entity's sources are.
enum SourceLocation {
  /// The folder of a file, its slashes encoded, as Backstage writes this one (facts/backstage-catalog.md 5.1).
  ///
  /// Made of the bytes: every new file needs it.
  static func text(ofFileAt address: String) -> String {
    let query = Array("?path=".utf8)
    let bytes = Array(address.utf8)
    guard let mark = bytes.firstIndex(of: query[0]), bytes[mark...].starts(with: query) else {
      return "url:\(address)"
    }
    let start = mark + query.count
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
    let slash = bytes[start..<end].lastIndex(of: UInt8(ascii: "/")) ?? start
    var location = Array("url:".utf8) + bytes[..<start]
    for byte in bytes[start...slash] {
      if byte == UInt8(ascii: "/") { location += "%2F".utf8 } else { location.append(byte) }
    }
    return String(decoding: location + bytes[end...], as: UTF8.self)
  }
}
