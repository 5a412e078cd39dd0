import AzureDevOps
import CatalogStore
import Settings
import TestSupport
import Testing

@testable import Crawl

/// What providers ask for, from the settings to the address of each file (facts/backstage-azure.md 5.2 to 5.5 and
/// its cases F).
///
/// Where Backstage asks Code Search, the repositories are listed and asked here; what is found has the same
/// address.
struct DiscoveryCaseTests {
  private static let repositories = [
    ("engineering", "backstage"), ("Engineering", "service-a"), ("engineering", "Service-B"),
    ("Platform Services", "axb"), ("Platform Services", "a.b"), ("My Project", "a#b"),
  ]

  private func addresses(_ provider: String) throws -> [String] {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - {host: dev.azure.com}
          - {host: azuredevops.mycompany.com}
          - {host: backstage.visualstudio.com}
      catalog: {providers: {azureDevOps: {p: {\(provider)}}}}
      """,
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    let organization = try #require(settings.scope.first)
    let plan = VisitPlan(
      host: organization.host,
      organization: organization.name,
      rules: organization.rules,
      limits: CrawlLimits(),
      program: settings.crawler
    )
    return Self.repositories.enumerated().flatMap { index, name in
      plan.visits(
        to: KnownRepository(
          id: Int64(index),
          guid: "g\(index)",
          name: name.1,
          projectName: name.0,
          isFork: false,
          defaultBranch: "main",
          files: []
        )
      ).map(\.url)
    }
  }

  @Test(arguments: [
    // F118: no repository is named: all of the project.
    (
      "organization: shopify, project: engineering",
      [
        "https://dev.azure.com/shopify/engineering/_git/backstage?path=/catalog-info.yaml",
        "https://dev.azure.com/shopify/Engineering/_git/service-a?path=/catalog-info.yaml",
        "https://dev.azure.com/shopify/engineering/_git/Service-B?path=/catalog-info.yaml",
      ]
    ),
    // F119: one repository.
    (
      "organization: shopify, project: engineering, repository: backstage",
      ["https://dev.azure.com/shopify/engineering/_git/backstage?path=/catalog-info.yaml"]
    ),
    // F120 and F131: a branch, whose slash stays one.
    (
      "organization: shopify, project: engineering, repository: backstage, branch: topic/catalog-info",
      [
        "https://dev.azure.com/shopify/engineering/_git/backstage?path=/catalog-info.yaml"
          + "&version=GBtopic/catalog-info"
      ]
    ),
    // F121: a server of one's own.
    (
      "host: azuredevops.mycompany.com, organization: shopify, project: engineering, repository: backstage",
      ["https://azuredevops.mycompany.com/shopify/engineering/_git/backstage?path=/catalog-info.yaml"]
    ),
    // F122: the organization is the host.
    (
      "host: backstage.visualstudio.com, organization: backstage, project: engineering, repository: backstage",
      ["https://backstage.visualstudio.com/engineering/_git/backstage?path=/catalog-info.yaml"]
    ),
    // F130 and F139: a blank in the project, which may stand in quotes.
    (
      "organization: shopify, project: '\"Platform Services\"', repository: a.b",
      ["https://dev.azure.com/shopify/Platform%20Services/_git/a.b?path=/catalog-info.yaml"]
    ),
    (
      "organization: shopify, project: Platform Services, repository: a.b",
      ["https://dev.azure.com/shopify/Platform%20Services/_git/a.b?path=/catalog-info.yaml"]
    ),
    // F140: letter case does not matter, and a dot is a dot.
    (
      "organization: shopify, project: engineering, repository: service-*",
      [
        "https://dev.azure.com/shopify/Engineering/_git/service-a?path=/catalog-info.yaml",
        "https://dev.azure.com/shopify/engineering/_git/Service-B?path=/catalog-info.yaml",
      ]
    ),
    // F141: what a name has in it is escaped.
    (
      "organization: shopify, project: My*, path: a&b+c.yaml",
      ["https://dev.azure.com/shopify/My%20Project/_git/a%23b?path=/a%26b%2Bc.yaml"]
    ),
  ])
  func `F118 to F122, F130, F131, F139 to F141: the files that a provider asks for`(
    provider: String,
    expected: [String]
  ) throws {
    let addresses = try addresses(provider)

    #expect(addresses == expected)
    for address in addresses { #expect(try RepositoryURL(address).text == address) }
  }
}
