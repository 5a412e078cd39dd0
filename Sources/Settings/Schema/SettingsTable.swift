/// Every key of the settings that is read: what `settings schema` and `settings print` say.
///
/// A test runs the readers over settings that have everything and compares the keys that they ask for with these.
package enum SettingsTable {
  /// The root of a settings file.
  package static let root = SettingShape.object(
    [
      SettingMember(
        "integrations",
        "Where Azure DevOps is, and how to sign in",
        .object([azure], isOpen: true)
      ),
      SettingMember(
        "catalog",
        "What to crawl, as Backstage has it",
        .object(
          [
            providers, locations, rules,
            SettingMember(
              "readonly",
              "Whether the API registers and removes no locations",
              .boolean,
              default: "false"
            ),
          ],
          isOpen: true
        )
      ),
      SettingMember("crawler", "Everything of catalog-crawler's own", .object(crawler, isOpen: false)),
    ],
    isOpen: true
  )

  /// Every key with its path.
  package static let keys = root.keys()

  /// The key that a path of a value belongs to, such as `integrations.azure[0].host`; nil when it is not read.
  package static func member(at keyPath: String) -> SettingMember? {
    keys.first { matches(keyPath, $0.path) }?.member
  }

  private static func matches(_ keyPath: String, _ pattern: String) -> Bool {
    var path = keyPath.replacing(/\[[0-9]+\]/, with: "[]")
    guard path != pattern else { return true }
    let before = "catalog.providers.azureDevOps."
    guard path.hasPrefix(before) else { return false }
    let rest = path.dropFirst(before.count)
    path = before + "ID" + rest[(rest.firstIndex(of: ".") ?? rest.endIndex)...]
    return path == pattern
  }
}

// MARK: - Integrations

extension SettingsTable {
  private static let azure = SettingMember(
    "azure",
    "Hosts of Azure DevOps with their credentials",
    .list(
      .object(
        [
          SettingMember(
            "host",
            "dev.azure.com, NAME.visualstudio.com, or an on-premises host with its port",
            .text,
            default: AzureHost.services
          ),
          SettingMember("credentials", "One for each organization or identity", .list(credential)),
          SettingMember("apiVersion", "The api-version that an old on-premises server wants", .text),
        ],
        isOpen: true
      )
    )
  )

  private static let credential = SettingShape.object(
    [
      SettingMember(
        "organizations",
        "The organizations that it is for; without it all of the host that no other credential names",
        .list(.text)
      ),
      SettingMember(
        "personalAccessToken",
        "A personal access token with the scope Code (Read); write ${VARIABLE}",
        .text,
        isSecret: true
      ),
      SettingMember(
        "clientId",
        "Of a service principal, or 'system-assigned' or a client id for a managed identity",
        .text
      ),
      SettingMember("clientSecret", "Of the service principal; write ${VARIABLE}", .text, isSecret: true),
      SettingMember("tenantId", "The tenant of the service principal", .text),
      SettingMember(
        "managedIdentityClientId",
        "The managed identity whose token stands in for a secret",
        .text
      ),
    ],
    isOpen: true
  )
}

// MARK: - Catalog

extension SettingsTable {
  private static let providers = SettingMember(
    "providers",
    "Organizations to look for catalog files in",
    .object(
      [
        SettingMember(
          "azureDevOps",
          "Providers by a name of yours, or a single one",
          .either(.map(name: "ID", provider), provider)
        )
      ],
      isOpen: true
    )
  )

  private static let provider = SettingShape.object(
    [
      SettingMember("organization", "The organization", .text, isRequired: true),
      SettingMember("host", "A host of integrations.azure", .text, default: AzureHost.services),
      SettingMember("project", "Name or pattern with * and ?", .text, isRequired: true),
      SettingMember("repository", "Name or pattern with * and ?", .text, default: "\"*\""),
      SettingMember(
        "path",
        "The file to ask for; with * or ? a pattern; a list asks for several",
        .oneOrMore(.text),
        default: DiscoveryRule.defaultPath
      ),
      SettingMember(
        "branch",
        "The branch to ask on, or several; without it each repository's default branch",
        .oneOrMore(.text)
      ),
      SettingMember("skipForkedRepos", "Whether forks are left out", .boolean, default: "false"),
      SettingMember(
        "maxRepositorySize",
        "Leave out repositories of more bytes than this",
        .integer(1...Int.max)
      ),
      SettingMember("discoveryMethod", "Accepted; every crawl lists repositories", .text),
      SettingMember(
        "schedule",
        "When Backstage would run it",
        .object(
          [
            SettingMember("frequency", "How often", .frequency, isRequired: true),
            SettingMember("timeout", "How long one run may take", .duration),
            SettingMember("initialDelay", "How long to wait after the start", .duration),
            SettingMember("scope", "Whether every process runs it by itself", .word(["global", "local"])),
          ],
          isOpen: true
        )
      ),
    ],
    isOpen: true
  )

  private static let kinds = SettingShape.list(
    .either(
      .text,
      .object(
        [
          SettingMember("kind", "The kind, in any letter case", .text, isRequired: true),
          SettingMember("spec.type", "The only spec.type that is allowed", .text),
        ],
        isOpen: true
      )
    )
  )

  private static let locations = SettingMember(
    "locations",
    "Files to read besides those that providers find",
    .list(
      .object(
        [
          SettingMember(
            "type",
            "url: a file of a repository; file: one of this machine",
            .text,
            isRequired: true
          ),
          SettingMember(
            "target",
            "The address or path of the file; may have wildcards",
            .text,
            isRequired: true
          ),
          SettingMember(
            "rules",
            "Kinds that it may carry besides those of catalog.rules",
            .list(.object([SettingMember("allow", "Kinds", kinds, isRequired: true)], isOpen: true))
          ),
        ],
        isOpen: true
      )
    )
  )

  private static let rules = SettingMember(
    "rules",
    "Which kinds may come from where; an empty list allows nothing",
    .list(
      .object(
        [
          SettingMember("allow", "Kinds", kinds, isRequired: true),
          SettingMember(
            "locations",
            "Where the rule holds; without it everywhere",
            .list(
              .object(
                [
                  SettingMember("type", "The type of location: url or file", .text, isRequired: true),
                  SettingMember("exact", "The only target", .text),
                  SettingMember("pattern", "A pattern of targets", .text),
                ],
                isOpen: true
              )
            )
          ),
        ],
        isOpen: true
      )
    )
  )
}
