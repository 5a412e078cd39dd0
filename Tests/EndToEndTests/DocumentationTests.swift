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

  /// Where a heading is found: in lower case, without marks, with hyphens between words.
  private func anchors(in page: String) -> Set<String> {
    Set(
      page.matches(of: /\n#+ ([^\n]+)/).map { match in
        String(
          match.output.1.lowercased().compactMap { character in
            character == " "
              ? "-" : character.isLetter || character.isNumber || "-_".contains(character) ? character : nil
          }
        )
      }
    )
  }

  @Test func `every link between pages leads somewhere`() throws {
    let pages = try DocumentedCommandTests.pages().map(\.name).filter { $0.hasSuffix(".md") }
    var count = 0
    for name in pages + ["Sources/README.md"] {
      let place = Crawling.checkout.appending(path: name).deletingLastPathComponent()
      for link in try text(name).matches(of: /\]\(([^)\s]+)\)/).map({ String($0.output.1) })
      where !link.contains("://") && !link.hasPrefix("/") {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file =
          parts[0].isEmpty ? Crawling.checkout.appending(path: name) : place.appending(path: String(parts[0]))
        #expect(FileManager.default.fileExists(atPath: file.path(percentEncoded: false)), "\(name): \(link)")
        if parts.count == 2, file.pathExtension == "md" {
          let page = "\n" + (try String(contentsOf: file, encoding: .utf8))
          #expect(anchors(in: page).contains(String(parts[1])), "\(name): \(link)")
        }
        count += 1
      }
    }
    #expect(count > 50)
  }

  @Test func `every page is linked from the README`() throws {
    let readme = try text("README.md")
    for page in try DocumentedCommandTests.pages() where page.name.hasPrefix("docs/") {
      #expect(readme.contains("](\(page.name))"), "\(page.name)")
    }
    #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 100, "one screen")
  }

  @Test func `every file that docs/architecture.md names is there`() throws {
    let names = try text("docs/architecture.md").matches(of: /`([A-Z][A-Za-z]+\/[A-Za-z+\/]+)`/).map {
      $0.output.1
    }
    #expect(names.count > 25)
    for name in names {
      let file = Crawling.checkout.appending(
        path: name.hasPrefix("Scripts/") ? String(name) : "Sources/\(name)"
      )
      let isThere = ["", ".swift", ".sh"].contains {
        FileManager.default.fileExists(atPath: file.path(percentEncoded: false) + $0)
      }
      #expect(isThere, "\(name)")
    }
    let sentences = try text("docs/architecture.md").matches(of: #/\n(\d)\. /#).map { String($0.output.1) }
    #expect(sentences == (1...9).map(String.init))
  }
}
