import NIOCore

/// Writes a zip file whose members are stored as they are (PKWARE APPNOTE.TXT, method 0).
struct ZipArchive {
  private var members = ByteBuffer()
  private var directory = ByteBuffer()
  private var count: UInt16 = 0

  /// Adds one file under a name with forward slashes.
  mutating func add(_ name: String, _ content: [UInt8]) {
    let offset = UInt32(members.readableBytes)
    let checksum = Self.checksum(content)
    members.writeInteger(0x0403_4B50, endianness: .little, as: UInt32.self)
    Self.writeDescription(name, checksum, content.count, into: &members)
    members.writeString(name)
    members.writeBytes(content)

    directory.writeInteger(0x0201_4B50, endianness: .little, as: UInt32.self)
    directory.writeInteger(Self.version, endianness: .little)
    Self.writeDescription(name, checksum, content.count, into: &directory)
    // No comment, first disk, no attributes.
    directory.writeRepeatingByte(0, count: 2 + 2 + 2 + 4)
    directory.writeInteger(offset, endianness: .little)
    directory.writeString(name)
    count += 1
  }

  /// The whole file with its directory.
  func finished() -> ByteBuffer {
    var file = members
    let start = UInt32(file.readableBytes)
    file.writeImmutableBuffer(directory)
    file.writeInteger(0x0605_4B50, endianness: .little, as: UInt32.self)
    // This disk and the disk the directory is on.
    file.writeRepeatingByte(0, count: 4)
    file.writeInteger(count, endianness: .little)
    file.writeInteger(count, endianness: .little)
    file.writeInteger(UInt32(directory.readableBytes), endianness: .little)
    file.writeInteger(start, endianness: .little)
    // No comment.
    file.writeRepeatingByte(0, count: 2)
    return file
  }

  /// Version 2.0 of the format, the lowest with folders in names.
  private static let version: UInt16 = 20

  /// The part that a member's head and its line in the directory share.
  private static func writeDescription(
    _ name: String,
    _ checksum: UInt32,
    _ size: Int,
    into file: inout ByteBuffer
  ) {
    file.writeInteger(version, endianness: .little)
    // Bit 11: the name is UTF-8.
    file.writeInteger(1 << 11, endianness: .little, as: UInt16.self)
    // Stored.
    file.writeInteger(0, endianness: .little, as: UInt16.self)
    // Midnight, 5 January 2026, in the form of MS-DOS.
    file.writeInteger(0, endianness: .little, as: UInt16.self)
    file.writeInteger((2026 - 1980) << 9 | 1 << 5 | 5, endianness: .little, as: UInt16.self)
    file.writeInteger(checksum, endianness: .little)
    file.writeInteger(UInt32(size), endianness: .little)
    file.writeInteger(UInt32(size), endianness: .little)
    file.writeInteger(UInt16(name.utf8.count), endianness: .little)
    file.writeInteger(0, endianness: .little, as: UInt16.self)
  }

  /// CRC-32 with the polynomial of ISO 3309.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { rest, byte in
      table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] ^ rest >> 8
    }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? 0xEDB8_8320 ^ rest >> 1 : rest >> 1 }
  }
}
