import AzureDevOps
package import Catalog
import CatalogStore
import Foundation
import Locks
import Settings

/// A location that was registered.
package struct RegisteredAddress: Sendable, Equatable {
  package var id: Int64
  /// Whether it was not registered before.
  package var isNew: Bool

  package init(id: Int64, isNew: Bool) {
    self.id = id
    self.isNew = isNew
  }
}

/// What a location would bring into the catalog.
package struct JudgedLocation: Sendable, Equatable {
  /// The entities as JSON objects, as the API answers them, in the order of files and lines.
  package var entities: [[UInt8]]
  /// What is wrong, as sentences with their places; empty when everything could be read and is right.
  package var errors: [String]

  package init(entities: [[UInt8]], errors: [String]) {
    self.entities = entities
    self.errors = errors
  }
}

/// Changes of the catalog that are no crawls, and looks at what is not in it: what the API and the commands need of a
/// crawler besides crawls.
package struct CatalogEdits: Sendable {
  /// How long a change waits for the end of a crawl.
  private static let patience: Duration = .seconds(10)
  private static let interval: Duration = .milliseconds(100)
  /// More entities of a location are not told.
  private static let maxEntities = 10_000

  private let environment: Crawler.Environment

  /// - Parameter environment: With the settings as they are when it is used.
  package init(_ environment: Crawler.Environment) { self.environment = environment }

  /// Registers a location; a crawl that is under way reads it when it has not followed locations yet.
  package func register(_ address: FileAddress) async throws -> RegisteredAddress {
    let (id, isNew) = try await environment.database.register(.url, address, at: environment.now())
    return RegisteredAddress(id: id, isNew: isNew)
  }

  /// Takes a registered location back, and removes what only it led to.
  ///
  /// - Returns: False when there is no such location.
  /// - Throws: `CrawlLeaseError.busy` when a crawl does not end in time.
  package func unregister(_ location: Int64) async throws -> Bool {
    let known = try await environment.database.locations()
    guard let stored = known.first(where: { $0.id == location && $0.source == .registered }) else {
      return false
    }
    let now = environment.now()
    return try await alone { try await $0.unregister(stored.type, stored.address.text, at: now) } != nil
  }

  /// Removes an entity; what its file still says comes back with the next visit.
  ///
  /// - Returns: Nil when there is no such entity.
  /// - Throws: `CrawlLeaseError.busy` when a crawl does not end in time.
  package func remove(uid: String) async throws -> EntityRef? {
    let now = environment.now()
    return try await alone { try await $0.remove(uid: uid, at: now) }
  }

  /// Changes the catalog while nobody crawls.
  private func alone<Value: Sendable>(
    _ change: (CatalogDatabase) async throws -> Value
  ) async throws -> Value {
    let holder = LeaseHolder()
    var left = Self.patience
    while true {
      do {
        let leased = try await environment.database.takeLease(holder, at: environment.now())
        do {
          let value = try await change(leased)
          try await leased.releaseLease()
          return value
        } catch {
          try? await leased.releaseLease()  // Found to be dead otherwise.
          throw error
        }
      } catch CrawlLeaseError.busy(let lease) {
        guard left > .zero else { throw CrawlLeaseError.busy(lease) }
        left -= Self.interval
        try await environment.leaseClock.sleep(for: Self.interval)
      }
    }
  }
}

// MARK: - What is not in the catalog

extension CatalogEdits {
  /// Reads a location, and what the Locations in it lead to, and stores nothing.
  package func judge(_ address: FileAddress) async throws -> JudgedLocation {
    var environment = environment
    environment.holder = LeaseHolder()
    environment.observe = { _ in }
    let (examined, entities) = try await ExaminedLocation.examine(
      address,
      at: environment.now(),
      crawl: { [environment] database, request in
        var environment = environment
        environment.database = database
        return try await Crawler(environment).run(request)
      },
      look: { try await Self.entities(in: $0) }
    )
    return JudgedLocation(entities: entities, errors: examined.errors)
  }

  private static func entities(in database: CatalogDatabase) async throws -> [[UInt8]] {
    let reader = CatalogReader(database)
    let ids = try await reader.ids(EntityQuestion(), offset: 0, limit: maxEntities)
    var entities: [[UInt8]] = []
    for id in ids { entities.append(try await reader.entities([id], fields: nil).json) }
    return entities
  }

  /// Judges an entity as if it stood in a file of its own.
  ///
  /// The files that its placeholders take in are read.
  ///
  /// - Parameters:
  ///   - entity: As JSON.
  ///   - address: Of the file.
  /// - Returns: What is wrong with it, warnings too; the same as for a file.
  package func judge(_ entity: [UInt8], at address: FileAddress) async throws -> [Problem] {
    let contexts = try FileContexts(environment.settings)
    let url = try RepositoryURL(address.text)
    let origin = FileOrigin(source: .registered, location: "url:\(address.text)")
    let context = contexts.context(for: url, text: address.text, origin: origin)
    let limits = JudgingRules(environment.settings.crawler.yaml, contexts: contexts).limits
    var reader = CatalogFileReader(entity, limits: limits, context: context)
    let traffic = Guarded(Traffic())
    let sources = FileSources(
      contexts: contexts,
      database: environment.database,
      maxFileBytes: environment.settings.crawler.yaml.maxBytes,
      client: { [environment] host, name in environment.client(host: host, name: name, counting: traffic) }
    )
    while !reader.neededFiles.isEmpty {
      var files: [String: IncludedFile] = [:]
      for address in reader.neededFiles { files[address] = await sources.included(address) }
      reader.include(files)
    }
    return reader.read().problems
  }
}
