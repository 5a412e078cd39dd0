import Catalog
import Testing

/// Versions, kinds and their specs (facts/backstage-catalog.md 11.B).
@Suite struct KindTests {
  private static let template = "scaffolder.backstage.io/v1beta3"
  private static let start = "type: service, lifecycle: production, owner: team-a"

  @Test(
    arguments: [
      ("C035", document(apiVersion: "backstage.io/v1beta1")),
      ("C047", document(spec: "{\(start), providesApis: [], consumesApis: []}")),
      ("C048", document(spec: "{\(start), foo: 1, bar: }")),
      ("C049", document(spec: "{\(start), dependencyOf: ['resource:r']}")),
      ("C049", document(spec: "{\(start), dependencyOf: 'resource:r'}")),
      ("C050", document(kind: "API", spec: "{\(start), definition: text}")),
      (
        "C050",
        document(apiVersion: "backstage.io/v1alpha2", kind: "API", spec: "{\(start), definition: text}")
      ),
      ("C091", document(kind: "API", spec: "{\(start), definition: {$text: ./openapi.yaml}}")),
      ("C052", document(kind: "System", spec: "{owner: a}")),
      ("C052", document(kind: "System", spec: "{owner: a, domain: b, type: product}")),
      ("C053", document(kind: "Domain", spec: "{owner: a}")),
      ("C053", document(kind: "Domain", spec: "{owner: a, subdomainOf: b, type: bundle}")),
      (
        "C051",
        document(kind: "Resource", spec: "{type: database, owner: a, dependsOn: ['resource:b'], system: c}")
      ),
      ("C056", document(kind: "Group", spec: "{type: team, children: []}")),
      (
        "C057",
        document(
          kind: "Group",
          spec: "{type: team, children: [], profile: {displayName: A, foo: 1}, parent: p, members: [m]}"
        )
      ),
      ("C058", document(kind: "User", spec: "{memberOf: []}")),
      (
        "C058",
        document(kind: "User", spec: "{memberOf: [a], profile: {displayName: A, email: nobody, picture: p}}")
      ),
      ("C059", document(kind: "Location", spec: "{}")),
      ("C060", document(kind: "Location", spec: "{type: url, target: a, targets: [b], presence: optional}")),
      ("C060", document(kind: "Location", spec: "{presence: required}")),
      ("C062", document(apiVersion: template, kind: "Template", spec: "{type: service, steps: []}")),
      (
        "C062",
        document(
          apiVersion: template,
          kind: "Template",
          spec: """
            {type: service, owner: a, parameters: [{title: b}], steps: [{id: a, name: b, action: c, input: {d: 1}, if: true}, {action: c, if: d}],
             output: {links: [{url: a, entityRef: b, title: c, icon: d}], text: [{title: a, content: ''}], other: text},
             presentation: {buttonLabels: {backButtonText: a}}}
            """
        )
      ),
      (
        "C062",
        document(
          apiVersion: template,
          kind: "Template",
          spec: "{type: service, steps: [], parameters: {title: b}}"
        )
      ),
      // Newer than the baseline.
      ("new", document(kind: "AiResource", spec: "{\(start)}")),
      (
        "new",
        document(
          kind: "AiResource",
          spec: "{type: skill, lifecycle: a, owner: b, agents: [c], dependsOn: [d]}"
        )
      ),
      (
        "new",
        document(kind: "AiResource", spec: "{type: rule, lifecycle: a, owner: b, category: c, rationale: d}")
      ),
      (
        "new",
        document(
          kind: "API",
          spec: "{type: mcp-server, lifecycle: a, owner: b, remotes: [{type: sse, url: c}]}"
        )
      ),
    ]
  )
  func `a document that keeps to the schema of its kind is an entity`(number: String, text: String) {
    #expect(faults(text) == [], "\(number)")
    #expect(onlyEntity(text) != nil, "\(number)")
  }

  @Test(
    arguments: [
      ("C036", document(apiVersion: "backstage.io/v1"), "unknown-api-version at apiVersion"),
      ("C037", document(apiVersion: "v1"), "unknown-api-version at apiVersion"),
      ("C039", document(kind: "component"), "unknown-kind at kind"),
      ("C041", document(kind: "Widget"), "unknown-kind at kind"),
      ("C042", document(kind: "Widget", spec: "{owner: 7}"), "unknown-kind at kind"),
      ("C042", "apiVersion: a/v1\nkind: Widget\nmetadata: {name: a}", "unknown-kind at kind"),
      (
        "C062", document(kind: "Template", spec: "{type: service, steps: []}"),
        "unknown-api-version at apiVersion"
      ),
      (
        "new", document(apiVersion: "backstage.io/v1beta1", kind: "AiResource"),
        "unknown-api-version at apiVersion"
      ),
    ]
  )
  func `kinds and versions that are unknown are entities with a warning`(
    number: String,
    text: String,
    fault: String
  ) {
    #expect(faults(text) == [fault], "\(number)")
    #expect(read(text).problems.map(\.severity) == [.warning], "\(number)")
    #expect(onlyEntity(text) != nil, "\(number)")
    #expect(onlyEntity(text)?.relations.isEmpty == true, "\(number)")
  }

