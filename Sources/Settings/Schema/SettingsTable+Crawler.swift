extension SettingsTable {
  /// The keys of `crawler` (decisions.md 3).
  static let crawler: [SettingMember] = places + network + limits + catalogFiles + service

  private static func group(_ name: String, _ meaning: String, _ members: [SettingMember]) -> SettingMember {
    SettingMember(name, meaning, .object(members, isOpen: false))
  }

  private static let selectors = SettingShape.list(
    .either(
      .text,
      .object(
        [
          SettingMember("organization", "Name or pattern", .text),
          SettingMember("project", "Name or pattern", .text),
          SettingMember("repository", "Name or pattern", .text),
        ],
        isOpen: false
      )
    )
  )

  private static let places: [SettingMember] = [
    SettingMember("database", "The database file; without it catalog.sqlite beside the settings", .path),
    SettingMember(
      "organizations",
      "Organizations to crawl besides those of providers and credentials",
      .list(
        .either(
          .text,
          .object(
            [
              SettingMember("host", "A host of integrations.azure", .text, default: AzureHost.services),
              SettingMember("name", "The organization", .text, isRequired: true),
            ],
            isOpen: false
          )
        )
      )
    ),
    SettingMember(
      "include",
      "Only these repositories: REPOSITORY, PROJECT/REPOSITORY or ORGANIZATION/PROJECT/REPOSITORY",
      selectors
    ),
    SettingMember("exclude", "Not these repositories; wins over include", selectors),
  ]

  private static let network: [SettingMember] = [
    SettingMember(
      "endpoints",
      "Base URL by public host, for hosts that are reached elsewhere",
      .map(name: "HOST", .text)
    ),
    SettingMember("allowPlainHTTP", "On-premises hosts that may be reached without TLS", .list(.text)),
    // A proxy's URL may hold a password.
    SettingMember("proxy", "URL of the proxy; else HTTPS_PROXY and NO_PROXY", .text, isSecret: true),
    group(
      "tls",
      "What is trusted",
      [SettingMember("caFile", "Certificate authorities (PEM) accepted besides the system's", .path)]
    ),
    group(
      "timeouts",
      "How long the phases of one request may take",
      [
        SettingMember("connect", "Until the connection stands", .duration, default: "10s"),
        SettingMember("idle", "Without a single byte", .duration, default: "60s"),
        SettingMember("total", "For the whole request", .duration, default: "120s"),
      ]
    ),
  ]

  private static let limits: [SettingMember] = [
    SettingMember("concurrency", "Requests in flight per organization", .integer(1...128), default: "16"),
    group(
      "limits",
      "How hard Azure DevOps may be worked",
      [
        SettingMember(
          "requestsPerMinute",
          "The most requests started in a minute for each organization",
          .integer(1...100_000)
        ),
        SettingMember(
          "maxWait",
          "The longest pause that is waited for when Azure DevOps asks for one",
          .duration,
          default: "5m"
        ),
        SettingMember(
          "shareIdentityPause",
          "Whether a pause holds for all organizations of the identity",
          .boolean,
          default: "false"
        ),
      ]
    ),
    group(
      "yaml",
      "What a catalog file may hold",
      [
        SettingMember(
          "maxBytes",
          "The largest file in bytes",
          .integer(1024...104_857_600),
          default: "5242880"
        ),
        SettingMember("maxDepth", "How deep it may be nested", .integer(1...1000), default: "100"),
        SettingMember("maxAliases", "Nodes that aliases may add", .integer(0...10_000_000), default: "10000"),
      ]
    ),
  ]

  private static let catalogFiles: [SettingMember] = [
    group(
      "orphans",
      "Entities that nothing leads to any more",
      [SettingMember("keepCrawls", "How many full crawls they are kept", .integer(1...1000), default: "3")]
    ),
    group(
      "removals",
      "Entities of deleted repositories",
      [
        SettingMember(
          "maxShare",
          "The largest share of an organization's entities that one crawl removes",
          .share,
          default: "25%"
        )
      ]
    ),
    SettingMember(
      "resumeFor",
      "How old a crawl that was cut off may be to be continued",
      .duration,
      default: "24h"
    ),
    group(
      "locations",
      "Locations of type file",
      [SettingMember("fileRoots", "The folders that they may be read from", .list(.path))]
    ),
    group(
      "history",
      "Changes that are remembered",
      [SettingMember("keepDays", "For how many days; 0 for ever", .integer(0...36_500), default: "400")]
    ),
    SettingMember(
      "codeSearch",
      "Whether Code Search is asked first where files are new or changed",
      .boolean,
      default: "false"
    ),
  ]

  private static let service: [SettingMember] = [
    SettingMember(
      "listen",
      "Where serve listens: HOST:PORT, :PORT, or a port on loopback",
      .either(.integer(0...65_535), .text),
      default: "127.0.0.1:7007"
    ),
    group(
      "api",
      "Who may use the API, and its certificate",
      [
        SettingMember(
          "tokens",
          "Bearer tokens",
          .list(
            .object(
              [
                SettingMember("name", "What logs call it", .text, isRequired: true),
                SettingMember(
                  "token",
                  "At least 16 characters; write ${VARIABLE}",
                  .text,
                  isRequired: true,
                  isSecret: true
                ),
                SettingMember(
                  "scope",
                  "What it may be used for",
                  .word(APIToken.Scope.allCases.map(\.rawValue)),
                  default: "read"
                ),
                SettingMember("expires", "A day or a moment from which on it is not good any more", .text),
              ],
              isOpen: false
            )
          )
        ),
        group(
          "tls",
          "Without it plain HTTP is spoken",
          [
            SettingMember("certificateFile", "PEM file of the certificate", .path, isRequired: true),
            SettingMember("keyFile", "PEM file of its key", .path, isRequired: true),
          ]
        ),
        SettingMember(
          "plainHTTP",
          "Whether an address that others reach may be served without TLS",
          .boolean,
          default: "false"
        ),
        SettingMember("hosts", "Names that requests may be addressed to", .list(.text)),
        group(
          "limits",
          "What a client may take",
          [
            SettingMember("connections", "At a time", .integer(1...100_000), default: "512"),
            SettingMember("headerBytes", "Header of a request", .integer(1024...1_048_576), default: "32768"),
            SettingMember(
              "bodyBytes",
              "Body of a request",
              .integer(1024...104_857_600),
              default: "2097152"
            ),
            SettingMember("idle", "Without a request, and for the head of one", .duration, default: "60s"),
            SettingMember("body", "For the body of a request", .duration, default: "20s"),
            SettingMember("stall", "Without taking anything of an answer", .duration, default: "30s"),
          ]
        ),
      ]
    ),
    group(
      "webhooks",
      "What Azure DevOps shows when it tells of changes",
      [
        SettingMember("secret", "In its own header, at least 16 characters", .text, isSecret: true),
        SettingMember("username", "With password", .text),
        SettingMember("password", "As Basic, at least 16 characters", .text, isSecret: true),
        SettingMember("settle", "Between two refreshes of a repository", .duration, default: "10s"),
      ]
    ),
    SettingMember("shutdownTimeout", "How long a stop waits for work under way", .duration, default: "30s"),
    group(
      "schedule",
      "What serve does by itself",
      [
        SettingMember("sync", "The full crawl", .frequency),
        SettingMember("refresh", "The refresh of what is known", .frequency),
      ]
    ),
  ]
}
