import AzureDevOps
import CatalogStore
import Foundation

/// Puts into the registry what is told anew at each reading.
struct Gauges: Sendable {
  let registry: MetricsRegistry

  private func set(_ name: String, _ help: String, _ labels: MetricLabels = [], _ value: Double?) {
    guard let value else { return }
    registry.set(MetricDescription(name, .gauge, help), labels, to: value)
  }

  /// Several values of one gauge in place of those of the last time.
  private func set<Row>(
    _ name: String,
    _ help: String,
    _ rows: [Row],
    _ value: (Row) -> (MetricLabels, Double?)
  ) {
    let metric = MetricDescription(name, .gauge, help)
    registry.clear(metric)
    for row in rows {
      let (labels, value) = value(row)
      if let value { registry.set(metric, labels, to: value) }
    }
  }

  func set(_ figures: CatalogFigures) {
    set("catalog_entities_count", "Entities by kind.", figures.entities.sorted { $0.key < $1.key }) {
      ([("kind", $0.key)], Double($0.value))
    }
    set(
      "catalog_registered_locations_count",
      "Locations registered by command or API.",
      [],
      Double(figures.registeredLocations)
    )
    set(
      "catalog_relations_count",
      "Relations between entities, in both directions.",
      [],
      Double(figures.relations)
    )
    set(
      "catalog_crawler_entities_contending",
      "Entities whose ref another file's entity has.",
      [],
      Double(figures.contenders)
    )
    set("catalog_crawler_entities_orphaned", "Entities that nothing leads to.", [], Double(figures.orphans))
    set(
      "catalog_crawler_entities_stale",
      "Entities whose file could not be read the last time.",
      [],
      Double(figures.staleEntities)
    )
    set("catalog_crawler_files", "Catalog files by state.", figures.files.sorted { $0.key < $1.key }) {
      ([("state", $0.key)], Double($0.value))
    }
    set(
      "catalog_crawler_repositories",
      "Repositories by state.",
      figures.repositories.sorted { $0.key < $1.key }
    ) {
      ([("state", $0.key)], Double($0.value))
    }
    set("catalog_crawler_problems", "Open problems by severity and rule.", figures.problems) {
      ([("severity", $0.severity), ("rule", $0.rule)], Double($0.count))
    }
    set(
      "catalog_crawler_organization_listed_timestamp_seconds",
      "When an organization's repositories were listed the last time.",
      figures.organizations
    ) {
      ([("organization", $0.name)], Self.seconds($0.listedAt))
    }
    set(
      "catalog_crawler_organization_failing",
      "1 when an organization as a whole could not be read the last time.",
      figures.organizations
    ) {
      ([("organization", $0.name)], $0.isFailing ? 1 : 0)
    }
    set(
      "catalog_crawler_oldest_check_timestamp_seconds",
      "When the catalog file was looked at that was looked at longest ago.",
      [],
      Self.seconds(figures.oldestCheck)
    )
  }

  private static func seconds(_ text: String?) -> Double? {
    text.flatMap(Timestamp.date)?.timeIntervalSince1970
  }

  func setDatabase(path: String, isUp: Bool) {
    set("catalog_crawler_database_up", "1 when the database answers.", [], isUp ? 1 : 0)
    set("catalog_crawler_database_size_bytes", "Size of the database file.", [], Self.size(of: path))
    set(
      "catalog_crawler_database_wal_size_bytes",
      "Size of the write-ahead log beside it.",
      [],
      Self.size(of: path + "-wal") ?? 0
    )
  }

  private static func size(of path: String) -> Double? {
    let file = try? FileManager.default.attributesOfItem(atPath: path)  // no file has no size
    return (file?[.size] as? NSNumber)?.doubleValue
  }

  func set(_ process: ProcessFigures) {
    set("process_resident_memory_bytes", "Resident memory.", [], process.residentBytes)
    set("process_virtual_memory_bytes", "Virtual memory.", [], process.virtualBytes)
    set("process_open_fds", "Open files and sockets.", [], process.openFiles)
    set("process_max_fds", "Open files and sockets that the process may have.", [], process.maxFiles)
    if let seconds = process.processorSeconds {
      let metric = MetricDescription("process_cpu_seconds_total", .counter, "Processor time taken.")
      registry.set(metric, to: seconds)
    }
  }

  func set(hintsWaiting count: Int, queueLength: Int?) {
    set(
      "catalog_crawler_webhook_hints_waiting",
      "Repositories that webhooks have named and no refresh was asked for yet.",
      [],
      Double(count)
    )
    set("catalog_crawler_crawl_queue_length", "Crawls that wait.", [], queueLength.map(Double.init))
  }

  func set(_ limiters: [(key: LimiterKey, snapshot: LimiterSnapshot)]) {
    func labels(_ limiter: (key: LimiterKey, snapshot: LimiterSnapshot)) -> MetricLabels {
      [("host", limiter.key.host), ("organization", limiter.key.organization)]
    }
    set("catalog_crawler_limiter_in_flight", "Requests to an organization under way.", limiters) {
      (labels($0), Double($0.snapshot.inFlight))
    }
    set("catalog_crawler_limiter_waiting", "Requests to an organization that wait.", limiters) {
      (labels($0), Double($0.snapshot.waiting))
    }
    set("catalog_crawler_limiter_limit", "How many may be under way at a time by now.", limiters) {
      (labels($0), Double($0.snapshot.limit))
    }
    set("catalog_crawler_limiter_pause_seconds", "How long no request starts, from now on.", limiters) {
      (labels($0), ($0.snapshot.pause?.duration ?? .zero) / .seconds(1))
    }
    set(
      "catalog_crawler_limiter_remaining_budget",
      "What the service says is left of the budget, in its units; absent while there is enough.",
      limiters
    ) {
      (labels($0), $0.snapshot.remaining)
    }
    let (waits, waited) = (
      MetricDescription(
        "catalog_crawler_limiter_waits_total",
        .counter,
        "Requests that could not start at once."
      ),
      MetricDescription(
        "catalog_crawler_limiter_wait_seconds_total",
        .counter,
        "How long requests have waited to start, together."
      )
    )
    for limiter in limiters {
      registry.set(waits, labels(limiter), to: Double(limiter.snapshot.waits))
      registry.set(waited, labels(limiter), to: limiter.snapshot.waited / .seconds(1))
    }
  }
}
