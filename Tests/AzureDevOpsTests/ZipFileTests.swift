import Foundation
import Testing

@testable import AzureDevOps

/// Zip files from the network, good ones and hostile ones.
struct ZipFileTests {
  /// Four members as Python's zipfile writes them: a text stored, a folder, forty equal lines deflated, nothing
  /// deflated; and a comment.
  private static let whole = bytes(
    "UEsDBBQAAAAAAAAAIQDd3RR9DQAAAA0AAAABAAAAYUhlbGxvIFdvcmxkIQpQSwMEFAAAAAAAAAAhAAAAAAAAAAAAAAAAAAcAAABmb2xk"
      + "ZXIvUEsDBBQAAAAIAAAAIQCbl+S8GQAAAIACAAABAAAAYsvOzEuxUnDOzy3Iz0vNK+HKHuWP8unIBwBQSwMEFAAAAAgAAAAhAAAAAAAC"
      + "AAAAAAAAAAEAAABjAwBQSwECFAMUAAAAAAAAACEA3d0UfQ0AAAANAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLAQIUAxQAAAAAAAAAIQAA"
      + "AAAAAAAAAAAAAAAHAAAAAAAAAAAAAACAASwAAABmb2xkZXIvUEsBAhQDFAAAAAgAAAAhAJuX5LwZAAAAgAIAAAEAAAAAAAAAAAAAAIAB"
      + "UQAAAGJQSwECFAMUAAAACAAAACEAAAAAAAIAAAAAAAAAAQAAAAAAAAAAAAAAgAGJAAAAY1BLBQYAAAAABAAEAMIAAACqAAAAAwBlbmQ="
  )
  /// The same by a writer that cannot go back: sizes stand behind the members.
  private static let streamed = bytes(
    "UEsDBBQACAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAYUhlbGxvIFdvcmxkIQpQSwcI3d0UfQ0AAAANAAAAUEsDBBQACAAAAAAAIQAAAAAA"
      + "AAAAAAAAAAAHAAAAZm9sZGVyL1BLBwgAAAAAAAAAAAAAAABQSwMEFAAIAAgAAAAhAAAAAAAAAAAAAAAAAAEAAABiy87MS7FScM7PLcjP"
      + "S80r4coe5Y/y6cgHAFBLBwibl+S8GQAAAIACAABQSwMEFAAIAAgAAAAhAAAAAAAAAAAAAAAAAAEAAABjAwBQSwcIAAAAAAIAAAAAAAAA"
      + "UEsBAhQDFAAIAAAAAAAhAN3dFH0NAAAADQAAAAEAAAAAAAAAAAAAAIABAAAAAGFQSwECFAMUAAgAAAAAACEAAAAAAAAAAAAAAAAABwAA"
      + "AAAAAAAAAAAAgAE8AAAAZm9sZGVyL1BLAQIUAxQACAAIAAAAIQCbl+S8GQAAAIACAAABAAAAAAAAAAAAAACAAXEAAABiUEsBAhQDFAAI"
      + "AAgAAAAhAAAAAAACAAAAAAAAAAEAAAAAAAAAAAAAAIABuQAAAGNQSwUGAAAAAAQABADCAAAA6gAAAAMAZW5k"
  )
  private static let contents = [
    Array("Hello World!\n".utf8), [], Array(String(repeating: "kind: Component\n", count: 40).utf8), [],
  ]
  /// Where the record begins that ends the first file, and where its directory begins.
  private static let (end, directory) = (389 - 3 - 22, 170)
  private static let limits = ZipFile.Limits(members: 4, bytes: 653)

  private static func bytes(_ base64: String) -> [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }

  private func fault(_ file: [UInt8], _ limits: ZipFile.Limits = Self.limits) -> ZipFile.Fault? {
    do throws(ZipFile.Fault) {
      _ = try ZipFile.contents(of: file, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [whole, streamed])
  func `stored and deflated members are read`(file: [UInt8]) throws {
    #expect(try ZipFile.contents(of: file, limits: Self.limits) == Self.contents)
  }

  @Test func `a file without members is one`() throws {
    let empty = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)

    #expect(try ZipFile.contents(of: empty, limits: Self.limits).isEmpty)
  }

  @Test func `what is above the limits is not unpacked`() {
    #expect(fault(Self.whole, .init(members: 3, bytes: 653))?.isTooLarge == false)
    #expect(fault(Self.whole, .init(members: 4, bytes: 652))?.isTooLarge == true)
  }

  @Test(arguments: 0..<389)
  func `a file that is cut is none`(length: Int) {
    #expect(fault(Array(Self.whole.prefix(length))) != nil)
  }

  /// Place in the whole file, what is written there.
  @Test(arguments: [
    ("another disk", end + 4, [1]), ("more members than there are", end + 8, [5, 0, 5]),
    ("two numbers of members", end + 8, [3]), ("a directory beyond the end", end + 16, [0xFF, 0xFF]),
    ("a directory of 4 GiB", end + 12, [0xFF, 0xFF, 0xFF, 0xFF]),
    ("a shorter directory than its members", end + 12, [0x40]),
    ("encrypted", directory + 8, [1]), ("packed in another way", directory + 10, [14]),
    ("a stored member of two sizes", directory + 24, [14]),
    ("a member behind the directory", directory + 42, [0xAA, 1]),
    ("a member that is no member", directory + 42, [1]),
    ("a member that ends behind the directory", directory + 20, [0xA0, 0, 0, 0, 0xA0]),
    ("a deflated member that is longer than it says", directory + 47 + 53 + 24, [0x7F, 2]),
    ("a deflated member that is shorter than it says", directory + 47 + 53 + 24, [0x81, 2]),
    ("a deflated member that ends early", directory + 47 + 53 + 20, [0x18]),
    ("a deflated member with more behind", directory + 47 + 53 + 20, [0x1A]),
    ("deflated bytes that are none", 112, [0xFF, 0xFF]),
  ])
  func `a file that lies is none`(lie: String, place: Int, bytes: [UInt8]) {
    var file = Self.whole
    for (offset, byte) in bytes.enumerated() { file[place + offset] = byte }

    let fault = fault(file, .init(members: 10, bytes: 1 << 20))

    #expect(fault != nil && fault?.isTooLarge == false, "\(lie)")
  }

  @Test func `a member that says it is huge takes no room`() {
    var file = Self.whole
    // 2 GiB of 25 bytes; within the limit, but deflate cannot do that.
    file.replaceSubrange((Self.directory + 124)..<(Self.directory + 128), with: [0, 0, 0, 0x7F])

    #expect(fault(file, .init(members: 4, bytes: .max))?.reason == "a member cannot be as large as it says")
  }

  @Test func `sizes that are marked as 4 GiB and more are too large`() {
    var file = Self.whole
    file.replaceSubrange(
      (Self.directory + 20)..<(Self.directory + 28),
      with: [UInt8](repeating: 255, count: 8)
    )

    #expect(fault(file)?.isTooLarge == true)
  }

  @Test func `bytes changed at random never do harm`() {
    var state: UInt64 = 7
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for _ in 0..<20_000 {
      var file = random(2) == 0 ? Self.whole : Self.streamed
      for _ in 0...random(4) { file[random(file.count)] = UInt8(random(256)) }
      guard let contents = try? ZipFile.contents(of: file, limits: Self.limits) else { continue }
      #expect(contents.count <= 4)
      #expect(contents.reduce(0) { $0 + $1.count } <= 653)
    }
  }
}
