import NIOCore

/// Writes a zip file (PKWARE APPNOTE.TXT): members are deflated where that makes them smaller, and then have
/// their sizes behind them, as of a writer that does not know them beforehand.
struct ZipArchive {
  private var members = ByteBuffer()
  private var directory = ByteBuffer()
  private var count: UInt16 = 0

  /// Adds one file under a name with forward slashes.
  mutating func add(_ name: String, _ content: [UInt8]) {
    let offset = UInt32(members.readableBytes)
    let packed = Deflate.raw(content)
    let isPacked = !packed.isEmpty && packed.count < content.count
    let stored = isPacked ? packed : content
    let facts = Facts(checksum: Self.checksum(content), packed: stored.count, size: content.count)
    members.writeInteger(0x0403_4B50, endianness: .little, as: UInt32.self)
    Self.writeDescription(name, isPacked ? .none : facts, isPacked: isPacked, into: &members)
    members.writeString(name)
    members.writeBytes(stored)
    if isPacked {
      members.writeInteger(0x0807_4B50, endianness: .little, as: UInt32.self)
      facts.write(into: &members)
    }

    directory.writeInteger(0x0201_4B50, endianness: .little, as: UInt32.self)
    directory.writeInteger(Self.version, endianness: .little)
    Self.writeDescription(name, facts, isPacked: isPacked, into: &directory)
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

  /// Checksum and sizes of a member, as they stand in three places.
  private struct Facts {
    static let none = Facts(checksum: 0, packed: 0, size: 0)

    let checksum: UInt32
    let packed: Int
    let size: Int

    func write(into file: inout ByteBuffer) {
      file.writeInteger(checksum, endianness: .little)
      file.writeInteger(UInt32(packed), endianness: .little)
      file.writeInteger(UInt32(size), endianness: .little)
    }
  }

  /// The part that a member's head and its line in the directory share.
  private static func writeDescription(
    _ name: String,
    _ facts: Facts,
    isPacked: Bool,
    into file: inout ByteBuffer
  ) {
    file.writeInteger(version, endianness: .little)
    // Bit 11: the name is UTF-8; bit 3: checksum and sizes stand behind the member.
    file.writeInteger(1 << 11 | (isPacked ? 1 << 3 : 0), endianness: .little, as: UInt16.self)
    // Deflated or stored.
    file.writeInteger(isPacked ? 8 : 0, endianness: .little, as: UInt16.self)
    // Midnight, 5 January 2026, in the form of MS-DOS.
    file.writeInteger(0, endianness: .little, as: UInt16.self)
    file.writeInteger((2026 - 1980) << 9 | 1 << 5 | 5, endianness: .little, as: UInt16.self)
    facts.write(into: &file)
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
