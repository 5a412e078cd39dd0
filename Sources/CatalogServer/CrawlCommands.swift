package import Catalog
package import Crawl

/// What the server asks of the crawler that runs beside it.
///
/// Requests are kept in the database, so that other processes can ask for the same (decisions.md 16): an id is good
/// across restarts.
package protocol CrawlCommands: Sendable {
  /// Asks for a crawl; returns as soon as that is written down.
  ///
  /// A request that waits and covers the same is joined rather than done twice.
  ///
  /// - Parameters:
  ///   - request: What is to be crawled; only what the settings leave in scope is.
  ///   - reason: For people and the log, such as `api: token dashboard` or `push 47`.
  /// - Returns: The request's id.
  func submit(_ request: CrawlRequest, reason: String) async throws -> Int64

  /// Waits until a request is done.
  ///
  /// - Returns: What came of it; nil when there is no such request.
  /// - Throws: `CancellationError`, and what ended the crawl.
  func report(of request: Int64) async throws -> CrawlReport?

  /// Registers a location, so that every crawl reads it.
  ///
  /// - Returns: Its id, and whether it was not registered before.
  func register(_ address: FileAddress) async throws -> RegisteredAddress

  /// Takes a registered location back, and removes what only it led to.
  ///
  /// - Returns: False when there is no such location.
  /// - Throws: `CrawlLeaseError.busy` when a crawl does not end in time.
  func unregister(_ location: Int64) async throws -> Bool

  /// Removes an entity; what its file still says comes back with the next visit.
  ///
  /// - Returns: Nil when there is no such entity.
  /// - Throws: `CrawlLeaseError.busy` when a crawl does not end in time.
  func remove(uid: String) async throws -> EntityRef?

  /// Reads a location and what it leads to, and stores nothing.
  func judge(_ address: FileAddress) async throws -> JudgedLocation

  /// Judges an entity as if it stood in a file of its own, and stores nothing.
  ///
  /// - Parameters:
  ///   - entity: As JSON.
  ///   - address: Of the file.
  /// - Returns: What is wrong with it, warnings too.
  func judge(_ entity: [UInt8], at address: FileAddress) async throws -> [Problem]
}
