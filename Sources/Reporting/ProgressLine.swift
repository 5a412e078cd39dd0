/// How far a crawl is, on one line of a terminal.
package struct ProgressLine: Sendable, Equatable {
  /// An organization that is not asked for a while.
  package struct Pause: Sendable, Equatable {
    package var organization: String
    /// Whole seconds that are left, 1 or more.
    package var seconds: Int

    package init(organization: String, seconds: Int) {
      self.organization = organization
      self.seconds = seconds
    }
  }

  /// Repositories that were visited, of those that are listed so far.
  package var done: Int
  package var total: Int
  /// Since the crawl began.
  package var seconds: Double
  package var pauses: [Pause]

  package init(done: Int, total: Int, seconds: Double, pauses: [Pause] = []) {
    self.done = done
    self.total = total
    self.seconds = seconds
    self.pauses = pauses
  }

  /// The line, never wider than the terminal: what matters least is left out first.
  ///
  /// - Parameter width: Columns of the terminal; one is left free, since some wrap when the last is written.
  package func text(width: Int) -> String {
    let most = max(1, width - 1)
    let count = "\(done) of \(total)"
    let wait = waitText.map { "; " + $0 } ?? ""
    let time = timeText.map { ", " + $0 } ?? ""
    let rate = seconds >= 1 ? ", \(Int((Double(done) / seconds).rounded()))/s" : ""
    let tail = "\(count) repositories\(rate)\(time)\(wait)"
    // At most 30 columns of bar, and none that is too small to tell anything.
    let room = min(30, most - Self.width(tail) - 3)
    if room >= 8 { return "\(bar(room)) \(tail)" }
    let shorter = [tail, "\(count)\(rate)\(time)\(wait)", "\(count)\(time)\(wait)", "\(count)\(time)", count]
    return shorter.first { Self.width($0) <= most } ?? String(count.prefix(most))
  }

  private static func width(_ text: String) -> Int { DisplayText.line(text).width }

  private func bar(_ width: Int) -> String {
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
    let filled = Int(share * Double(width))
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
  }

  /// The time that is left at the rate so far; nil while that cannot be told.
  private var timeText: String? {
    guard done > 0, done < total, seconds >= 2 else { return nil }
    let left = Int((Double(total - done) / Double(done) * seconds).rounded(.up))
    switch left {
    case ..<60: return "\(left) s left"
    case ..<3600: return "\((left + 59) / 60) min left"
    default: return "\(left / 3600) h \(left % 3600 / 60) min left"
    }
  }

  /// Who is waited for: the longest pause, and how many others there are; nil when nobody is.
  private var waitText: String? {
    guard let longest = pauses.max(by: { $0.seconds < $1.seconds }) else { return nil }
    let others = pauses.count > 1 ? " and \(pauses.count - 1) more" : ""
    return "\(DisplayText.short(longest.organization, 30))\(others) paused \(longest.seconds) s"
  }
}
