import CZlib

/// Packs answers (RFC 1952).
enum Gzip {
  static func packed(_ bytes: [UInt8]) -> [UInt8] {
    let most = czlib_deflate_bound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: most) { target, count in
      count = bytes.withUnsafeBufferPointer {
        czlib_deflate($0.baseAddress, $0.count, target.baseAddress, most, 1)
      }
    }
  }
}

/// Packs an answer that is written piece by piece.
final class GzipStream {
  private let stream: OpaquePointer?

  init() { stream = czlib_gzip_begin() }

  deinit { czlib_gzip_end(stream) }

  /// Packs the next piece.
  ///
  /// - Parameter isLast: Whether nothing comes behind it.
  func pack(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    let most = czlib_gzip_bound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: most) { target, count in
      count = bytes.withUnsafeBufferPointer {
        czlib_gzip_pack(stream, $0.baseAddress, $0.count, target.baseAddress, most, isLast ? 1 : 0)
      }
    }
  }
}
