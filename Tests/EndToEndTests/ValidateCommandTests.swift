import Foundation
import TestSupport
import Testing

/// `validate` of the built program.
@Suite(.timeLimit(.minutes(2)))
struct ValidateCommandTests {
  private static let good = """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata: {name: web}
    spec: {type: service, lifecycle: production, owner: team-a}

    """
  private static let warned = "apiVersion: backstage.io/v1alpha1\nkind: Thing\nmetadata: {name: thing}\n"

  private func run(_ arguments: String..., in folder: TemporaryFolder) async throws -> ProgramRun {
    try await ProgramRun(["validate"] + arguments, in: folder, environment: [:])
  }

  @Test func `without arguments the working folder is checked, with no settings at all`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.good, to: "catalog-info.yaml")
    try folder.write("a: [", to: "services/a/catalog-info.yml")

    let ended = try await run(in: folder)

    #expect(ended.code == 1)
    #expect(ended.errors.isEmpty)
    #expect(
      ended.output == """
        services/a/catalog-info.yml:1:5: error: while parsing a flow node: did not find expected node content \
        [yaml-syntax]
          | a: [
          |     ^
        2 files, 1 entity, 1 error, 0 warnings

        """
    )
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path(".")).contains("catalog.sqlite")
        == false
    )
  }

  @Test func `warnings fail only with strict`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.warned, to: "catalog-info.yaml")

    #expect(try await run(in: folder).code == 0)
    let strict = try await run("--strict", "catalog-info.yaml", in: folder)
    #expect(strict.code == 1)
    #expect(strict.output.hasSuffix("1 file, 1 entity, 0 errors, 1 warning\n"))
  }

  @Test func `exit codes and streams`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.good, to: "a/good.yaml")

    let missing = try await run("a/good.yaml", "b.yaml", in: folder)
    #expect(missing.code == 1)
    #expect(
      missing.output.contains("b.yaml: error: cannot be read: there is no such file or folder [unreadable]\n")
    )
    #expect(try await run("--format", "xml", in: folder).code == 64)
    #expect(try await run("--json", "--format", "sarif", in: folder).code == 64)
    #expect(try await run("--glob", "a/b", in: folder).code == 64)
    #expect(try await run("", in: folder).code == 64)
    #expect(try await run("--config", "missing.yaml", in: folder).code == 78)
    let nothing = try await run(in: folder)
    #expect(nothing.code == 0)
    #expect(nothing.errors == "warning: there is no catalog file in this folder\n")
    let quiet = try await run("--quiet", "b.yaml", in: folder)
    #expect(quiet.code == 1)
    #expect(quiet.output.isEmpty && quiet.errors.isEmpty)
    #expect(
      try await run("--glob", "*.yaml", in: folder).output == "1 file, 1 entity, 0 errors, 0 warnings\n"
    )
    #expect(try await run("--glob", "*.yaml", "--exclude", "a", in: folder).output.hasPrefix("0 files"))
  }

  @Test func `every format is printed`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("- a\n", to: "a b.yaml")

    let json = try await run("--json", "a b.yaml", in: folder)
    let sarif = try await run("--format", "sarif", "a b.yaml", folder.path("a b.yaml"), in: folder)
    let azure = try await run("--format", "azure-pipelines", "a b.yaml", in: folder)
    let github = try await run("--format", "github", "a b.yaml", in: folder)

    #expect([json, sarif, azure, github].map(\.code) == [1, 1, 1, 1])
    #expect(json.output.contains("\"path\" : \"a b.yaml\""))
    #expect(
      sarif.output.matches(of: /"uri" : "a%20b.yaml"/).count == 2,
      "both ways to name it, in the folder"
    )
    #expect(azure.output.hasPrefix("##vso[task.logissue type=error;sourcepath=a b.yaml;linenumber=1;"))
    #expect(
      azure.output.hasSuffix("##vso[task.complete result=Failed;]1 file, 0 entities, 1 error, 0 warnings\n")
    )
    #expect(github.output.hasPrefix("::error file=a b.yaml,line=1,col=1,title=root-type::expected a mapping"))
  }

  @Test func `limits are those of the settings`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("a: [[[b]]]\n", to: "catalog-info.yaml")
    try folder.write("crawler: {yaml: {maxDepth: 2}}\n", to: "limits.yaml")

    let named = try await run("--config", "limits.yaml", in: folder)
    #expect(named.output.contains(":1:5: error: collections are nested deeper than 2 levels [yaml-limit]"))
    try folder.write("crawler: {yaml: {maxDepth: 3}}\n", to: "app-config.yaml")
    let found = try await run(in: folder)
    #expect(found.output.contains(":1:6: error: collections are nested deeper than 3 levels [yaml-limit]"))
    // Settings of the server, whose variables are not here, do not keep anyone from checking a file.
    try folder.write("crawler: {yaml: {maxDepth: ${NO_SUCH}}, database: 7}\n", to: "app-config.yaml")
    let broken = try await run(in: folder)
    #expect(broken.code == 1)
    #expect(broken.output.contains("[root-type]") == false && broken.output.contains("[missing]"))
    #expect(broken.errors.hasPrefix("warning: the settings of this folder cannot be used"))
  }

  @Test func `placeholders and locations are read from the same checkout`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "repo/.git/HEAD")
    try folder.write(
      """
      apiVersion: backstage.io/v1alpha1
      kind: Location
      metadata: {name: all}
      spec:
        targets: [./apis/*.yaml, /more.yaml, ./missing.yaml, 'https://dev.azure.com/o/p/_git/r?path=/x.yaml', 'https://example.com/x']
      """,
      to: "repo/svc/catalog-info.yaml"
    )
    let api = """
      apiVersion: backstage.io/v1alpha1
      kind: API
      metadata: {name: NAME}
      spec: {type: openapi, lifecycle: production, owner: team-a, definition: {$text: TARGET}}

      """
    try folder.write(
      api.replacing("NAME", with: "good").replacing("TARGET", with: "../../openapi.yaml"),
      to: "repo/svc/apis/a.yaml"
    )
    try folder.write(
      api.replacing("NAME", with: "bad").replacing("TARGET", with: "./openapi.yaml"),
      to: "repo/svc/apis/b.yaml"
    )
    try folder.write("openapi: 3.0.0", to: "repo/openapi.yaml")
    try folder.write(Self.good, to: "repo/more.yaml")

    let ended = try await run("repo/svc", in: folder)

    #expect(ended.code == 1)
    let lines = ended.output.split(separator: "\n").map(String.init)
    let told = lines.filter { $0.hasPrefix("repo") || $0.contains("files,") }
    let missing = folder.path("repo/svc/apis/openapi.yaml")
    let expected: [String] = [
      "repo/svc/apis/b.yaml:4:81: error: $text './openapi.yaml': there is no file '\(missing)' [placeholder-file]",
      "repo/svc/catalog-info.yaml:5:40: error: there is no file './missing.yaml' [target-absent]",
      "repo/svc/catalog-info.yaml:5:105: error: expected a path, or the address of a file in Azure DevOps, "
        + "got 'https://example.com/x' [target-address]",
      "4 files, 3 entities, 3 errors, 0 warnings",
    ]
    #expect(told == expected)
  }

  @Test func `the rules and hosts of the settings count`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("catalog: {rules: [{allow: [Group]}]}\n", to: "app-config.yaml")
    try folder.write(
      Self.good.replacing("team-a}", with: "{$text: 'https://tfs.example.com/c/p/_git/r?path=/x'}}"),
      to: "catalog-info.yaml"
    )
    try folder.write(Self.good, to: "other/catalog-info.yaml")

    let ended = try await run(in: folder)

    #expect(ended.code == 1)
    #expect(ended.output.contains("the host tfs.example.com is not configured"))
    #expect(ended.output.contains("'catalog.rules' allows only Group"))
    #expect(ended.output.contains("2 files, 0 entities, 2 errors"))
  }
}