  @Test func `a warning says what was meant`() {
    #expect(
      read(document(kind: "component")).problems.map(\.message)
        == ["the kind 'component' is unknown, so its spec is not checked; did you mean 'Component'?"]
    )
    #expect(
      read(document(apiVersion: "backstage.io/v1")).problems.map(\.message) == [
        "'backstage.io/v1' is no known version of Component, so its spec is not checked; "
          + "known: backstage.io/v1alpha1, backstage.io/v1beta1"
      ]
    )
  }

  @Test(
    arguments: [
      ("C038", document(apiVersion: "a.b"), "api-version-format at apiVersion"),
      ("C040", document(kind: "My-Kind"), "kind-format at kind"),
      ("C043", document(spec: "{type: a, owner: b}"), "missing at spec.lifecycle"),
      ("C044", document(spec: "{type: a, lifecycle: b, owner: ''}"), "empty at spec.owner"),
      ("C045", document(spec: "{type: a, lifecycle: b, owner: 7}"), "type at spec.owner"),
      (
        "C046", document(spec: "{type: a, lifecycle: b, owner: {kind: Group, name: x}}"), "type at spec.owner"
      ),
      ("C047", document(spec: "{\(start), providesApis: }"), "type at spec.providesApis"),
      ("C047", document(spec: "{\(start), providesApis: ['']}"), "empty at spec.providesApis[0]"),
      ("C047", document(spec: "{\(start), providesApis: x}"), "type at spec.providesApis"),
      ("C050", document(kind: "API"), "missing at spec.definition"),
      ("C050", document(kind: "API", spec: "{\(start), definition: ''}"), "empty at spec.definition"),
      (
        "C050", document(kind: "API", spec: "{\(start), definition: {openapi: 3}}"), "type at spec.definition"
      ),
      (
        "C094", document(kind: "API", spec: "{\(start), definition: {$text: [a]}}"), "type at spec.definition"
      ),
      ("C095", document(kind: "API", spec: "{\(start), definition: {$ref: x}}"), "type at spec.definition"),
      (
        "C096", document(kind: "API", spec: "{\(start), definition: {$text: x, other: y}}"),
        "type at spec.definition"
      ),
      ("C051", document(kind: "Resource", spec: "{owner: a}"), "missing at spec.type"),
      ("C054", document(kind: "Domain", spec: "{}"), "missing at spec.owner"),
      ("C054", document(kind: "System", spec: "{}"), "missing at spec.owner"),
      ("C055", document(kind: "Group", spec: "{type: team}"), "missing at spec.children"),
      (
        "C057", document(kind: "Group", spec: "{type: team, children: [], profile: {email: ''}}"),
        "empty at spec.profile.email"
      ),
      ("C058", document(kind: "User", spec: "{}"), "missing at spec.memberOf"),
      ("C058", document(kind: "User", spec: "{memberOf: }"), "type at spec.memberOf"),
      ("C060", document(kind: "Location", spec: "{presence: maybe}"), "choice at spec.presence"),
      ("C061", document(kind: "Location", spec: "{targets: ['']}"), "empty at spec.targets[0]"),
      (
        "C062", document(apiVersion: template, kind: "Template", spec: "{type: a, steps: [{id: b}]}"),
        "missing at spec.steps[0].action"
      ),
      ("C062", document(apiVersion: template, kind: "Template", spec: "{type: a}"), "missing at spec.steps"),
      (
        "C062",
        document(apiVersion: template, kind: "Template", spec: "{type: a, steps: [{action: b, if: 7}]}"),
        "type at spec.steps[0].if"
      ),
      (
        "C062",
        document(apiVersion: template, kind: "Template", spec: "{type: a, steps: [], output: {x: 1}}"),
        "type at spec.output.x"
      ),
      (
        "C062",
        document(apiVersion: template, kind: "Template", spec: "{type: a, steps: [], parameters: [a]}"),
        "type at spec.parameters[0]"
      ),
      (
        "new", document(kind: "AiResource", spec: "{type: rule, lifecycle: a, owner: b, category: c}"),
        "missing at spec.rationale"
      ),
      (
        "new", document(kind: "AiResource", spec: "{type: skill, lifecycle: a, owner: b, agents: c}"),
        "type at spec.agents"
      ),
      (
        "new", document(kind: "API", spec: "{type: mcp-server, lifecycle: a, owner: b}"),
        "missing at spec.remotes"
      ),
      (
        "new", document(kind: "API", spec: "{type: mcp-server, lifecycle: a, owner: b, remotes: []}"),
        "empty at spec.remotes"
      ),
      (
        "new",
        document(kind: "API", spec: "{type: ai-model-server, lifecycle: a, owner: b, remotes: [{type: c}]}"),
        "missing at spec.remotes[0].url"
      ),
      ("C136", document(spec: "{\(start), dependsOn: [r]}"), "entity-ref at spec.dependsOn[0]"),
      ("C142", document(spec: "{type: a, lifecycle: b, owner: 'a:/b'}"), "entity-ref at spec.owner"),
    ]
  )
  func `a document that breaks the schema of its kind is none, and says where`(
    number: String,
    text: String,
    fault: String
  ) {
    #expect(faults(text) == [fault], "\(number)")
    #expect(onlyEntity(text) == nil, "\(number)")
  }
}
