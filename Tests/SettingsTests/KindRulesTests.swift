import Testing

@testable import Settings

/// Facts/backstage-azure.md 6.2 and its cases G; facts/backstage-catalog.md 7.9, C155-C160; decisions.md 9.
@Suite struct KindRulesTests {
  private static let x = "https://dev.azure.com/o/p/_git/r?path=/x.yaml"
  private static let y = "https://dev.azure.com/o/p/_git/r?path=/y.yaml"
  private static let kinds = [
    "API", "Component", "Domain", "Group", "Location", "Resource", "System", "Template", "User",
  ]

  /// Stands for the reading of addresses, which is not a matter of the settings.
  private static func canonical(_ target: String) -> String {
    target.replacing("%2F", with: "/").replacing("DEV.AZURE.COM", with: "dev.azure.com")
  }

  /// The rules of settings that are written under `catalog:`.
  private func rules(_ catalog: String) throws -> KindRules {
    let settings = try SettingsFixture.read("catalog: {\(catalog)}")
    return try KindRules(rules: settings.rules, locations: settings.locations, canonical: Self.canonical)
  }

  /// Which of the core kinds may come from an origin.
  private func allowed(_ rules: KindRules, from origin: EntityOrigin) -> [String] {
    Self.kinds.filter { rules.verdict(kind: $0, specType: nil, from: origin) == .allowed }
  }

  @Test func `G143, C156: without rules, what settings list carries components, APIs and locations`() throws {
    let origin = EntityOrigin.settings(type: "url", target: Self.x)

    #expect(allowed(try rules(""), from: origin) == ["API", "Component", "Location"])
  }

  @Test(arguments: [EntityOrigin.organization(url: x), .registered(url: x)])
  func `decision 9: without rules, what is crawled or registered carries all kinds`(
    origin: EntityOrigin
  ) throws {
    let rules = try rules("")

    #expect(allowed(rules, from: origin) == Self.kinds)
    #expect(rules.verdict(kind: "Unheard-of", specType: "x", from: origin) == .allowed)
  }

  @Test(arguments: [
    EntityOrigin.organization(url: x), .registered(url: x), .settings(type: "url", target: x),
  ])
  func `G144, C160: empty rules allow nothing`(origin: EntityOrigin) throws {
    #expect(allowed(try rules("rules: []"), from: origin) == [])
  }

  @Test(arguments: [
    EntityOrigin.organization(url: x), .registered(url: x), .settings(type: "url", target: x),
  ])
  func `decision 9: rules replace the default for all origins`(origin: EntityOrigin) throws {
    let rules = try rules("rules: [{allow: [System, User]}, {allow: [Domain]}]")

    #expect(allowed(rules, from: origin) == ["Domain", "System", "User"])
  }

  @Test(arguments: [("group", "Group"), ("GROUP", "group"), ("Group", "gROUP")])
  func `G145, C157: the letter case of a kind is no difference`(allow: String, kind: String) throws {
    let rules = try rules("rules: [{allow: [\(allow)]}]")

    #expect(rules.verdict(kind: kind, specType: nil, from: .registered(url: Self.x)) == .allowed)
  }

  @Test func `G146: a rule of a location holds for that location and adds to the others`() throws {
    let rules = try rules(
      """
      rules: [{allow: [User]}],
      locations: [{type: url, target: '\(Self.x)', rules: [{allow: [Group]}]}, {type: url, target: '\(Self.y)'}]
      """
    )

    #expect(allowed(rules, from: .settings(type: "url", target: Self.x)) == ["Group", "User"])
    #expect(allowed(rules, from: .settings(type: "url", target: Self.y)) == ["User"])
    #expect(allowed(rules, from: .settings(type: "other", target: Self.x)) == ["User"])
    // The rule is bound to type and target, whoever brings them.
    #expect(allowed(rules, from: .registered(url: Self.x)) == ["Group", "User"])
  }

