import Crawl
import Foundation
import Settings
import TestSupport
import Testing

/// When something runs next.
struct ScheduleTests {
  private static func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test(arguments: [
    // Every day at three.
    ("0 3 * * *", "2026-03-01T02:59:59Z", "2026-03-01T03:00:00Z"),
    ("0 3 * * *", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z"),
    // Seconds.
    ("*/15 * * * * *", "2026-03-01T03:00:14Z", "2026-03-01T03:00:15Z"),
    ("*/15 * * * * *", "2026-03-01T03:00:45Z", "2026-03-01T03:01:00Z"),
    // Over the ends of months and years; leap years, the century that is none.
    ("30 23 31 * *", "2026-01-31T23:30:00Z", "2026-03-31T23:30:00Z"),
    ("0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
    ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
    ("0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
    // A day of the week; 2026-03-01 is a Sunday.
    ("0 6 * * mon-fri", "2026-02-27T06:00:00Z", "2026-03-02T06:00:00Z"),
    // The 13th, or a Friday.
    ("0 0 13 * 5", "2026-03-07T00:00:00Z", "2026-03-13T00:00:00Z"),
    ("0 0 13 * 5", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"),
  ])
  func `cron in UTC`(cron: String, after: String, next: String) throws {
    let found = try CronExpression(cron).next(after: Self.date(after), in: .gmt)

    #expect(found == (try Self.date(next)))
  }

  // In Berlin clocks go from 02:00 to 03:00 on 2026-03-29 (01:00 UTC), and from 03:00 to 02:00 on 2026-10-25.
  @Test(arguments: [
    ("0 3 * * *", "2026-01-01T12:00:00Z", "2026-01-02T02:00:00Z"),
    ("0 3 * * *", "2026-07-01T12:00:00Z", "2026-07-02T01:00:00Z"),
    // Hands that are never shown: at the change, once.
    ("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
    ("15,45 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z"),
    // Shown twice: when they are shown first.
    ("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
    ("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    // What runs every hour goes by the time that passes.
    ("30 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),
    ("30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    ("*/30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"),
  ])
  func `cron where clocks are changed`(cron: String, after: String, next: String) throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))

    let found = try CronExpression(cron).next(after: Self.date(after), in: berlin)

    #expect(found == (try Self.date(next)))
  }

  // Half an hour is put back on Lord Howe Island, from 02:00 to 01:30 on 2026-04-05 (15:00 UTC the day before).
  @Test func `clocks that are changed by half an hour`() throws {
    let zone = try #require(TimeZone(identifier: "Australia/Lord_Howe"))

    let found = try CronExpression("45 1 * * *").next(after: Self.date("2026-04-04T12:00:00Z"), in: zone)

    #expect(found == (try Self.date("2026-04-04T14:45:00Z")))
    #expect(
      try CronExpression("45 1 * * *").next(after: Self.date("2026-04-04T14:45:00Z"), in: zone)
        == Self.date("2026-04-05T15:15:00Z")
    )
  }

  private func next(
    _ frequency: ScheduleFrequency,
    _ times: ScheduleTimes = ScheduleTimes(),
    last: String?,
    start: String = "2026-03-01T12:00:00Z",
    jitter: Double = 0
  ) throws -> Date? {
    Schedule.Entry(name: "e", frequency: frequency, times: times, request: .sync)
      .next(after: try last.map(Self.date), start: try Self.date(start), zone: .gmt, jitter: jitter)
  }

  @Test func `without a run before, a frequency begins after the initial delay, and cron waits for its time`()
    throws
  {
    let times = ScheduleTimes(initialDelay: .seconds(60))

    #expect(try next(.every(.seconds(3600)), times, last: nil) == Self.date("2026-03-01T12:01:00Z"))
    #expect(try next(.cron("0 3 * * *"), times, last: nil) == Self.date("2026-03-02T03:00:00Z"))
    #expect(try next(.manual, last: nil) == nil)
  }

  @Test func `what was missed is made up for once, when the initial delay is over`() throws {
    let times = ScheduleTimes(initialDelay: .seconds(60))

    #expect(
      try next(.every(.seconds(3600)), last: "2026-03-01T03:00:00Z") == Self.date("2026-03-01T12:00:00Z")
    )
    #expect(
      try next(.cron("0 3 * * *"), times, last: "2026-02-27T03:00:00Z") == Self.date("2026-03-01T12:01:00Z")
    )
    #expect(try next(.cron("0 3 * * *"), last: "2026-03-01T03:00:00Z") == Self.date("2026-03-02T03:00:00Z"))
    #expect(
      try next(.every(.seconds(3600)), last: "2026-03-01T11:30:00Z") == Self.date("2026-03-01T12:30:00Z")
    )
  }

  @Test func `jitter adds a twentieth of the time between two runs, a minute at most`() throws {
    #expect(
      try next(.every(.seconds(600)), last: "2026-03-01T12:00:00Z", jitter: 1)
        == Self.date("2026-03-01T12:10:30Z")
    )
    #expect(
      try next(.cron("0 3 * * *"), last: "2026-03-01T03:00:00Z", jitter: 0.5)
        == Self.date("2026-03-02T03:00:30Z")
    )
  }

