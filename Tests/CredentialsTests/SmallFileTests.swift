import Foundation
import TestSupport
import Testing

@testable import Credentials

/// Facts/azure-identity.md 6.4, 6.5; 9, cases 72 and 80.
@Suite struct SmallFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `a file is read up to its limit`() throws {
    try folder.write("abcd", to: "a")

    #expect(SmallFile.read(folder.path("a"), maxBytes: 4) == .bytes(Array("abcd".utf8)))
    #expect(SmallFile.read(folder.path("a"), maxBytes: 3) == .unreadable("it is larger than 3 bytes"))
    #expect(SmallFile.read(folder.path("none"), maxBytes: 3) == .unreadable("No such file or directory"))
    #expect(SmallFile.read(folder.path(""), maxBytes: 3) == .unreadable("it is no regular file"))
  }

  @Test func `72, 80: a link is followed for tokens and refused for keys`() throws {
    try folder.write("abcd", to: "a")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"),
      withDestinationPath: folder.path("a")
    )

    #expect(SmallFile.read(folder.path("link"), maxBytes: 4) == .bytes(Array("abcd".utf8)))
    #expect(SmallFile.readUnlinked(folder.path("a"), maxBytes: 4) == .bytes(Array("abcd".utf8)))
    guard case .unreadable = SmallFile.readUnlinked(folder.path("link"), maxBytes: 4) else {
      Issue.record("the link was followed")
      return
    }
  }

  @Test func `80: a pipe is refused and not waited for`() throws {
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)

    #expect(SmallFile.read(folder.path("pipe"), maxBytes: 4) == .unreadable("it is no regular file"))
  }
}
