import CZlib

/// Packed bytes, by zlib.
enum Deflate {
  /// As they stand in a zip file (RFC 1951).
  static func raw(_ bytes: [UInt8]) -> [UInt8] { packed(bytes, isGzip: false) }

  /// As they stand under `Content-Encoding: gzip` (RFC 1952).
  static func gzip(_ bytes: [UInt8]) -> [UInt8] { packed(bytes, isGzip: true) }

  private static func packed(_ bytes: [UInt8], isGzip: Bool) -> [UInt8] {
    let most = czlib_deflate_bound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: most) { target, count in
      count = bytes.withUnsafeBufferPointer {
        czlib_deflate($0.baseAddress, $0.count, target.baseAddress, most, isGzip ? 1 : 0)
      }
    }
  }
}
