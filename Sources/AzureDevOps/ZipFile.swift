import CZlib

/// Reads zip files of a few members that come from the network (PKWARE APPNOTE.TXT 6.3).
///
/// Nothing is trusted: members are counted and their sizes added up before anything is unpacked, no more is
/// unpacked than a member's size says, and names are not looked at. Checksums are not either, since git's ids
/// tell more.
enum ZipFile {
  /// How much is accepted.
  struct Limits {
    var members: Int
    /// Bytes of all members together, unpacked.
    var bytes: Int
  }

  /// Why the bytes are no zip file that is accepted.
  struct Fault: Error, Equatable {
    var reason: String
    /// Whether it is just too large.
    var isTooLarge = false
  }

  /// What stands in the directory about a member.
  private struct Member {
    var isPacked: Bool
    var packedSize: Int
    var size: Int
    /// Where the member's head begins.
    var offset: Int
  }

  /// Deflate makes no more than so many bytes of one (zlib's technical details).
  private static let maxRatio = 1032

  /// The contents of all members, in the order of the directory; folders are empty members.
  static func contents(of file: [UInt8], limits: Limits) throws(Fault) -> [[UInt8]] {
    try file.withUnsafeBufferPointer { buffer throws(Fault) in
      let bytes = UnsafeRawBufferPointer(buffer)
      let end = try endRecord(bytes)
      let directory = Int(number(bytes, at: end + 16, 4))
      let size = Int(number(bytes, at: end + 12, 4))
      let count = Int(number(bytes, at: end + 10, 2))
      guard number(bytes, at: end + 4, 4) == 0, number(bytes, at: end + 8, 2) == count else {
        throw Fault(reason: "it has several parts")
      }
      guard directory + size <= end else { throw Fault(reason: "its directory is not where it should be") }
      guard count <= limits.members else { throw Fault(reason: "it has \(count) members") }
      let members = try members(bytes, at: directory, count: count, end: directory + size)
      guard members.reduce(0, { $0 + $1.size }) <= limits.bytes else {
        throw Fault(reason: "it is larger than \(limits.bytes) bytes", isTooLarge: true)
      }
      var contents: [[UInt8]] = []
      for member in members { contents.append(try content(of: member, in: bytes, end: directory)) }
      return contents
    }
  }

  /// Where the record begins that ends the file, behind which only a comment may stand.
  private static func endRecord(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Int {
    let length = 22
    var place = bytes.count - length
    while place >= 0, place >= bytes.count - length - 0xFFFF {
      if number(bytes, at: place, 4) == 0x0605_4B50,
        place + length + Int(number(bytes, at: place + 20, 2)) == bytes.count
      {
        return place
      }
      place -= 1
    }
    throw Fault(reason: "it has no directory")
  }

  private static func members(
    _ bytes: UnsafeRawBufferPointer,
    at directory: Int,
    count: Int,
    end: Int
  ) throws(Fault) -> [Member] {
    var members: [Member] = []
    var place = directory
    for _ in 0..<count {
      guard place + 46 <= end, number(bytes, at: place, 4) == 0x0201_4B50 else {
        throw Fault(reason: "its directory ends early")
      }
      let (flags, method) = (number(bytes, at: place + 8, 2), number(bytes, at: place + 10, 2))
      guard flags & 1 == 0, method == 0 || method == 8 else {
        throw Fault(reason: "a member is encrypted or packed in a way that is not known")
      }
      let sizes = (number(bytes, at: place + 20, 4), number(bytes, at: place + 24, 4))
      let offset = number(bytes, at: place + 42, 4)
      // So the sizes of files beyond 4 GiB are marked.
      guard sizes.0 != .max, sizes.1 != .max, offset != .max else {
        throw Fault(reason: "a member has 4 GiB or more", isTooLarge: true)
      }
      members.append(
        Member(isPacked: method == 8, packedSize: Int(sizes.0), size: Int(sizes.1), offset: Int(offset))
      )
      let behind = [28, 30, 32].reduce(0) { $0 + Int(number(bytes, at: place + $1, 2)) }
      place += 46 + behind
    }
    guard place <= end else { throw Fault(reason: "its directory ends early") }
    return members
  }

  /// - Parameter end: Where the members end.
  private static func content(
    of member: Member,
    in bytes: UnsafeRawBufferPointer,
    end: Int
  ) throws(Fault) -> [UInt8] {
    guard member.offset + 30 <= end, number(bytes, at: member.offset, 4) == 0x0403_4B50 else {
      throw Fault(reason: "a member is not where the directory says")
    }
    let names = Int(number(bytes, at: member.offset + 26, 2)) + Int(number(bytes, at: member.offset + 28, 2))
    let start = member.offset + 30 + names
    guard start + member.packedSize <= end else { throw Fault(reason: "a member ends early") }
    let packed = UnsafeRawBufferPointer(rebasing: bytes[start..<start + member.packedSize])
    guard member.isPacked else {
      guard member.size == member.packedSize else { throw Fault(reason: "a member has two sizes") }
      return Array(packed)
    }
    guard member.size <= (member.packedSize + 1) * maxRatio else {
      throw Fault(reason: "a member cannot be as large as it says")
    }
    var isWhole = false
    let content = [UInt8](unsafeUninitializedCapacity: member.size) { target, count in
      let source = packed.bindMemory(to: UInt8.self)
      isWhole = czlib_inflate(source.baseAddress, source.count, target.baseAddress, member.size) == 1
      count = isWhole ? member.size : 0
    }
    guard isWhole else { throw Fault(reason: "a member cannot be unpacked") }
    return content
  }

  /// A number of two or four bytes, lowest first; the caller has checked that they are there.
  private static func number(_ bytes: UnsafeRawBufferPointer, at place: Int, _ count: Int) -> UInt32 {
    (0..<count).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
  }
}
