import CatalogStore
import Foundation
import Settings

/// Why a request was not answered by a crawl.
package struct RequestFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package var message: String
  /// What a command ends with (decisions.md 6).
  package var exitCode: Int32

  package init(message: String, exitCode: Int32) {
    self.message = message
    self.exitCode = exitCode
  }

  package var description: String { message }

  /// - Parameter path: The database's, for what it says of itself.
  package init(_ error: any Error, path: String) {
    switch error {
    case let error as RequestFailure: self = error
    case let error as CrawlScopeError:
      self.init(message: "\(error)", exitCode: error.isInSettings ? 78 : 64)
    case let error as KindRulesError: self.init(message: "\(error)", exitCode: 78)
    case let error as CrawlLeaseError: self.init(message: "\(error)", exitCode: 75)
    default: self.init(message: StoreError(error, path: path)?.description ?? "\(error)", exitCode: 1)
    }
  }
}