  @Test func `G146: without rules, a rule of a location adds to the default`() throws {
    let rules = try rules(
      """
      locations: [{type: url, target: '\(Self.x)', rules: [{allow: [Group]}]}, {type: url, target: '\(Self.y)'}]
      """
    )

    #expect(
      allowed(rules, from: .settings(type: "url", target: Self.x)) == [
        "API", "Component", "Group", "Location",
      ]
    )
    #expect(
      allowed(rules, from: .settings(type: "url", target: Self.y)) == ["API", "Component", "Location"]
    )
  }

  @Test func `G147, C159: exact and pattern together end the start`() {
    let problems = SettingsFixture.problems(
      "catalog: {rules: [{allow: [A], locations: [{type: url, exact: x, pattern: y}]}]}"
    )

    #expect(problems.count == 1)
    #expect(problems.first?.contains("got both 'exact' and 'pattern'") == true)
  }

  @Test(arguments: [
    ("Resource", "database", true), ("resource", "database", true), ("Resource", "Database", false),
    ("Resource", "queue", false), ("Resource", nil, false), ("Component", "database", false),
    ("API", nil, true), ("API", "openapi", true),
  ])
  func `G148: a rule may ask for one spec.type, to the letter`(
    kind: String,
    specType: String?,
    isAllowed: Bool
  ) throws {
    let rules = try rules("rules: [{allow: [{kind: Resource, spec.type: database}, API]}]")
    let verdict = rules.verdict(kind: kind, specType: specType, from: .registered(url: Self.x))

    #expect((verdict == .allowed) == isAllowed)
  }

  @Test func `6.2: a place may be a type alone`() throws {
    let rules = try rules("rules: [{allow: [Group], locations: [{type: file}]}]")

    #expect(allowed(rules, from: .settings(type: "file", target: "/a.yaml")) == ["Group"])
    #expect(allowed(rules, from: .settings(type: "url", target: Self.x)) == [])
    #expect(allowed(rules, from: .organization(url: Self.x)) == [])
  }

  @Test(arguments: [
    ("https://dev.azure.com/org/**", "https://dev.azure.com/org/p/_git/r?path=/.hidden/a.yaml", true),
    ("https://dev.azure.com/org/**", "https://dev.azure.com/ORG/.p/_git/r?path=/a.yaml", true),
    ("https://dev.azure.com/org/**", "https://dev.azure.com/other/p/_git/r?path=/a.yaml", false),
    // The text that was given matches as well as its one spelling.
    ("https://dev.azure.com/o/**/*path=%2fa.yaml", "https://dev.azure.com/o/p/_git/r?path=%2Fa.yaml", true),
    ("https://dev.azure.com/o/**/a.yaml", "https://dev.azure.com/o/p/_git/r?path=%2Fa.yaml", true),
  ])
  func `C158: a pattern is matched against the target`(
    pattern: String,
    target: String,
    isAllowed: Bool
  ) throws {
    let rules = try rules("rules: [{allow: [Group], locations: [{type: url, pattern: '\(pattern)'}]}]")
    let verdict = rules.verdict(kind: "Group", specType: nil, from: .organization(url: target))

    #expect((verdict == .allowed) == isAllowed)
  }

  @Test func `an exact target survives another spelling, on both sides`() throws {
    let spellings = [Self.x, "https://DEV.AZURE.COM/o/p/_git/r?path=%2Fx.yaml"]
    for written in spellings {
      for asked in spellings {
        let byRule = try rules("rules: [{allow: [Group], locations: [{type: url, exact: '\(written)'}]}]")
        #expect(allowed(byRule, from: .organization(url: asked)) == ["Group"])

        let byLocation = try rules(
          "rules: [], locations: [{type: url, target: '\(written)', rules: [{allow: [Group]}]}]"
        )
        #expect(allowed(byLocation, from: .settings(type: "url", target: asked)) == ["Group"])
      }
    }
    let other = try rules("rules: [{allow: [Group], locations: [{type: url, exact: '\(Self.y)'}]}]")
    #expect(allowed(other, from: .organization(url: Self.x)) == [])
  }

  @Test func `rules are added up, and so are their places`() throws {
    let rules = try rules(
      """
      rules: [
        {allow: [Group, User], locations: [{type: url, exact: '\(Self.x)'}, {type: file}]},
        {allow: [Component]},
        {allow: [Resource], locations: [{type: url, pattern: 'https://dev.azure.com/o/**'}]}
      ]
      """
    )

    #expect(allowed(rules, from: .registered(url: Self.x)) == ["Component", "Group", "Resource", "User"])
    #expect(allowed(rules, from: .registered(url: Self.y)) == ["Component", "Resource"])
    #expect(allowed(rules, from: .settings(type: "file", target: "/a")) == ["Component", "Group", "User"])
  }

  @Test(arguments: [
    (
      "", "Group", nil,
      "without 'catalog.rules', this element of 'catalog.locations' may carry only Component, API, Location, got Group"
    ),
    ("rules: []", "Group", nil, "'catalog.rules' allows no kind from this location, got Group"),
    (
      "rules: [{allow: [API, User]}]", "Group", nil,
      "'catalog.rules' allows only API, User from this location, got Group"
    ),
    (
      "rules: [{allow: [{kind: Resource, spec.type: database}, {kind: Resource, spec.type: queue}]}]",
      "Resource", "topic",
      "'catalog.rules' allows the kind Resource from this location only with spec.type 'database' or 'queue'"
    ),
    (
      "rules: [{allow: [{kind: Resource, spec.type: database}, {kind: Resource, spec.type: queue}]}]",
      "User", nil, "'catalog.rules' allows only Resource from this location, got User"
    ),
  ])
  func `C155: what is denied is said in a sentence`(
    catalog: String,
    kind: String,
    specType: String?,
    sentence: String
  ) throws {
    let origin = EntityOrigin.settings(type: "url", target: Self.x)

    #expect(
      try rules(catalog).verdict(kind: kind, specType: specType, from: origin) == .denied(because: sentence)
    )
  }

  @Test func `a permit answers for all entities of one origin`() throws {
    let permit = try rules("rules: [{allow: [API]}]").permit(for: .organization(url: Self.x))

    #expect(permit.verdict(kind: "api", specType: "openapi") == .allowed)
    #expect(permit.verdict(kind: "User", specType: nil) != .allowed)
  }

  @Test func `a pattern that cannot be used is named by its key`() throws {
    let error = #expect(throws: KindRulesError.self) {
      try rules(
        "rules: [{allow: [A]}, {allow: [A], locations: [{type: file}, {type: url, pattern: '@(a|b)'}]}]"
      )
    }

    #expect(
      error?.description
        == "catalog.rules[1].locations[1].pattern: the form '@(...)' in the pattern is not supported; write {a,b}"
    )
  }
}

