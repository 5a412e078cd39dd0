import Foundation
import TestSupport
import Testing
import Validation

struct ValidationInputTests {
  private func paths(_ items: [ValidationInput.Item], in folder: TemporaryFolder) -> [String] {
    items.map { $0.path.replacing(folder.path("x").dropLast(1), with: "") }
  }

  @Test func `a folder is searched at any depth, save what is hidden or others' or excluded`() throws {
    let folder = try TemporaryFolder()
    for name in [
      "catalog-info.yaml", "b/catalog-info.yml", "a/b/c/catalog-info.yaml", "a-b/catalog-info.yaml",
      "a/other.yaml", "a/Catalog-Info.yaml", "catalog-info.yaml.bak", ".git/catalog-info.yaml",
      ".build/x/catalog-info.yaml", "node_modules/p/catalog-info.yaml", "b/skeleton/catalog-info.yaml",
    ] {
      try folder.write("a: b", to: name)
    }
    let root = folder.path("")

    #expect(
      paths(ValidationInput(excludedFolders: ["skeleton"]).items(for: [root]), in: folder) == [
        "a-b/catalog-info.yaml", "a/b/c/catalog-info.yaml", "b/catalog-info.yml", "catalog-info.yaml",
      ]
    )
    #expect(
      paths(ValidationInput(patterns: ["other.*", "[A-Z]*.yaml"]).items(for: [root]), in: folder) == [
        "a/Catalog-Info.yaml", "a/other.yaml",
      ]
    )
    // A folder that is named itself is searched whatever it is called, and a file has any name.
    #expect(paths(ValidationInput().items(for: [root + ".git"]), in: folder) == [".git/catalog-info.yaml"])
    #expect(
      Set(paths(ValidationInput().items(for: [root + "a/other.yaml", "-"]), in: folder)) == [
        "<stdin>", "a/other.yaml",
      ]
    )
  }

  @Test func `a file that is named twice is one`() throws {
    let folder = try TemporaryFolder()
    try folder.write("a: b", to: "a/catalog-info.yaml")
    let arguments = ["a", "a/./catalog-info.yaml", "a//catalog-info.yaml", "./"].map { folder.path("") + $0 }

    #expect(paths(ValidationInput().items(for: arguments), in: folder) == ["a/catalog-info.yaml"])
  }

  @Test func `links within a folder are not followed, one that is named is`() throws {
    let folder = try TemporaryFolder()
    try folder.write("a: b", to: "outside/catalog-info.yaml")
    try folder.write("a: b", to: "inside/a/catalog-info.yaml")
    for (link, target) in [
      ("inside/link", "../outside"), ("inside/loop", "."),
      ("inside/catalog-info.yaml", "a/catalog-info.yaml"),
      ("named", "outside"),
    ] {
      try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
    }

    #expect(
      paths(ValidationInput().items(for: [folder.path("inside")]), in: folder) == [
        "inside/a/catalog-info.yaml"
      ]
    )
    #expect(
      paths(ValidationInput().items(for: [folder.path("named")]), in: folder) == ["named/catalog-info.yaml"]
    )
  }

  @Test func `what cannot be read says why`() throws {
    let folder = try TemporaryFolder()
    try folder.write("0123456789", to: "a.yaml")

    #expect(try ValidationInput.content(of: folder.path("a.yaml")) == Array("0123456789".utf8))
    #expect(try ValidationInput.content(of: folder.path("a.yaml"), maxBytes: 10).count == 10)
    #expect(
      throws: ValidationInput.Unreadable(
        reason: "it is larger than 9 bytes, the most that any setting allows"
      )
    ) {
      try ValidationInput.content(of: folder.path("a.yaml"), maxBytes: 9)
    }
    #expect(throws: ValidationInput.Unreadable(reason: "there is no such file or folder")) {
      try ValidationInput.content(of: folder.path("b.yaml"))
    }
    #expect(throws: ValidationInput.Unreadable(reason: "it is a folder")) {
      try ValidationInput.content(of: folder.path(""))
    }
    // Reading from a device ends at the limit.
    #expect(throws: ValidationInput.Unreadable.self) {
      try ValidationInput.content(of: "/dev/zero", maxBytes: 1 << 20)
    }
  }
}
