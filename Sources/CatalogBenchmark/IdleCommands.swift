import Catalog
import CatalogServer
import Crawl

/// Stands where a crawler would: takes every request, and does nothing.
struct IdleCommands: CrawlCommands {
  func submit(_ request: CrawlRequest, reason: String) -> Int64 { 1 }
  func report(of request: Int64) -> CrawlReport? { nil }
}
