import ArgumentParser
import CatalogStore
import Settings

/// What a command does while another process crawls.
struct WaitOptions: ParsableArguments {
  @Flag(name: .long, help: "Wait while another process crawls, however long that takes.")
  var wait = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Wait for so long while another process crawls, such as 90s or 10m.",
      valueName: "duration"
    )
  )
  var waitFor: WaitTime?

  /// - Parameter quiet: Whether to say nothing.
  func waiting(quiet: Bool) -> Waiting {
    Waiting(limit: waitFor?.duration ?? (wait ? nil : .zero), isQuiet: quiet)
  }
}

/// What a command does while a service runs with the database.
struct HandOverOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: "Only write the request down for the service that runs with the database, and print its number."
  )
  var noWait = false
}

/// A time on the command line.
struct WaitTime: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    guard let duration = DurationText.duration(argument) else { return nil }
    self.duration = duration
  }
}

/// Waits for the end of another process's crawl.
struct Waiting: Sendable {
  private static let interval: Duration = .milliseconds(500)

  /// Nil for as long as it takes.
  private let end: ContinuousClock.Instant?
  private let isQuiet: Bool
  /// When an answer that was asked of somebody else is waited for no longer; nil for as long as it takes, also for
  /// those who do not wait for a crawl's end.
  let answerDue: ContinuousClock.Instant?

  /// - Parameter limit: How long from now on, for all that waits; nil for as long as it takes.
  init(limit: Duration? = .zero, isQuiet: Bool = true) {
    end = limit.map { ContinuousClock.now.advanced(by: $0) }
    answerDue = limit == .zero ? nil : end
    self.isQuiet = isQuiet
  }

  /// Does the work as soon as nobody else crawls.
  ///
  /// - Throws: `CrawlLeaseError.busy` when that is not within the limit, `CancellationError`, and what the work throws.
  func whenFree<Value>(_ work: () async throws -> Value) async throws -> Value {
    let clock = ContinuousClock()
    var isTold = isQuiet
    while true {
      do {
        return try await work()
      } catch CrawlLeaseError.busy(let lease) {
        let left = end.map { clock.now.duration(to: $0) } ?? Self.interval
        guard left > .zero else { throw CrawlLeaseError.busy(lease) }
        if !isTold { StandardError.print("waiting: \(lease.description)") }
        isTold = true
        try await clock.sleep(for: min(left, Self.interval))
      }
    }
  }
}
