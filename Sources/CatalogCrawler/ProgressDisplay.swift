import AzureDevOps
import Crawl
import Foundation
import Locks
import Reporting

/// Shows how far a crawl is: one line that is written over on a terminal, a line for each organization
/// elsewhere.
///
/// On standard error, so that standard output holds the report only.
final class ProgressDisplay: Sendable {
  private struct State {
    var total = 0
    var done = 0
    var shownAt = 0.0
    var startedAt = 0.0
    var isLineShown = false
    /// When the pause of an organization is over, by the system's uptime.
    var pauses: [String: Double] = [:]
  }

  private let isTerminal: Bool
  private let state: Guarded<State>

  /// How often the line is written over, in seconds.
  private static let interval = 0.1

  init(isTerminal: Bool) {
    self.isTerminal = isTerminal
    var state = State()
    state.startedAt = ProcessInfo.processInfo.systemUptime
    self.state = Guarded(state)
  }

  func show(_ event: CrawlEvent) {
    switch event {
    case .began:
      break
    case .listed(let organization, let repositories):
      state.withLock { $0.total += repositories }
      if isTerminal {
        update()
      } else {
        StandardError.print("\(organization): \(repositories) repositories listed")
      }
    case .due(let organization, let repositories, let visited):
      state.withLock { $0.total += visited }
      if isTerminal { clear() }
      StandardError.print(
        "\(organization): \(repositories) repositories are due, \(visited) fit into the budget"
      )
    case .visited:
      state.withLock { $0.done += 1 }
      if isTerminal { update() }
    case .paused(let organization, let pause, _, let reason):
      let text = Self.text(organization, pause, reason)
      state.withLock {
        $0.pauses[organization] = ProcessInfo.processInfo.systemUptime + pause / .seconds(1)
      }
      if isTerminal { clear() }
      StandardError.print(text)
    case .warning(let text):
      if isTerminal { clear() }
      StandardError.print("warning: \(text)")
    case .logHeld(let bytes):
      if isTerminal { clear() }
      StandardError.print(
        "warning: a program that reads the database has kept one question open for so long that the file beside it, "
          + "-wal, has \(bytes >> 20) MB; it is made small when that program is done"
      )
    case .ended(let report):
      let text = "\(report.name): \(ReportText.summary(of: report.counts))"
      if !isTerminal { StandardError.print(text) }
    case .finished: break
    }
  }

  /// Takes the line away.
  func clear() {
    let isShown = state.withLock { $0.isLineShown }
    if isShown { StandardError.write("\r\u{1B}[K") }
  }

  private func update() {
    let now = ProcessInfo.processInfo.systemUptime
    let line = state.withLock { state -> ProgressLine? in
      guard now - state.shownAt >= Self.interval else { return nil }
      state.shownAt = now
      state.isLineShown = true
      state.pauses = state.pauses.filter { $0.value > now }
      return ProgressLine(
        done: state.done,
        total: state.total,
        seconds: now - state.startedAt,
        pauses: state.pauses.map { .init(organization: $0.key, seconds: Int(($0.value - now).rounded(.up))) }
      )
    }
    guard let line else { return }
    // Asked for each time, since people change the size of their windows.
    let width = TerminalSize.columns(of: STDERR_FILENO) ?? 80
    StandardError.write("\r\u{1B}[K" + line.text(width: width))
  }

  /// That an organization is not asked for a while.
  static func text(_ organization: String, _ pause: Duration, _ reason: PauseReason) -> String {
    let seconds = max(1, Int((pause / .seconds(1)).rounded(.up)))
    let why =
      switch reason {
      case .asked: " by Azure DevOps"
      case .throttled: ": Azure DevOps refuses requests (429) and does not say for how long"
      case .shared: ": Azure DevOps has paused its identity in another organization"
      }
    return "\(organization) paused \(seconds) s\(why)"
  }
}
