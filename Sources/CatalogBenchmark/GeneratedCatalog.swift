import Catalog
import CatalogStore
import Foundation

/// Repositories with one catalog file of four entities each: two components, an API and a resource, all owned by
/// one of so many groups that each owns a hundred.
struct GeneratedCatalog {
  let entities: Int

  /// Files in a transaction, as a crawl stores them.
  private static let batch = 100
  private static let perFile = 4

  private var files: Int { max(1, entities / Self.perFile) }

  /// Makes all of it.
  func fill(_ catalog: CatalogDatabase) async throws {
    let clock = ContinuousClock()
    let now = Date()
    let crawl = try await catalog.beginCrawl(.sync, scope: nil, program: "benchmark", at: now)
    let organization = try await catalog.beginOrganization(
      host: "dev.azure.com",
      name: "contoso",
      crawl: crawl,
      at: now
    )
    let listing = try await clock.measure { try await list(in: catalog, organization, at: now) }
    say("listed \(files) repositories in \(format(listing / .seconds(1))) s")
    var last: Int64 = 0
    var stored = 0
    var begin = clock.now
    while true {
      let page = try await catalog.repositories(of: organization, after: last, limit: Self.batch)
      guard let end = page.last else { break }
      let visits = page.map { visit($0, organization) }
      _ = try await catalog.store(visits, crawl: crawl, at: now)
      last = end.id
      stored += page.count * Self.perFile
      if stored % 100_000 == 0 {
        let rate = 100_000 / ((clock.now - begin) / .seconds(1))
        say("stored \(stored) entities, the last 100000 at \(Int(rate)) a second")
        begin = clock.now
        try await catalog.emptyLog()
      }
    }
    try await catalog.endCrawl(crawl, outcome: .complete, at: now)
    try await catalog.emptyLog()
  }

  /// Measures what it costs to store changed files, and the same files unchanged.
  func reportChanges(_ catalog: CatalogDatabase) async throws {
    let now = Date()
    let crawl = try await catalog.beginCrawl(.refresh, scope: "benchmark", program: "benchmark", at: now)
    let organization: Int64 = 1
    for version in ["new-\(crawl)", "newer-\(crawl)"] {
      var visits: [FileVisit] = []
      for step in 0..<10 {
        let after = Int64(step * max(1, files / 10))
        visits += try await catalog.repositories(of: organization, after: after, limit: 10).map {
          visit($0, organization, version: version)
        }
      }
      let stored = Double(visits.count * Self.perFile)
      let before = clock()
      let time = try await ContinuousClock().measure {
        _ = try await catalog.store(visits, crawl: crawl, at: now)
      }
      // What other programs do at the same time does not count in it.
      let processor = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      say(
        "changed \(Int(stored)) entities: \(format(time.milliseconds * 1000 / stored)) µs each, "
          + "\(format(processor * 1_000_000 / stored)) of the processor's"
      )
    }
    try await catalog.endCrawl(crawl, outcome: .complete, at: now)
  }

  /// Changes files in turn, as a crawl stores those that it finds changed; goes on until its task is cancelled.
  ///
  /// - Parameter rate: How many entities a second; four transactions have them.
  func keepChanging(_ catalog: CatalogDatabase, entitiesPerSecond rate: Int) async throws {
    let now = Date()
    let crawl = try await catalog.beginCrawl(.refresh, scope: "benchmark", program: "benchmark", at: now)
    let organization: Int64 = 1
    let filesAtOnce = max(1, rate / 4 / Self.perFile)
    var (last, round) = (Int64(0), 1)
    var due = ContinuousClock.now
    while true {
      let page = try await catalog.repositories(of: organization, after: last, limit: filesAtOnce)
      let visits = page.map { visit($0, organization, version: "load-\(crawl)-\(round)") }
      _ = try await catalog.store(visits, crawl: crawl, at: Date())
      if let end = page.last {
        last = end.id
      } else {
        (last, round) = (0, round + 1)
      }
      due += .milliseconds(250)
      try await Task.sleep(until: due, clock: .continuous)
    }
  }

