import Testing

@testable import Settings

/// `catalog.rules` and `catalog.locations` (facts/backstage-azure.md 6.1, 6.2).
@Suite struct CatalogReaderTests {
  @Test func `rules that are absent are not rules that allow nothing`() throws {
    #expect(try SettingsFixture.read("catalog: {}").rules == nil)
    #expect(try SettingsFixture.read("catalog: {rules: []}").rules == [])
  }

  @Test func `a rule allows kinds, perhaps of one type, perhaps from some places`() throws {
    let rules = try SettingsFixture.read(
      """
      catalog:
        rules:
          - allow: [Component, {kind: Resource, spec.type: database}]
          - allow: [Group]
            locations: [{type: file}, {type: url, pattern: 'https://x/**'}, {type: url, exact: 'https://y'}]
      """
    ).rules

    #expect(
      rules == [
        CatalogRule(
          allow: [.init(kind: "Component"), .init(kind: "Resource", specType: "database")],
          locations: []
        ),
        CatalogRule(
          allow: [.init(kind: "Group")],
          locations: [
            .init(type: "file"),
            .init(type: "url", pattern: "https://x/**"),
            .init(type: "url", exact: "https://y"),
          ]
        ),
      ]
    )
  }

  @Test(arguments: [
    ("{}", "catalog.rules[0].allow: missing required value"),
    ("{allow: Component}", "catalog.rules[0].allow: got string, wanted array"),
    ("{allow: [7]}", "catalog.rules[0].allow[0]: got number, wanted string or object"),
    ("{allow: [{spec.type: x}]}", "catalog.rules[0].allow[0].kind: missing required value"),
    ("{allow: [A], locations: [{exact: x}]}", "catalog.rules[0].locations[0].type: missing required value"),
    (
      "{allow: [A], locations: '${NONE}'}",
      "catalog.rules[0].locations: got nothing: the environment variable NONE is not set"
    ),
    (
      "{allow: [A], locations: [{type: url, exact: '${NONE}'}]}",
      "catalog.rules[0].locations[0].exact: got nothing: the environment variable NONE is not set"
    ),
    // 147
    (
      "{allow: [A], locations: [{type: url, exact: x, pattern: y}]}",
      "catalog.rules[0].locations[0]: got both 'exact' and 'pattern', wanted one of them"
    ),
  ])
  func `a rule that says nothing is refused`(rule: String, message: String) {
    let problems = SettingsFixture.problems("catalog: {rules: [\(rule)]}")

    #expect(problems.count == 1)
    #expect(problems.first?.hasSuffix(message) == true, "\(problems)")
  }

  @Test func `locations have a type, a target and kinds of their own`() throws {
    let locations = try SettingsFixture.read(
      """
      catalog:
        locations:
          - {type: url, target: 'https://dev.azure.com/o/p/_git/r?path=/a.yaml'}
          - {type: file, target: ../local.yaml, rules: [{allow: [User, Group]}, {allow: [Domain]}]}
      """
    ).locations

    #expect(
      locations == [
        LocationSettings(
          type: "url",
          target: "https://dev.azure.com/o/p/_git/r?path=/a.yaml",
          place: SettingsPlace(file: "app-config.yaml", line: 3, column: 7)
        ),
        LocationSettings(
          type: "file",
          target: "/local.yaml",
          allow: [.init(kind: "User"), .init(kind: "Group"), .init(kind: "Domain")],
          place: SettingsPlace(file: "app-config.yaml", line: 4, column: 7)
        ),
      ]
    )
  }

  @Test func `a location without type or target is refused`() {
    let problems = SettingsFixture.problems("catalog: {locations: [{target: x}, {type: url}]}")

    #expect(problems.count == 2)
    #expect(problems.first?.hasSuffix("catalog.locations[0].type: missing required value") == true)
    #expect(problems.last?.hasSuffix("catalog.locations[1].target: missing required value") == true)
  }
}
