import CatalogStore

/// Decides which of the requests that wait are answered by the next crawl.
///
/// Pure. What names its repositories is quick and goes first, all of it in one crawl; but not for ever while something
/// else waits. What covers all that others want answers them too.
package struct CrawlChoice: Sendable, Equatable {
  /// A request that waits.
  package struct Waiting: Sendable, Equatable {
    package var id: Int64
    package var request: CrawlRequest
    package var reason: String

    package init(id: Int64, request: CrawlRequest, reason: String) {
      self.id = id
      self.request = request
      self.reason = reason
    }

    var isScheduled: Bool { reason.hasPrefix("schedule: ") }
  }

  /// The requests that are answered, the oldest first.
  package var ids: [Int64]
  /// What is crawled.
  package var request: CrawlRequest
  /// Why, as the first of them says it.
  package var reason: String

  /// How many parts one crawl has at most: beyond, it would hold up what comes after.
  package static let maxTargets = 500
  /// How many quick crawls are made in a row while something else waits.
  package static let maxQuickInARow = 3

  /// - Parameters:
  ///   - waiting: The oldest first.
  ///   - quickInARow: How many quick crawls were made since the last other one.
  /// - Returns: Nil when nothing waits.
  package static func choose(_ waiting: [Waiting], quickInARow: Int) -> CrawlChoice? {
    let quick = waiting.filter(\.request.isQuick)
    let slow = waiting.filter { !$0.request.isQuick }
    let isTurnOfSlow = !slow.isEmpty && (quick.isEmpty || quickInARow >= maxQuickInARow)
    return isTurnOfSlow ? chooseSlow(slow) : chooseQuick(quick)
  }

  private static func chooseQuick(_ waiting: [Waiting]) -> CrawlChoice? {
    guard let first = waiting.first else { return nil }
    var choice = CrawlChoice(ids: [], request: first.request, reason: first.reason)
    guard first.request.location == nil else {
      choice.ids = waiting.filter { $0.request == first.request }.map(\.id)
      return choice
    }
    var targets: [CrawlLimits] = []
    var seen: Set<CrawlLimits> = []
    for other in waiting where other.request.location == nil {
      let new = other.request.targets.filter { !seen.contains($0) }
      // The first one is answered however many parts it has.
      guard choice.ids.isEmpty || targets.count + new.count <= maxTargets else { continue }
      for target in new where seen.insert(target).inserted { targets.append(target) }
      choice.ids.append(other.id)
    }
    choice.request = .refresh(targets) ?? first.request
    return choice
  }

  private static func chooseSlow(_ waiting: [Waiting]) -> CrawlChoice? {
    guard var first = waiting.first else { return nil }
    if first.request.command == .sync || first.isScheduled {
      // Of several that would do, the one that does most.
      let syncs = waiting.filter { $0.request.command == .sync }
      first = syncs.first(where: \.request.acceptsRemovals) ?? syncs.first ?? first
    }
    let joined = waiting.filter { other in
      if other.request == first.request { return true }
      guard first.request.command == .sync else { return false }
      return other.request.command == .sync || other.isScheduled
    }
    return CrawlChoice(ids: joined.map(\.id), request: first.request, reason: first.reason)
  }

  /// How long a crawl that is not quick goes on at least before it gives way to a quick one: most of the time is its
  /// own, however often others come.
  ///
  /// - Parameter quick: How long the last quick crawl took.
  package static func slice(afterQuick quick: Duration) -> Duration { max(.seconds(20), quick * 4) }
}

extension CrawlRequest {
  /// Whether it names what is to be visited, so that it is done soon.
  package var isQuick: Bool {
    command == .refresh && due == nil && (location != nil || targets.allSatisfy { $0.reference != nil })
  }

  /// Whether a crawl of it may be cut off and continued: what is done is known then.
  var canGiveWay: Bool { !isQuick && due == nil }
}
