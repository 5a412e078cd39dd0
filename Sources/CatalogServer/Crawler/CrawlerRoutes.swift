import Catalog
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird

/// Our own API at `/api/crawler`: what is crawled, what was, and what comes next.
///
/// The shapes are documented in `docs/crawler-api.md`; members are added, never renamed.
struct CrawlerRoutes {
  let parts: ServerParts

  init(_ parts: ServerParts) { self.parts = parts }

  func add(to router: Router<CatalogRequestContext>) {
    let group = router.group("api/crawler")
    group.get { [self] _, _ in try CrawlerJSON.response(StateJSON(try await service.state())) }
    group.get("schedule") { [self] _, _ in
      try CrawlerJSON.response(ItemsJSON(items: try await service.state().next.map(RunJSON.init)))
    }
    group.get("settings") { [self] _, _ in
      try CrawlerJSON.response(SettingsJSON(try await service.state().settings))
    }
    group.get("events") { [self] _, _ in
      try await CrawlEvents(service: service, crawl: nil).response(present: { nil })
    }
    addCrawls(to: group)
    addRequests(to: group)
    addCatalog(to: group)
  }

  /// The crawls that are made beside the server.
  ///
  /// - Throws: 503 when there are none.
  var service: CrawlService {
    get throws {
      guard let service = parts.service else {
        throw APIError.unavailable("no crawls are made by this process")
      }
      return service
    }
  }
}

// MARK: - What is asked

extension Request {
  /// A number of the query; nil when it is not there.
  ///
  /// - Throws: 400 for anything else than a whole number of the range.
  func number(_ name: Substring, in range: ClosedRange<Int64>) throws -> Int64? {
    guard let text = uri.queryParameters[name] else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw APIError.input(
        "\(name): got '\(text)', expected a whole number from \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return number
  }

  /// How many items a page has: `limit`, else 100.
  func pageSize() throws -> Int { Int(try number("limit", in: 1...1000) ?? 100) }

  /// One of a few words of the query; nil when it is not there.
  func word(_ name: Substring, among words: [String]) throws -> String? {
    // Forms write blanks as a plus sign, which none of the words has.
    guard let text = uri.queryParameters[name].map({ String($0).replacing("+", with: " ") }) else {
      return nil
    }
    guard words.contains(text) else {
      throw APIError.input("\(name): got '\(text)', expected \(words.joined(separator: ", "))")
    }
    return text
  }
}

extension CatalogRequestContext {
  /// The number in the path.
  ///
  /// - Throws: 404 for anything else.
  func number(_ name: String, of thing: String) throws -> Int64 {
    let text = parameters.get(name) ?? ""
    guard let number = Int64(text) else {
      throw APIError.notFound("there is no \(thing) '\(text.prefix(40))'")
    }
    return number
  }

  /// Who asks, for a request's reason.
  var reason: String { caller.map { "api: token \($0.name)" } ?? "api" }
}
