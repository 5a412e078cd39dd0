package import Catalog
package import Crawl
import HTTPTypes

/// What Backstage's API changes and reads besides the database, for a program that has a crawler.
///
/// The default of each is that the service does not do it: 501. `Crawl.CatalogEdits` does it all.
extension CrawlCommands {
  package func register(_ address: FileAddress) async throws -> RegisteredAddress {
    throw APIError.notImplemented
  }
  package func unregister(_ location: Int64) async throws -> Bool { throw APIError.notImplemented }
  package func remove(uid: String) async throws -> EntityRef? { throw APIError.notImplemented }
  package func judge(_ address: FileAddress) async throws -> JudgedLocation { throw APIError.notImplemented }
  package func judge(_ entity: [UInt8], at address: FileAddress) async throws -> [Problem] {
    throw APIError.notImplemented
  }
}

extension APIError {
  /// The service is put together without what it takes: 501.
  static let notImplemented = APIError(
    .notImplemented,
    "NotImplementedError",
    "this service cannot do that"
  )
}
