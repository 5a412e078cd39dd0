import Foundation
import Testing

/// What people read says what there is.
struct DocumentationTests {
  private func text(_ file: String) throws -> String {
    try String(contentsOf: Crawling.checkout.appending(path: file), encoding: .utf8)
  }

  @Test func `every command and every option is in docs/commands.md`() throws {
    let documentation = try text("docs/commands.md")
    var options: Set<String> = []
    for command in [
      "serve", "sync", "refresh", "status", "validate", "auth check", "location add", "location check",
      "location list", "location remove", "plan", "database migrate", "database check", "database backup",
      "database vacuum", "query", "report", "show", "export", "webhooks install",
      "webhooks list", "webhooks remove",
    ] {
      let process = Process()
      process.executableURL = ProgramRun.program
      process.arguments = command.split(separator: " ").map(String.init) + ["--help"]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let help = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      options.formUnion(help.matches(of: /--[a-z][a-z-]+/).map { String($0.output) })
      #expect(documentation.contains("catalog-crawler \(command)"))
    }

    #expect(options.count > 8)
    for option in options.subtracting(["--help", "--version"]) {
      #expect(documentation.contains(option), "\(option) is not in docs/commands.md")
    }
  }

  @Test func `every key under crawler is in docs/settings.md`() throws {
    let documentation = try text("docs/settings.md")
    let source = try text("Sources/Settings/ProgramReader.swift") + text("Sources/Settings/APIReader.swift")
    var keys: Set<String> = []
    for list in source.matches(of: /(?:rejectUnknownKeys|knownKeys)\(\[([^\]]*)\]/) {
      keys.formUnion(list.output.1.matches(of: /"([A-Za-z]+)"/).map { String($0.output.1) })
    }

    #expect(keys.count > 30)
    let ofElements: Set = ["host", "name", "organization", "project", "repository", "token", "scope"]
    for key in keys.subtracting(ofElements).subtracting(["certificateFile", "keyFile"]) {
      #expect(documentation.contains(key), "crawler's \(key) is not in docs/settings.md")
    }
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
