package import CatalogStore
import Foundation

/// Requests as the database keeps them.
extension CrawlRequest {
  /// As JSON, the same for the same request.
  package var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {  // plain values always encode
      preconditionFailure("a request of numbers and strings could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Parameter text: What `text` was; nil comes of anything else.
  package init?(text: String) {
    guard let value = try? JSONDecoder().decode(CrawlRequest.self, from: Data(text.utf8)) else { return nil }
    self = value
  }

  /// To be written down.
  ///
  /// - Parameters:
  ///   - reason: Why, for people.
  ///   - process: Who asks.
  package func new(reason: String, by process: ProcessIdentity = .current) -> NewRequest {
    NewRequest(
      command: command,
      request: text,
      scope: scope,
      reason: reason,
      requestedBy: "process \(process.pid) on \(process.machineName)"
    )
  }
}
