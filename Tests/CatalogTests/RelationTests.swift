import Catalog
import Testing

/// Relations as values (facts/backstage-catalog.md 6, 11.H).
@Suite struct RelationTests {
  private static let web = "type: service, lifecycle: production"

  /// `source type target` of every relation.
  private static func relations(_ text: String) -> [String] {
    onlyEntity(text)?.relations.map { "\($0.source) \($0.type) \($0.target)" } ?? ["no entity"]
  }

  private static func kind(_ kind: String, _ spec: String, metadata: String = "{name: web}") -> String {
    document(kind: kind, metadata: metadata, spec: "{\(spec)}")
  }

  @Test(
    arguments: [
      (
        "C132", kind("Component", "\(web), owner: team-a"),
        [
          "component:default/web ownedBy group:default/team-a",
          "group:default/team-a ownerOf component:default/web",
        ]
      ),
      (
        "C133", kind("Component", "\(web), owner: 'user:jane'"),
        [
          "component:default/web ownedBy user:default/jane",
          "user:default/jane ownerOf component:default/web",
        ]
      ),
      (
        "C134", kind("System", "owner: x", metadata: "{name: s, namespace: team}"),
        ["system:team/s ownedBy group:team/x", "group:team/x ownerOf system:team/s"]
      ),
      (
        "C135", kind("System", "owner: 'group:default/x'", metadata: "{name: s, namespace: team}"),
        ["system:team/s ownedBy group:default/x", "group:default/x ownerOf system:team/s"]
      ),
      (
        "C137", kind("Component", "\(web), owner: o, dependsOn: ['resource:db', 'component:c']"),
        [
          "component:default/web dependsOn component:default/c",
          "component:default/web dependsOn resource:default/db",
          "component:default/web ownedBy group:default/o",
          "component:default/c dependencyOf component:default/web",
          "group:default/o ownerOf component:default/web",
          "resource:default/db dependencyOf component:default/web",
        ]
      ),
      (
        "C138", kind("Resource", "type: a, owner: o, dependencyOf: ['component:z'], system: s"),
        [
          "resource:default/web dependencyOf component:default/z",
          "resource:default/web ownedBy group:default/o",
          "resource:default/web partOf system:default/s",
          "component:default/z dependsOn resource:default/web",
          "group:default/o ownerOf resource:default/web", "system:default/s hasPart resource:default/web",
        ]
      ),
      (
        "C139",
        kind(
          "Component",
          "\(web), owner: o, subcomponentOf: p, system: s, providesApis: [a], consumesApis: [b], "
            + "dependsOn: ['resource:d', 'component:e'], dependencyOf: ['component:f', 'resource:g']"
        ),
        [
          "component:default/web consumesApi api:default/b",
          "component:default/web dependencyOf component:default/f",
          "component:default/web dependencyOf resource:default/g",
          "component:default/web dependsOn component:default/e",
          "component:default/web dependsOn resource:default/d",
          "component:default/web ownedBy group:default/o",
          "component:default/web partOf component:default/p", "component:default/web partOf system:default/s",
          "component:default/web providesApi api:default/a",
          "api:default/a apiProvidedBy component:default/web",
          "api:default/b apiConsumedBy component:default/web",
          "component:default/e dependencyOf component:default/web",
          "component:default/f dependsOn component:default/web",
          "component:default/p hasPart component:default/web",
          "group:default/o ownerOf component:default/web",
          "resource:default/d dependencyOf component:default/web",
          "resource:default/g dependsOn component:default/web",
          "system:default/s hasPart component:default/web",
        ]
      ),
      (
        "C140", kind("Component", "\(web), owner: o, system: s, subcomponentOf: s"),
        [
          "component:default/web ownedBy group:default/o", "component:default/web partOf component:default/s",
          "component:default/web partOf system:default/s",
          "component:default/s hasPart component:default/web",
          "group:default/o ownerOf component:default/web", "system:default/s hasPart component:default/web",
        ]
      ),
      (
        "C141", kind("Component", "\(web), owner: o, providesApis: [ns2/p]"),
        [
          "component:default/web ownedBy group:default/o", "component:default/web providesApi api:ns2/p",
          "api:ns2/p apiProvidedBy component:default/web", "group:default/o ownerOf component:default/web",
        ]
      ),
      (
        "C143",
        kind("Group", "type: team, parent: p, children: [c], members: [m]", metadata: "{name: g}"),
        [
          "group:default/g childOf group:default/p", "group:default/g hasMember user:default/m",
          "group:default/g parentOf group:default/c",
          "group:default/c childOf group:default/g", "group:default/p parentOf group:default/g",
          "user:default/m memberOf group:default/g",
        ]
      ),
      (
        "C144", kind("User", "memberOf: [g]", metadata: "{name: u}"),
        ["user:default/u memberOf group:default/g", "group:default/g hasMember user:default/u"]
      ),
      (
        "C146", kind("System", "owner: Team-A", metadata: "{name: S}"),
        ["system:default/s ownedBy group:default/team-a", "group:default/team-a ownerOf system:default/s"]
      ),
      ("C147", kind("User", "memberOf: []"), []),
      ("6.1", kind("Location", "targets: [./a.yaml]"), []),
      (
        "6.1", kind("API", "\(web), owner: o, system: s, definition: d"),
        [
          "api:default/web ownedBy group:default/o", "api:default/web partOf system:default/s",
          "group:default/o ownerOf api:default/web", "system:default/s hasPart api:default/web",
        ]
      ),
      (
        "6.1", kind("System", "owner: o, domain: d"),
        [
          "system:default/web ownedBy group:default/o", "system:default/web partOf domain:default/d",
          "domain:default/d hasPart system:default/web", "group:default/o ownerOf system:default/web",
        ]
      ),
      (
        "6.1", kind("Domain", "owner: o, subdomainOf: d"),
        [
          "domain:default/web ownedBy group:default/o", "domain:default/web partOf domain:default/d",
          "domain:default/d hasPart domain:default/web", "group:default/o ownerOf domain:default/web",
        ]
      ),
      // Duplicates count once, and a field that is one string is as a list of it.
      (
        "6.2",
        kind(
          "Component",
          "\(web), owner: o, dependsOn: ['Component:C', 'component:default/c'], dependencyOf: 'component:c'"
        ),
        [
          "component:default/web dependencyOf component:default/c",
          "component:default/web dependsOn component:default/c",
          "component:default/web ownedBy group:default/o",
          "component:default/c dependencyOf component:default/web",
          "component:default/c dependsOn component:default/web",
          "group:default/o ownerOf component:default/web",
        ]
      ),
    ] as [(String, String, [String])]
  )
  func `an entity gives rise to relations both ways`(number: String, text: String, expected: [String]) {
    #expect(Self.relations(text) == expected, "\(number)")
  }

  @Test func `a template is owned, and a skill depends on other resources for tools`() {
    let template = document(
      apiVersion: "scaffolder.backstage.io/v1beta3",
      kind: "Template",
      spec: "{type: a, steps: [], owner: o}"
    )

    #expect(Self.relations(template).first == "template:default/web ownedBy group:default/o")
    #expect(
      Self.relations(
        document(kind: "AiResource", spec: "{type: skill, lifecycle: a, owner: o, dependsOn: [b]}")
      ).first
        == "airesource:default/web dependsOn airesource:default/b"
    )
  }

  @Test func `an entity that is related to itself has each relation once`() {
    #expect(
      Self.relations(
        document(
          spec: "{\(Self.web), owner: o, dependsOn: ['component:web'], dependencyOf: ['component:web']}"
        )
      ) == [
        "component:default/web dependencyOf component:default/web",
        "component:default/web dependsOn component:default/web",
        "component:default/web ownedBy group:default/o", "group:default/o ownerOf component:default/web",
      ]
    )
  }
}
