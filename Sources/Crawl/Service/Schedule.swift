package import Foundation
package import Settings

/// What the service crawls by itself, and when: nothing in it counts time or crawls.
package struct Schedule: Sendable, Equatable {
  /// Something that runs again and again.
  package struct Entry: Sendable, Equatable {
    /// `sync`, `refresh`, or `provider:ID`; the reason of its requests is `schedule: NAME`.
    package var name: String
    package var frequency: ScheduleFrequency
    package var times: ScheduleTimes
    /// What is crawled.
    package var request: CrawlRequest

    package init(
      name: String,
      frequency: ScheduleFrequency,
      times: ScheduleTimes = ScheduleTimes(),
      request: CrawlRequest
    ) {
      self.name = name
      self.frequency = frequency
      self.times = times
      self.request = request
    }

    /// What its requests say of why they were made.
    package var reason: String { "schedule: \(name)" }
  }

  package var entries: [Entry] = []

  package init(entries: [Entry] = []) { self.entries = entries }

  /// What the settings want: `crawler.schedule`, and the `schedule` of each provider
  /// (facts/backstage-azure.md 5.1).
  ///
  /// A provider's run is a refresh of its organization, and of its project where that is one name.
  package init(_ settings: CrawlerSettings) {
    let program = settings.crawler.schedule
    if let sync = program.sync {
      entries.append(Entry(name: "sync", frequency: sync, times: program.syncTimes, request: .sync))
    }
    if let refresh = program.refresh {
      entries.append(
        Entry(
          name: "refresh",
          frequency: refresh,
          times: program.refreshTimes,
          request: .refresh(due: DueRefresh(), CrawlLimits())
        )
      )
    }
    for provider in settings.providers {
      guard let schedule = provider.schedule else { continue }
      let limits = CrawlLimits(
        host: provider.host,
        organization: provider.organization,
        project: provider.project.hasWildcard ? nil : provider.project.text
      )
      entries.append(
        Entry(
          name: "provider:\(provider.id)",
          frequency: schedule.frequency,
          times: ScheduleTimes(timeout: schedule.timeout, initialDelay: schedule.initialDelay),
          request: .refresh(limits)
        )
      )
    }
  }
}

extension Schedule.Entry {
  /// The longest time by which a run is put off so that not everything runs at one moment: a twentieth of the time
  /// between two runs, but no more than this, in seconds.
  private static let longestJitter = 60.0

  /// When it runs next; nil when only somebody can ask for it.
  ///
  /// Pure. A time that has passed without a run, because the service was not there or was busy, is made up for once, and
  /// not before the initial delay is over.
  ///
  /// - Parameters:
  ///   - last: When the last run was asked for; nil when there was none.
  ///   - start: When the service, or this entry, began.
  ///   - zone: The machine's time zone, for cron without one.
  ///   - jitter: From 0 to 1, for this run.
  package func next(after last: Date?, start: Date, zone: TimeZone, jitter: Double) -> Date? {
    let earliest = start.addingTimeInterval((times.initialDelay ?? .zero) / .seconds(1))
    switch frequency {
    case .manual:
      return nil
    case .every(let interval):
      // Without a run before there is nothing to wait for.
      guard let last else { return earliest }
      let seconds = interval / .seconds(1)
      let next = last.addingTimeInterval(seconds + jitter * min(seconds / 20, Self.longestJitter))
      return max(next, earliest)
    case .cron(let text, let name):
      guard let cron = try? CronExpression(text) else { return nil }  // The settings have checked it.
      let zone = name.flatMap(TimeZone.init(identifier:)) ?? zone
      guard let planned = cron.next(after: last ?? earliest, in: zone) else { return nil }
      let following = cron.next(after: planned, in: zone) ?? planned
      let gap = following.timeIntervalSince(planned)
      return max(planned.addingTimeInterval(jitter * min(gap / 20, Self.longestJitter)), earliest)
    }
  }
}

/// When everything of a schedule runs next.
///
/// A value: what has passed is told to it.
package struct ScheduleBook: Sendable {
  /// A run that is to come.
  package struct Run: Sendable, Equatable {
    /// The entry's name.
    package var name: String
    package var at: Date

    package init(name: String, at: Date) {
      self.name = name
      self.at = at
    }
  }

  private(set) var schedule: Schedule
  private let zone: TimeZone
  private let jitter: @Sendable () -> Double
  private var next: [String: Date] = [:]

  /// - Parameters:
  ///   - last: When the last run of each entry was asked for, by its name.
  ///   - start: When the service began.
  ///   - jitter: A number from 0 to 1 for each run.
  package init(
    _ schedule: Schedule,
    last: [String: Date],
    start: Date,
    zone: TimeZone,
    jitter: @escaping @Sendable () -> Double
  ) {
    self.schedule = schedule
    self.zone = zone
    self.jitter = jitter
    for entry in schedule.entries {
      next[entry.name] = entry.next(after: last[entry.name], start: start, zone: zone, jitter: jitter())
    }
  }

  /// The runs to come, the next one first; entries that only run when asked for are not among them.
  package var runs: [Run] {
    schedule.entries.compactMap { entry in next[entry.name].map { Run(name: entry.name, at: $0) } }
      .sorted { ($0.at, $0.name) < ($1.at, $1.name) }
  }

  /// The entries whose time has come; each is planned anew, from now on.
  ///
  /// What has come several times is in it once.
  package mutating func take(at now: Date) -> [Schedule.Entry] {
    let due = schedule.entries.filter { entry in next[entry.name].map { $0 <= now } ?? false }
    for entry in due {
      next[entry.name] = entry.next(
        after: now,
        start: now.addingTimeInterval(-longAgo),
        zone: zone,
        jitter: jitter()
      )
    }
    return due
  }

  /// Puts a run off that cannot be made because the one before is not over yet.
  package mutating func note(runOf name: String, at now: Date) {
    guard let entry = schedule.entries.first(where: { $0.name == name }) else { return }
    next[name] = entry.next(after: now, start: now.addingTimeInterval(-longAgo), zone: zone, jitter: jitter())
  }

  /// Takes another schedule: what is in both unchanged keeps its time.
  package mutating func replace(with schedule: Schedule, last: [String: Date], at now: Date) {
    let before = self.schedule.entries
    self.schedule = schedule
    var next: [String: Date] = [:]
    for entry in schedule.entries {
      next[entry.name] =
        before.contains(entry)
        ? self.next[entry.name]
        : entry.next(after: last[entry.name], start: now, zone: zone, jitter: jitter())
    }
    self.next = next
  }

  /// So long before a run that no initial delay counts any more, in seconds.
  private var longAgo: TimeInterval { 3650 * 86_400 * 2 }
}
