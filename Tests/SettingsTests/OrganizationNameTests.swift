import Testing

@testable import Settings

/// Names that addresses are built of.
@Suite("Names of organizations") struct OrganizationNameTests {
  private static func files(_ name: String) -> [String] {
    [
      "crawler: {organizations: ['\(name)']}",
      "crawler: {organizations: [{name: '\(name)'}]}",
      "integrations: {azure: [{credentials: [{organizations: ['\(name)'], personalAccessToken: t}]}]}",
      "catalog: {providers: {azureDevOps: {organization: '\(name)', project: p}}}",
    ]
  }

  @Test(
    "that lead out of the address they stand in are refused, wherever they stand",
    arguments: ["..", ".", "a/../b", "/a", "a/", "a//b"]
  )
  func refused(name: String) {
    for file in Self.files(name) {
      let problems = SettingsFixture.problems(file)

      #expect(problems.count == 1, "\(file)")
      #expect(
        problems.first?.hasSuffix(
          "got '\(name)', wanted the name of an organization, or of a collection like tfs/DefaultCollection"
        ) == true
      )
    }
  }

  @Test(
    "with dots and slashes in them are taken",
    arguments: ["contoso", "a.b", "...", "tfs/DefaultCollection"]
  )
  func taken(name: String) {
    for file in Self.files(name) { #expect(SettingsFixture.problems(file).isEmpty, "\(file)") }
  }
}
