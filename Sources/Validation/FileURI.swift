/// Paths of files as URIs.
enum FileURI {
  /// A relative reference for a file that is in a folder or has a relative path, else a `file:` URI; every
  /// character but those that may stand in any part of a path is percent-encoded (RFC 3986, 3.3, 4.2).
  ///
  /// - Parameter folder: The absolute path of the folder that relative references begin at.
  static func text(of path: String, in folder: String) -> String {
    guard path.hasPrefix("/") else { return encoded(path) }
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(prefix) ? encoded(String(path.dropFirst(prefix.count))) : "file://" + encoded(path)
  }

  private static func encoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var uri: [UInt8] = []
    for byte in path.utf8 {
      if isPlain(byte) {
        uri.append(byte)
      } else {
        uri += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: uri, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
