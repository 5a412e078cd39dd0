import Catalog
import CatalogServer
import Crawl

/// What the server may ask of the process: crawls of its service, and changes of the catalog besides.
struct ServiceCommands: CrawlCommands {
  let service: CrawlService
  let reload: SettingsReload

  /// With the settings of this moment.
  private var edits: CatalogEdits { CatalogEdits(reload.tools.environment) }

  func submit(_ request: CrawlRequest, reason: String) async throws -> Int64 {
    try await service.submit(request, reason: reason)
  }

  func report(of request: Int64) async throws -> CrawlReport? { try await service.report(of: request) }

  func register(_ address: FileAddress) async throws -> RegisteredAddress {
    try await edits.register(address)
  }

  func unregister(_ location: Int64) async throws -> Bool { try await edits.unregister(location) }

  func remove(uid: String) async throws -> EntityRef? { try await edits.remove(uid: uid) }

  func judge(_ address: FileAddress) async throws -> JudgedLocation { try await edits.judge(address) }

  func judge(_ entity: [UInt8], at address: FileAddress) async throws -> [Problem] {
    try await edits.judge(entity, at: address)
  }
}
