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
}
