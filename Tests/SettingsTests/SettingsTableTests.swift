import Foundation
import Testing

@testable import Settings

/// The table of settings says what the readers read.
struct SettingsTableTests {
  /// Settings in which every list has an element, so that the readers ask for its keys too.
  private static let everything = """
    integrations:
      azure: [{credentials: [{organizations: [contoso], personalAccessToken: t}]}]
    catalog:
      providers: {azureDevOps: {ID: {organization: contoso, project: p, schedule: {frequency: 5m}}}}
      locations: [{type: url, target: u, rules: [{allow: [{kind: API}]}]}]
      rules: [{allow: [{kind: API}], locations: [{type: url}]}]
    crawler:
      organizations: [{name: contoso}]
      include: [{project: p}]
      exclude: [{project: p}]
      api: {tokens: [{name: n, token: 0123456789abcdef}], tls: {certificateFile: c, keyFile: k}}
    """
  private static let singleProvider = """
    catalog: {providers: {azureDevOps: {organization: contoso, project: p, schedule: {frequency: 5m}}}}
    """

  /// The key paths that the readers ask for in settings, without numbers.
  private static func askedPaths(_ text: String) throws -> Set<String> {
    let problems = ProblemList()
    let files = SettingsFixture.memory(["/config/app-config.yaml": text])
    let loader = ConfigLoader(
      substitution: Substitution(environment: [:]),
      files: files,
      problems: problems
    )
    let root = loader.load(path: "/config/app-config.yaml", name: "app-config.yaml")
    _ = SettingsReader(root: root, place: SettingsPlace(file: "app-config.yaml"), problems: problems).read()
    #expect(problems.problems.isEmpty)
    return Set(problems.askedPaths.map { $0.replacing(/\[[0-9]+\]/, with: "[]") })
  }

  private static let durations: Set<String> = Set(
    SettingsTable.keys.filter {
      switch $0.member.shape {
      case .duration, .frequency: true
      default: false
      }
    }.map(\.path)
  )

  @Test func `every key that the readers ask for is in the table, and the reverse`() throws {
    let asked = try Self.askedPaths(Self.everything).union(Self.askedPaths(Self.singleProvider))
    // Asked for in order to refuse them, and parts of durations; the provider's own name.
    let apart: Set = [
      "integrations.azure[].token", "integrations.azure[].credential", "catalog.providers.azureDevOps.ID",
    ]
    let keys = asked.filter { path in
      !apart.contains(path) && !Self.durations.contains { path.hasPrefix($0 + ".") }
    }

    let known = Set(SettingsTable.keys.map(\.path))
    #expect(keys.count > 70)
    #expect(keys.subtracting(known).sorted() == [], "read, but not in the table")
    #expect(known.subtracting(keys).sorted() == [], "in the table, but not read")
  }

  @Test func `settings that say the defaults of the table are those that say nothing`() throws {
    var environment: [String: String] = [:]
    for key in SettingsTable.keys where key.path.hasPrefix("crawler.") && !key.path.contains("[]") {
      guard let text = key.member.defaultText else { continue }
      environment["APP_CONFIG_" + key.path.replacing(".", with: "_")] = text
    }

    let settings = try SettingsFixture.read("crawler: {}", environment: environment)

    #expect(environment.count > 15)
    #expect(settings.crawler == ProgramSettings())
  }

  @Test func `secrets are those that a credential, a token and a proxy have`() {
    let secrets = SettingsTable.keys.filter(\.member.isSecret).map(\.path)

    #expect(
      Set(secrets) == [
        "integrations.azure[].credentials[].personalAccessToken",
        "integrations.azure[].credentials[].clientSecret", "crawler.proxy", "crawler.api.tokens[].token",
        "crawler.webhooks.secret", "crawler.webhooks.password",
      ]
    )
  }

  @Test func `the schema has every key, closes what is ours and leaves Backstage's open`() throws {
    let text = SettingsSchema.text
    let schema = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])

    #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    for key in SettingsTable.keys { #expect(text.contains("\"\(key.member.name)\" : {"), "\(key.path)") }
    #expect(schema["additionalProperties"] == nil)
    let properties = try #require(schema["properties"] as? [String: Any])
    let crawler = try #require((properties["crawler"] as? [String: Any])?["anyOf"] as? [[String: Any]])
    #expect(crawler.first?["additionalProperties"] as? Bool == false)
  }
}
