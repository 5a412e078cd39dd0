import Foundation

/// What a crawl asked of an organization, and how it was slowed down.
struct Traffic: Sendable {
  /// Requests that were sent, sign-in not counted.
  var requests = 0
  var pauses = Pauses()

  /// The times in which no request could start.
  ///
  /// A pause that is told while another holds is the same one.
  struct Pauses: Sendable {
    private(set) var count = 0
    private var seconds = 0.0
    private var end = Date.distantPast

    /// - Parameter end: When it is over; one that is over before the pause that holds changes nothing.
    mutating func add(from begin: Date, to end: Date) {
      if begin >= self.end { count += 1 }
      guard end > self.end else { return }
      seconds += end.timeIntervalSince(max(begin, self.end))
      self.end = end
    }

    /// How long they were together, as far as they are over by then.
    func seconds(until now: Date) -> Double {
      max(0, seconds - max(0, end.timeIntervalSince(now)))
    }
  }
}
