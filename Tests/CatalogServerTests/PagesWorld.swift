import Catalog
import CatalogStore
import Foundation

/// A catalog for the pages, stored as a crawl stores it.
struct PagesWorld {
  let database: CatalogDatabase
  private let now = Date(timeIntervalSince1970: 1_789_990_000)

  /// Stores one file for each text, each in a repository of its own: `repository-0` and so on.
  func fill(_ texts: [String], organization name: String = "contoso") async throws {
    let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: now)
    let organization = try await database.beginOrganization(
      host: "dev.azure.com",
      name: name,
      crawl: crawl,
      at: now
    )
    try await database.beginListing(of: organization)
    let rows = texts.indices.map { index in
      ListedRepository(
        guid: "\(name)-\(index)",
        name: "repository-\(index)",
        projectGUID: "p",
        projectName: "A project",
        defaultBranch: "main",
        size: 1,
        isFork: false,
        state: .active
      )
    }
    try await database.record(rows, of: organization, at: now)
    try await database.finishListing(of: organization, by: "test", at: now)
    let stored = try await database.repositories(of: organization, after: 0, limit: 1_000)
    let visits = stored.map { repository in
      let index = Int(repository.name.split(separator: "-").last ?? "") ?? 0
      return visit(texts[index], repository.id, organization, "\(name)/A%20project/_git/\(repository.name)")
    }
    _ = try await database.store(visits, crawl: crawl, at: now)
    try await database.endCrawl(crawl, outcome: .complete, at: now.addingTimeInterval(2.5))
  }

  private func visit(_ text: String, _ repository: Int64, _ organization: Int64, _ path: String) -> FileVisit
  {
    let url = "https://dev.azure.com/\(path)?path=/catalog-info.yaml"
    return FileVisit(
      organization: organization,
      repository: repository,
      branch: "",
      path: "/catalog-info.yaml",
      url: url,
      origin: FileOrigin(source: .organization, location: "url:\(url)"),
      finding: .content(
        CatalogFile.read(Array(text.utf8)),
        VersionTag(
          blobID: "blob of \(text.hashValue)",
          commitID: nil,
          etag: nil,
          size: text.utf8.count,
          rulesVersion: 1
        ),
        []
      )
    )
  }

  /// A component; what is given stands in it as it is.
  static func component(_ name: String, metadata: String = "", spec: String = "owner: team-a") -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: \(name)
    \(metadata.isEmpty ? "" : "  \(metadata)\n")spec:
      type: service
      lifecycle: production
      \(spec)

    """
  }

  /// A group that owns so many components.
  static func hub(_ count: Int) -> String {
    let group = """
      apiVersion: backstage.io/v1alpha1
      kind: Group
      metadata: {name: hub}
      spec: {type: team, children: []}

      """
    let parts = (0..<count).map { component("part-with-a-name-of-some-length-\($0)", spec: "owner: hub") }
    return ([group] + parts).joined(separator: "---\n")
  }
}
