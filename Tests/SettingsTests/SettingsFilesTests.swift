import TestSupport
import Testing

@testable import Settings

/// Which files are read, and what is said of those that cannot be.
@Suite struct SettingsFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ explicit: String...) throws(SettingsError) -> CrawlerSettings {
    try SettingsFiles.read(explicit: explicit, folder: folder.path(""), environment: [:])
  }

  @Test func `without --config the two files of the folder are read, the local one last`() throws {
    try folder.write("crawler: {concurrency: 2, codeSearch: true}", to: "app-config.yaml")
    #expect(try read().crawler.concurrency == 2)

    try folder.write("crawler: {concurrency: 3}", to: "app-config.local.yaml")
    #expect(try read().crawler.concurrency == 3)
    #expect(try read().crawler.codeSearch)
  }

  @Test func `no file at all is an error that says so`() {
    let error = #expect(throws: SettingsError.self) { try read() }

    #expect(
      error?.description
        == "\(folder.path("").dropLast()): there is neither app-config.yaml nor app-config.local.yaml; name a file with --config"
    )
  }

  @Test func `files that are named are read in their order, and those of the folder are not`() throws {
    try folder.write("crawler: {codeSearch: true}", to: "app-config.yaml")
    try folder.write("crawler: {concurrency: 2}", to: "a.yaml")
    try folder.write("crawler: {concurrency: 3}", to: "b.yaml")

    let settings = try read("a.yaml", folder.path("b.yaml"))

    #expect(settings.crawler.concurrency == 3)
    #expect(!settings.crawler.codeSearch)
  }

  @Test func `a file that is not there is named`() {
    let error = #expect(throws: SettingsError.self) { try read("none.yaml") }

    #expect(
      error?.description
        == "none.yaml: cannot read the file '\(folder.path("none.yaml"))': there is no such file"
    )
  }

  @Test(arguments: [
    ("a: [", "bad.yaml:1:5: "),
    ("a: 1\na: 2", "bad.yaml:2:1: the key 'a' stands twice in one mapping"),
    ("- a", "bad.yaml:1:1: got array, wanted an object with keys"),
    ("a: 1\n---\nb: 2", "bad.yaml: got 2 YAML documents, wanted one"),
  ])
  func `a file that is no settings is refused with its place`(text: String, message: String) throws {
    try folder.write(text, to: "bad.yaml")

    let error = #expect(throws: SettingsError.self) { try read("bad.yaml") }

    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test func `a folder is no file`() throws {
    let error = #expect(throws: SettingsError.self) { try read(".") }

    #expect(error?.description.hasSuffix("it is a folder") == true)
  }

  @Test(arguments: [
    ("a", "/b", "/b/a"), ("/a", "/b", "/a"), ("../a", "/b/c", "/b/a"), ("./a/../x//y", "/b", "/b/x/y"),
    ("../../..", "/b", "/"), (".", "/b/", "/b"),
  ])
  func `paths become absolute`(path: String, base: String, expected: String) {
    #expect(FilePath.absolute(path, in: base) == expected)
  }
}