  private func list(in catalog: CatalogDatabase, _ organization: Int64, at now: Date) async throws {
    try await catalog.beginListing(of: organization)
    for start in stride(from: 0, to: files, by: 1000) {
      let rows = (start..<min(start + 1000, files)).map { number in
        ListedRepository(
          guid: "guid-\(number)",
          name: "service-\(number)",
          projectGUID: "project-\(number % 200)",
          projectName: "Project \(number % 200)",
          defaultBranch: "main",
          size: 1000,
          isFork: false,
          state: .active
        )
      }
      try await catalog.record(rows, of: organization, at: now)
    }
    try await catalog.finishListing(of: organization, by: "benchmark", at: now)
  }

  private func visit(
    _ repository: KnownRepository,
    _ organization: Int64,
    version: String = "first"
  ) -> FileVisit {
    let number = Int(repository.name.split(separator: "-").last ?? "0") ?? 0
    let url =
      "https://dev.azure.com/contoso/\(repository.projectName)/_git/\(repository.name)?path=/catalog-info.yaml"
    let text = Self.text(number, url: url, version: version)
    return FileVisit(
      organization: organization,
      repository: repository.id,
      branch: "",
      path: "/catalog-info.yaml",
      url: url,
      origin: FileOrigin(source: .organization, location: "url:\(url)"),
      finding: .content(
        CatalogFile.read(Array(text.utf8)),
        VersionTag(
          blobID: "\(version)-\(number)",
          commitID: "commit-\(number)",
          etag: nil,
          size: text.utf8.count,
          rulesVersion: 1
        ),
        []
      )
    )
  }

  private static let words = [
    "orders", "invoices", "parcels", "prices", "customers", "contracts", "meters", "claims",
  ]

  private static func text(_ number: Int, url: String, version: String) -> String {
    let group = "team-\(number / 25)"
    let (one, two) = (words[number % 8], words[number / 8 % 8])
    func metadata(_ name: String, tags: String) -> String {
      """
      metadata:
        name: \(name)
        title: The \(one) of service \(number)
        description: Keeps the \(one) and answers questions about \(two), as of \(version).
        tags: [\(tags)]
        labels: {tier: "\(number % 4)", zone: z\(number % 12)}
        annotations:
          backstage.io/managed-by-location: url:\(url)
          backstage.io/managed-by-origin-location: url:\(url)
          backstage.io/view-url: \(url)
          backstage.io/edit-url: \(url)
          backstage.io/source-location: url:\(url)
          dev.azure.com/project-repo: project/service-\(number)
        links:
          - {url: "https://dashboards.example.com/\(name)", title: Dashboard}
      """
    }
    let component = { (name: String, more: String) in
      """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      \(metadata(name, tags: "\(words[number % 5]), tag-\(number % 50)"))
      spec:
        type: \(number % 3 == 0 ? "website" : "service")
        lifecycle: \(number % 10 == 0 ? "experimental" : "production")
        owner: group:\(group)
        system: system-\(number / 10)
      \(more)
      """
    }
    return [
      component(
        "service-\(number)",
        "  providesApis: [service-\(number)-api]\n  dependsOn: [resource:service-\(number)-store, component:service-\(number / 2)]"
      ),
      component("service-\(number)-worker", "  subcomponentOf: service-\(number)"),
      """
      apiVersion: backstage.io/v1alpha1
      kind: API
      \(metadata("service-\(number)-api", tags: "rest"))
      spec:
        type: openapi
        lifecycle: production
        owner: group:\(group)
        system: system-\(number / 10)
        definition: "openapi: 3.0.3 \(String(repeating: "path of \(one) ", count: 20))"
      """,
      """
      apiVersion: backstage.io/v1alpha1
      kind: Resource
      \(metadata("service-\(number)-store", tags: "sql"))
      spec:
        type: database
        owner: group:\(group)
        system: system-\(number / 10)
      """,
    ].joined(separator: "\n---\n") + "\n"
  }

  private func format(_ value: Double) -> String { String(format: "%.1f", value) }
}
