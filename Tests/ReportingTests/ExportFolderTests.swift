import Foundation
import Reporting
import TestSupport
import Testing

/// Folders that exports fill.
struct ExportFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var place: String { folder.path("out") }

  private func export(_ files: [String: String]) throws {
    var export = try ExportFolder(path: place)
    for (path, text) in files.sorted(by: { $0.key < $1.key }) { try export.write(text, to: path) }
    try export.finish()
  }

  private func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path(".")).filter { !$0.hasSuffix("/") }
      .sorted()
  }

  @Test func `an export replaces an earlier one as a whole`() throws {
    try export(["component/default/a.yaml": "a", "api/default/b.yaml": "b"])
    try export(["component/default/c.yaml": "c"])

    #expect(
      try files() == [
        "out", "out/.catalog-export", "out/component", "out/component/default",
        "out/component/default/c.yaml",
      ]
    )
    #expect(try String(contentsOfFile: place + "/component/default/c.yaml", encoding: .utf8) == "c")
  }

  @Test func `a folder with anything else in it is refused and left as it is`() throws {
    try folder.write("mine", to: "out/notes.txt")
    let error = #expect(throws: ExportFolderError.self) { try export(["a": "b"]) }

    #expect(error?.description.contains("there is 'notes.txt', which no export has written") == true)
    #expect(try files() == ["out", "out/notes.txt"])
  }

  @Test func `what somebody put beside an export is not taken away`() throws {
    try export(["a/b.yaml": "1"])
    try folder.write("ref: x", to: "out/.git/HEAD")

    #expect(throws: ExportFolderError.self) { try export(["a/b.yaml": "2"]) }
    #expect(try String(contentsOfFile: place + "/a/b.yaml", encoding: .utf8) == "1")
  }

  @Test(arguments: [
    ("component/default/notes.md", "component/default/notes.md"),
    ("component/default/b.yaml", "component/default/b.yaml"), ("component/mine/a.yaml", "component/mine"),
  ])
  func `what somebody put among the files of an export is not taken away`(file: String, stranger: String)
    throws
  {
    try export(["component/default/a.yaml": "1"])
    try folder.write("mine", to: "out/\(file)")

    let error = #expect(throws: ExportFolderError.self) { try export(["component/default/a.yaml": "2"]) }

    #expect(error?.description.contains("there is '\(stranger)', which no export has written") == true)
    #expect(try String(contentsOfFile: folder.path("out/\(file)"), encoding: .utf8) == "mine")
    #expect(try String(contentsOfFile: place + "/component/default/a.yaml", encoding: .utf8) == "1")
  }

  @Test func `a link among the files of an export is not followed and not taken away`() throws {
    try export(["component/default/a.yaml": "1"])
    try folder.write("mine", to: "elsewhere/a.yaml")
    try FileManager.default.createSymbolicLink(
      atPath: place + "/component/linked",
      withDestinationPath: folder.path("elsewhere")
    )

    let error = #expect(throws: ExportFolderError.self) { try export(["component/default/a.yaml": "2"]) }

    #expect(error?.description.contains("there is 'component/linked'") == true)
    #expect(FileManager.default.fileExists(atPath: folder.path("elsewhere/a.yaml")))
  }

  @Test(arguments: [true, false])
  func `what somebody puts there while an export is written is not taken away`(wasThere: Bool) throws {
    if wasThere { try export(["component/default/a.yaml": "1"]) }
    var second = try ExportFolder(path: place)
    try second.write("2", to: "component/default/a.yaml")
    try folder.write("mine", to: "out/component/default/notes.md")

    #expect(throws: ExportFolderError.self) { try second.finish() }
    second.discard()

    let there = ["out", "out/component", "out/component/default", "out/component/default/notes.md"]
    let earlier = ["out/.catalog-export", "out/component/default/a.yaml"]
    #expect(try files() == (there + (wasThere ? earlier : [])).sorted())
  }

  @Test func `an export of which something was taken away is replaced`() throws {
    try export(["component/default/a.yaml": "1", "component/default/b.yaml": "1"])
    try FileManager.default.removeItem(atPath: place + "/component/default/a.yaml")

    try export(["api/default/c.yaml": "2"])

    #expect(try files().filter { $0.hasSuffix(".yaml") } == ["out/api/default/c.yaml"])
  }

  @Test func `there is an export at every moment while one replaces another`() async throws {
    let (folder, place) = (folder, place)
    try export(["a.yaml": "0"])
    let isDone = Locked(false)
    let looking = Task {
      var missed = 0
      while !isDone.withLock({ $0 }) { if access(place, F_OK) != 0 { missed += 1 } }
      return missed
    }
    for number in 1...200 {
      var export = try ExportFolder(path: place)
      try export.write("\(number)", to: "a.yaml")
      try export.finish()
    }
    isDone.withLock { $0 = true }

    #expect(await looking.value == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(".")) == ["out"])
  }

  @Test func `an export that was moved away and not replaced is put back`() throws {
    try export(["a.yaml": "1"])
    let old = folder.path(".out.8A7D5D0E-3B0C-4B8E-9E51-0D2D5B4E8C11.old")
    try FileManager.default.moveItem(atPath: place, toPath: old)

    let next = try ExportFolder(path: place)
    next.discard()

    #expect(try files() == ["out", "out/.catalog-export", "out/a.yaml"])
  }

  @Test func `a file in its place is refused`() throws {
    try folder.write("x", to: "out")
    let error = #expect(throws: ExportFolderError.self) { try export([:]) }

    #expect(error?.description == "\(place): expected a folder, or nothing, and there is a file")
  }

  @Test func `one that is given up leaves what stood there and nothing else`() throws {
    try export(["a.yaml": "1"])
    var second = try ExportFolder(path: place)
    try second.write("2", to: "a.yaml")
    second.discard()

    #expect(try files() == ["out", "out/.catalog-export", "out/a.yaml"])
    #expect(try String(contentsOfFile: place + "/a.yaml", encoding: .utf8) == "1")
  }

  @Test(arguments: [
    ("component:default/web.ui-2", "component/default/web.ui-2.yaml"), ("a:b/c/d", "a/b/c%2Fd.yaml"),
    ("a:../..", "a/%2E./%2E..yaml"), ("a:b/é x", "a/b/%C3%A9%20x.yaml"), ("a:.git/x", "a/%2Egit/x.yaml"),
  ])
  func `the file of an entity stays in the folder`(ref: String, path: String) {
    #expect(ExportFolder.path(ofRef: ref, suffix: ".yaml") == path)
  }
}