/// `KindRules.version`, by which stored verdicts are made anew.
@Suite struct KindRulesVersionTests {
  private func version(_ catalog: String) throws -> String {
    let settings = try SettingsFixture.read("catalog: {\(catalog)}")
    return try KindRules(rules: settings.rules, locations: settings.locations) { $0.lowercased() }.version
  }

  @Test func `the version is the same text every time`() throws {
    #expect(
      try version(
        """
        rules: [{allow: [User, {kind: Resource, spec.type: 'a"b'}], locations: [{type: url, pattern: 'X*'}]}],
        locations: [{type: url, target: Y, rules: [{allow: [API]}]}]
        """
      ) == #"""
        kind-rules 1
        rules
        "api" from type "url" target "y"
        "resource" with spec.type "a\"b" from type "url" pattern "X*"
        "user" from type "url" pattern "X*"
        """#
    )
  }

  @Test(arguments: [
    ("rules: [{allow: [A, B]}]", "rules: [{allow: [b]}, {allow: [a, A]}]"),
    (
      "rules: [{allow: [A], locations: [{type: url, exact: X}, {type: file}]}]",
      "rules: [{allow: [A], locations: [{type: file}]}, {allow: [A], locations: [{type: url, exact: x}]}]"
    ),
    ("", "locations: [{type: url, target: x}]"),
  ])
  func `rules that say the same have one version`(one: String, other: String) throws {
    #expect(try version(one) == version(other))
  }

  @Test(arguments: [
    ("", "rules: []"), ("rules: [{allow: [A]}]", "rules: [{allow: [B]}]"),
    ("rules: [{allow: [A]}]", "rules: [{allow: [{kind: A, spec.type: x}]}]"),
    (
      "rules: [{allow: [{kind: A, spec.type: x}]}]", "rules: [{allow: [{kind: A, spec.type: X}]}]"
    ),
    ("rules: [{allow: [A]}]", "rules: [{allow: [A], locations: [{type: url}]}]"),
    (
      "rules: [{allow: [A], locations: [{type: url, exact: x}]}]",
      "rules: [{allow: [A], locations: [{type: url, pattern: x}]}]"
    ),
    (
      "rules: [{allow: [A], locations: [{type: url, exact: x}]}]",
      "rules: [{allow: [A], locations: [{type: file, exact: x}]}]"
    ),
    ("rules: []", "rules: [], locations: [{type: url, target: x, rules: [{allow: [A]}]}]"),
    ("", "locations: [{type: url, target: x, rules: [{allow: [A]}]}]"),
  ])
  func `rules that differ have two versions`(one: String, other: String) throws {
    #expect(try version(one) != version(other))
  }
}