  @Test func `cron has a time zone of its own`() throws {
    let frequency = ScheduleFrequency.cron("0 3 * * *", timeZone: "America/New_York")

    #expect(try next(frequency, last: nil) == Self.date("2026-03-02T08:00:00Z"))
  }

  @Test func `a book gives what is due once, and shows what comes next`() throws {
    let sync = Schedule.Entry(name: "sync", frequency: .every(.seconds(3600)), request: .sync)
    let other = Schedule.Entry(
      name: "provider:a",
      frequency: .cron("0 13 * * *"),
      request: .refresh(CrawlLimits())
    )
    let start = try Self.date("2026-03-01T12:00:00Z")
    var book = ScheduleBook(
      Schedule(entries: [other, sync]),
      last: ["sync": start.addingTimeInterval(-90_000)],
      start: start,
      zone: .gmt,
      jitter: { 0 }
    )

    #expect(book.runs.map(\.name) == ["sync", "provider:a"])
    #expect(book.take(at: start).map(\.name) == ["sync"])
    #expect(book.take(at: start.addingTimeInterval(1)).isEmpty)
    #expect(book.runs.map(\.at) == [start.addingTimeInterval(3600), start.addingTimeInterval(3600)])
    #expect(book.take(at: start.addingTimeInterval(7200)).map(\.name) == ["provider:a", "sync"])
    book.replace(with: Schedule(entries: [sync]), last: [:], at: start)
    #expect(book.runs == [ScheduleBook.Run(name: "sync", at: start.addingTimeInterval(10_800))])
  }

  @Test func `the settings say what runs`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations: {azure: [{credentials: [{personalAccessToken: 'a-token-of-a-test'}]}]}
      catalog:
        providers:
          azureDevOps:
            pay: {organization: contoso, project: Payments, schedule: {frequency: {minutes: 30}, timeout: PT3M}}
            all: {organization: contoso, project: '*', schedule: {frequency: {trigger: manual}}}
      crawler:
        schedule:
          sync: {frequency: {cron: '0 3 * * *', timeZone: Europe/Berlin}, initialDelay: 15s, timeout: 2h}
          refresh: 5 minutes
      """,
      to: "app-config.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [], folder: folder.path("."), environment: [:])

    let schedule = Schedule(settings)

    #expect(
      schedule.entries.map(\.reason)
        == ["sync", "refresh", "provider:all", "provider:pay"].map { "schedule: \($0)" }
    )
    #expect(schedule.entries[0].times == ScheduleTimes(timeout: .seconds(7200), initialDelay: .seconds(15)))
    #expect(schedule.entries[0].frequency == .cron("0 3 * * *", timeZone: "Europe/Berlin"))
    #expect(schedule.entries[1].request.due != nil)
    #expect(schedule.entries[2].request.limits == CrawlLimits(host: "dev.azure.com", organization: "contoso"))
    #expect(schedule.entries[3].request.limits.project == "Payments")
    #expect(schedule.entries[3].times.timeout == .seconds(180))
  }
}
