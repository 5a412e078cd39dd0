/// A part of the catalog that is to be read again.
package struct RefreshHint: Sendable, Hashable {
  package var host: String
  package var organization: String
  /// Nil, with the repository, for the whole organization.
  package var project: String?
  package var repository: String?

  package init(host: String, organization: String, project: String? = nil, repository: String? = nil) {
    self.host = host
    self.organization = organization
    self.project = project
    self.repository = repository
  }

  /// The same for the same, whatever the letter case.
  var key: RefreshHint {
    RefreshHint(
      host: host.lowercased(),
      organization: organization.lowercased(),
      project: project?.lowercased(),
      repository: repository?.lowercased()
    )
  }
}

/// Makes few refreshes of many hints: pure, with the time as a parameter.
///
/// The first hint of a repository is due at once; what comes within the settle time after a refresh was asked for is
/// one refresh at its end. What is known grows with the repositories that hints name, up to a bound: beyond, an
/// organization's hints become one for all of it.
package struct HintQueue: Sendable {
  package enum Verdict: String, Sendable, Equatable {
    /// A refresh will follow.
    case queued
    /// A refresh that follows anyway covers it.
    case coalesced
    /// It was sent before.
    case duplicate
    /// A later push of the repository has been seen to.
    case older
  }

  private struct Entry {
    /// As it was written last.
    var hint: RefreshHint
    /// Nil before the first.
    var handedOverAt: Duration?
    var handedOverOrder: Int64?
    var isPending = false
    var order: Int64?
  }

  /// How long after a refresh of a repository the next one is due at the earliest.
  package var settle: Duration
  private let capacity: Int
  private let rememberedIDs: Int
  private var entries: [RefreshHint: Entry] = [:]
  private var ids: Set<String> = []
  private var idsInOrder: [String] = []
  /// Where the oldest id stands.
  private var oldestID = 0

  /// - Parameters:
  ///   - settle: `crawler.webhooks.settle`.
  ///   - capacity: Repositories that are known at a time.
  ///   - rememberedIDs: Events that are known again when they come a second time.
  package init(settle: Duration, capacity: Int = 4_096, rememberedIDs: Int = 16_384) {
    self.settle = settle
    self.capacity = capacity
    self.rememberedIDs = rememberedIDs
  }

  /// Takes a hint.
  ///
  /// - Parameters:
  ///   - id: The event's; nil when it has none.
  ///   - order: The push's number; nil when it has none.
  package mutating func add(
    _ hint: RefreshHint,
    id: String?,
    order: Int64?,
    at now: Duration
  ) -> Verdict {
    if let id {
      if ids.contains(id) { return .duplicate }
      remember(id)
    }
    var key = hint.key
    var hint = hint
    if entries[key] == nil, entries.count >= capacity { forget(at: now) }
    if entries[key] == nil, entries.count >= capacity {
      hint.project = nil
      hint.repository = nil
      key = hint.key
    }
    var entry = entries[key] ?? Entry(hint: hint)
    if let order, let seen = entry.handedOverOrder, order <= seen, hint.repository != nil { return .older }
    let verdict = entry.isPending ? Verdict.coalesced : .queued
    entry.hint = hint
    entry.isPending = true
    if let order { entry.order = max(order, entry.order ?? order) }
    entries[key] = entry
    return verdict
  }

  /// Takes out what is due, in the order of names.
  package mutating func takeDue(at now: Duration) -> [RefreshHint] {
    take(at: now) { $0 <= now }
  }

  /// Takes out everything, due or not.
  package mutating func takeAll(at now: Duration) -> [RefreshHint] { take(at: now) { _ in true } }

  private mutating func take(at now: Duration, _ isDue: (Duration) -> Bool) -> [RefreshHint] {
    var taken: [RefreshHint] = []
    for (key, entry) in entries where entry.isPending && isDue(due(entry)) {
      taken.append(entry.hint)
      entries[key]?.isPending = false
      entries[key]?.handedOverAt = now
      entries[key]?.handedOverOrder = entry.order
    }
    return taken.sorted {
      ($0.host, $0.organization, $0.project ?? "", $0.repository ?? "")
        < ($1.host, $1.organization, $1.project ?? "", $1.repository ?? "")
    }
  }

  /// Puts back what could not be handed over, to be tried after the settle time.
  package mutating func putBack(_ hint: RefreshHint, at now: Duration) {
    var entry = entries[hint.key] ?? Entry(hint: hint)
    entry.isPending = true
    entry.handedOverAt = now
    entry.handedOverOrder = nil
    entries[hint.key] = entry
  }

  /// When the next hint is due; nil when there is none.
  package var nextDue: Duration? { entries.values.lazy.filter(\.isPending).map(due).min() }

  /// Hints that wait.
  package var count: Int { entries.values.count { $0.isPending } }

  /// What is remembered in all, for tests of its bounds.
  package var size: (repositories: Int, ids: Int) { (entries.count, ids.count) }

  private func due(_ entry: Entry) -> Duration { entry.handedOverAt.map { $0 + settle } ?? .zero }

  /// Forgets repositories that have settled.
  private mutating func forget(at now: Duration) {
    entries = entries.filter { $0.value.isPending || due($0.value) > now }
  }

  private mutating func remember(_ id: String) {
    ids.insert(id)
    if idsInOrder.count < rememberedIDs {
      idsInOrder.append(id)
    } else {
      ids.remove(idsInOrder[oldestID])
      idsInOrder[oldestID] = id
      oldestID = (oldestID + 1) % rememberedIDs
    }
  }
}
