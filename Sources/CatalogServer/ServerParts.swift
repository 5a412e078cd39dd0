package import AzureDevOps
package import CatalogStore
package import Crawl
package import Foundation
package import Logging
package import Settings

/// What the routes are made of.
package struct ServerParts: Sendable {
  /// Only its reading side is used by routes; what changes the catalog goes through the commands.
  package var database: CatalogDatabase
  package var commands: any CrawlCommands
  /// The crawls that are made beside the server; nil where none are: its own API answers 503 then.
  package var service: CrawlService?
  /// The settings as they are now: they can be read anew while the server runs.
  package var settings: @Sendable () -> CrawlerSettings
  package var now: @Sendable () -> Date
  package var logger: Logger
  /// What the service counts of itself.
  package var metrics: ServiceMetrics
  /// Where webhooks' hints wait for the refresh that comes of them.
  package var inbox: WebhookInbox
  /// What can be seen of the limiters at this moment.
  package var limiters: @Sendable () async -> [(key: LimiterKey, snapshot: LimiterSnapshot)] = { [] }
  /// How many crawls wait; nil when that is not known.
  package var queueLength: @Sendable () async -> Int? = { nil }

  package init(
    database: CatalogDatabase,
    commands: any CrawlCommands,
    settings: @escaping @Sendable () -> CrawlerSettings,
    service: CrawlService? = nil,
    now: @escaping @Sendable () -> Date = { Date() },
    logger: Logger,
    metrics: ServiceMetrics = ServiceMetrics(),
    inbox: WebhookInbox? = nil
  ) {
    self.database = database
    self.commands = commands
    self.settings = settings
    self.service = service
    self.now = now
    self.logger = logger
    self.metrics = metrics
    self.inbox =
      inbox
      ?? WebhookInbox(
        settle: { settings().crawler.webhooks.settle },
        logger: logger,
        handOver: WebhookInbox.handingOver(to: commands)
      )
  }
}
