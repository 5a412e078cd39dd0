import YAML

/// What a kind of entity has in its `spec`, and under which versions it is known.
struct KindSchema: Sendable {
  let kind: StaticString
  let apiVersions: [StaticString]
  let spec: [Field]
  /// Fields that stand in the place of `spec` where `spec.type` is the given one.
  var specOfTypes: [(type: StaticString, spec: [Field])] = []

  /// The kind of that name, in exactly this spelling; nil when it is not known.
  static func named(_ kind: UnsafeBufferPointer<UInt8>) -> KindSchema? {
    all.first { $0.kind.isEqual(to: kind) }
  }

  /// How a kind is spelled that differs from the given one only by case; nil when there is none.
  static func spelling(of kind: UnsafeBufferPointer<UInt8>) -> String? {
    let wanted = String(decoding: kind, as: UTF8.self).lowercased()
    return all.map { String(describing: $0.kind) }.first { $0.lowercased() == wanted }
  }

  /// The fields for a `spec.type`, if the kind has special ones for it.
  func spec(ofType type: UnsafeBufferPointer<UInt8>?) -> [Field] {
    guard let type else { return spec }
    return specOfTypes.first { $0.type.isEqual(to: type) }?.spec ?? spec
  }

  private static let all: [KindSchema] = [
    component, api, resource, system, domain, group, user, location, template, aiResource,
  ]

  private static let core: [StaticString] = ["backstage.io/v1alpha1", "backstage.io/v1beta1"]
}

// MARK: - The kinds (facts/backstage-catalog.md 1.5, with the references of 6.1)

extension KindSchema {
  private static let component = KindSchema(
    kind: "Component",
    apiVersions: core,
    spec: [
      .required("type", .text),
      .required("lifecycle", .text),
      .required("owner", .reference(.owner)),
      .optional("system", .reference(.system)),
      .optional("subcomponentOf", .reference(.component)),
      .optional("providesApis", .references(.providesApis)),
      .optional("consumesApis", .references(.consumesApis)),
      .optional("dependsOn", .references(.dependsOn)),
      .optional("dependencyOf", .oneOrList(.reference(.dependencyOf))),
    ]
  )

  private static let api = KindSchema(
    kind: "API",
    // The newer version says nothing else than the older ones do by now (catalog-model, API.v1alpha2 schema).
    apiVersions: core + ["backstage.io/v1alpha2"],
    spec: [
      .required("type", .text),
      .required("lifecycle", .text),
      .required("owner", .reference(.owner)),
      .required("definition", .text),
      .optional("system", .reference(.system)),
    ],
    specOfTypes: [("mcp-server", remoteServer), ("ai-model-server", remoteServer)]
  )

  /// A server that is not defined by a text but is there to be asked (catalog-model, mcp-server schema).
  private static let remoteServer: [Field] = [
    .required("lifecycle", .text),
    .required("owner", .reference(.owner)),
    .required("remotes", .list(.mapping([.required("type", .text), .required("url", .text)]), atLeast: 1)),
    .optional("system", .reference(.system)),
  ]

  private static let resource = KindSchema(
    kind: "Resource",
    apiVersions: core,
    spec: [
      .required("type", .text),
      .required("owner", .reference(.owner)),
      .optional("system", .reference(.system)),
      .optional("dependsOn", .references(.dependsOn)),
      .optional("dependencyOf", .oneOrList(.reference(.dependencyOf))),
    ]
  )

  private static let system = KindSchema(
    kind: "System",
    apiVersions: core,
    spec: [
      .required("owner", .reference(.owner)),
      .optional("domain", .reference(.domain)),
      .optional("type", .text),
    ]
  )

  private static let domain = KindSchema(
    kind: "Domain",
    apiVersions: core,
    spec: [
      .required("owner", .reference(.owner)),
      .optional("subdomainOf", .reference(.domain)),
      .optional("type", .text),
    ]
  )

  private static let group = KindSchema(
    kind: "Group",
    apiVersions: core,
    spec: [
      .required("type", .text),
      .required("children", .references(.children)),
      .optional("profile", .mapping(profile)),
      .optional("parent", .reference(.parent)),
      .optional("members", .references(.members)),
    ]
  )

  private static let user = KindSchema(
    kind: "User",
    apiVersions: core,
    spec: [
      .required("memberOf", .references(.memberOf)),
      .optional("profile", .mapping(profile)),
    ]
  )

  private static let profile: [Field] = [
    .optional("displayName", .text),
    .optional("email", .text),
    .optional("picture", .text),
  ]

  private static let location = KindSchema(
    kind: "Location",
    apiVersions: core,
    spec: [
      .optional("type", .text),
      .optional("target", .text),
      .optional("targets", .list(.text)),
      .optional("presence", .oneOf(["required", "optional"])),
    ]
  )
}

// MARK: - Kinds that are not of the core

extension KindSchema {
  private static let template = KindSchema(
    kind: "Template",
    apiVersions: ["scaffolder.backstage.io/v1beta3"],
    spec: [
      .required("type", .text),
      .required("steps", .list(.mapping(step))),
      .optional("owner", .reference(.owner)),
      .optional("parameters", .oneOrList(.mapping)),
      .optional("presentation", .mapping([.optional("buttonLabels", .mapping(buttonLabels))])),
      .optional("output", .mappingOfTexts(output)),
    ]
  )

  private static let step: [Field] = [
    .required("action", .anyText),
    .optional("id", .anyText),
    .optional("name", .anyText),
    .optional("input", .mapping),
    .optional("if", .textOrBoolean),
    .optional("backstage:permissions", .mapping([.optional("tags", .list(.anyText))])),
  ]

  private static let buttonLabels: [Field] = [
    .optional("backButtonText", .anyText),
    .optional("createButtonText", .anyText),
    .optional("reviewButtonText", .anyText),
  ]

  private static let output: [Field] = [
    .optional(
      "links",
      .list(
        .mapping([
          .optional("url", .text),
          .optional("entityRef", .text),
          .optional("title", .text),
          .optional("icon", .text),
        ])
      )
    ),
    .optional(
      "text",
      .list(
        .mapping([
          .optional("title", .text),
          .optional("icon", .text),
          .optional("content", .anyText),
        ])
      )
    ),
  ]

  /// What coding tools are told (catalog-model, AiResource schemas, of release 1.53 and later).
  private static let aiResource = KindSchema(
    kind: "AiResource",
    apiVersions: ["backstage.io/v1alpha1"],
    spec: resourceForTools,
    specOfTypes: [
      (
        "skill",
        resourceForTools + [
          .optional("disciplines", .list(.text)),
          .optional("categories", .list(.text)),
          .optional("agents", .list(.text)),
          .optional("dependsOn", .references(.dependsOnAiResources)),
          .optional("allowedTools", .list(.text)),
          .optional("license", .text),
          .optional("compatibility", .text),
        ]
      ),
      (
        "rule",
        resourceForTools + [
          .required("category", .text),
          .required("rationale", .text),
          .optional("disciplines", .list(.text)),
        ]
      ),
    ]
  )

  private static let resourceForTools: [Field] = [
    .required("type", .text),
    .required("lifecycle", .text),
    .required("owner", .reference(.owner)),
    .optional("system", .reference(.system)),
  ]
}
