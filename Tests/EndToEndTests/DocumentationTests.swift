import Foundation
import Testing

/// What people read says what there is.
struct DocumentationTests {
  private func text(_ file: String) throws -> String {
    try String(contentsOf: Crawling.checkout.appending(path: file), encoding: .utf8)
  }

  @Test func `the README names the two commands, and they can be run`() throws {
    let readme = try text("README.md")
    for script in ["Scripts/demo.sh", "Scripts/test.sh"] {
      #expect(readme.contains("```sh\n\(script)\n```"))
      #expect(FileManager.default.isExecutableFile(atPath: Crawling.checkout.appending(path: script).path()))
    }
    #expect(try text(".ci/run").contains("Scripts/test.sh"))
  }

  @Test func `the examples for schedulers are in order`() throws {
    let process = Process()
    process.executableURL = Crawling.checkout.appending(path: "Scripts/examples.sh")
    process.arguments = ["--bin", ProgramRun.program.deletingLastPathComponent().path()]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()

    #expect(process.terminationStatus == 0)
    #expect(output.contains("options: in order"))
  }

  @Test func `every module has its line in Sources/README.md`() throws {
    let map = try text("Sources/README.md")
    let folder = Crawling.checkout.appending(path: "Sources")
    for module in try FileManager.default.contentsOfDirectory(atPath: folder.path())
    where module != "README.md" {
      #expect(map.contains("`\(module)`"), "\(module) is not in the map")
    }
  }
}
