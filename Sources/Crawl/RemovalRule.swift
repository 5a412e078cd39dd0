import CatalogStore

/// How a repository stands that is stored.
enum RepositoryStanding: Sendable, Equatable {
  /// The last complete list has it, as whatever: active, empty, disabled, renamed, in another project.
  case listed
  /// So many complete lists in a row did not have it, all read by one identity.
  case missing(listings: Int, DeletionAnswer)
}

/// What Azure DevOps says of a repository that it does not list.
enum DeletionAnswer: Sendable, Equatable {
  case notAsked
  case shown(DeletionSign)
  /// It is not among those that are shown as deleted: nothing is proved, as the credential may have lost a right.
  case notShown
  /// The deleted repositories could not be read.
  case unreadable
}

/// What shows positively that a repository is gone.
enum DeletionSign: Sendable, Equatable {
  /// It is one of the deleted repositories of its project.
  case deleted
  /// It is in the recycle bin of its project.
  case recycled
  /// Its project is one of the deleted projects. That a project is not listed proves nothing: one that the
  /// credential may not see any more looks the same (facts/azure-devops-api.md 6: VS800075).
  case projectDeleted
}

/// What becomes of a repository and of what it holds.
enum RemovalVerdict: Sendable, Equatable {
  /// It stays as it is.
  case keep
  /// It stays, marked as not listed.
  case mark(KeepReason)
  case remove(RemovalReason)
}

/// Why a repository that is not listed is kept; in the order in which people are told.
enum KeepReason: Sendable, CaseIterable {
  /// One list alone is no proof.
  case missingOnce
  /// The crawl did not ask.
  case notAsked
  case notShown
  case unreadable
  /// It is deleted, but with it too much would go at once.
  case tooMuch
}

enum RemovalReason: Sendable, Equatable {
  /// An operator has said that what is not listed is gone.
  case accepted
  /// Azure DevOps has said so.
  case confirmed(DeletionSign)
}

/// When a repository is removed with its entities (decisions.md 10).
///
/// Pure.
struct RemovalRule: Sendable, Equatable {
  /// Complete lists in a row that must not have it.
  static let neededListings = 2

  /// `crawler.removals.maxShare`, from 0 to 1.
  let maxShare: Double
  /// Whether an operator has said that what is not listed is gone.
  let isAccepted: Bool

  func verdict(on standing: RepositoryStanding) -> RemovalVerdict {
    guard case .missing(let listings, let answer) = standing else { return .keep }
    if isAccepted { return .remove(.accepted) }
    guard listings >= Self.neededListings else { return .mark(.missingOnce) }
    switch answer {
    case .shown(let sign): return .remove(.confirmed(sign))
    case .notShown: return .mark(.notShown)
    case .unreadable: return .mark(.unreadable)
    case .notAsked: return .mark(.notAsked)
    }
  }

  /// Whether so many of an organization's entities would go at once that something may be wrong with the list.
  func isTooMuch(_ entities: Int, of total: Int) -> Bool { Double(entities) > maxShare * Double(total) }
}

/// What one crawl does with the repositories of one organization that are not listed.
///
/// Pure: repositories go in, removals and the reasons of the others come out. Of those that are removed only the
/// ids are held, of the others only how many there are.
struct RemovalPlan: Sendable {
  /// A number of repositories with entities and of what they hold.
  private struct Amount {
    var repositories = 0
    var entities = 0
  }

  private let rule: RemovalRule
  /// Gone, and found so by an earlier crawl already, or by an operator.
  private var settled: [Int64] = []
  /// Found to be gone by this crawl first.
  private var fresh: [Int64] = []
  private var freshAmount = Amount()
  private var kept: [KeepReason: Amount] = [:]
  /// Held by an earlier crawl, but not shown as deleted any more.
  private(set) var released: [Int64] = []

  init(_ rule: RemovalRule) { self.rule = rule }

  mutating func add(_ repository: MissingRepository, _ answer: DeletionAnswer) {
    switch rule.verdict(on: .missing(listings: repository.listings, answer)) {
    case .keep:
      break
    case .mark(let reason):
      // Not to have asked says nothing new.
      if repository.isHeld, reason != .notAsked { released.append(repository.id) }
      count(repository, in: &kept[reason, default: Amount()])
    case .remove(.accepted):
      settled.append(repository.id)
    case .remove(.confirmed):
      if repository.isHeld {
        settled.append(repository.id)
      } else {
        fresh.append(repository.id)
        count(repository, in: &freshAmount)
      }
    }
  }

  private func count(_ repository: MissingRepository, in amount: inout Amount) {
    guard repository.entities > 0 else { return }
    amount.repositories += 1
    amount.entities += repository.entities
  }

  /// What is done.
  ///
  /// - Parameter total: How many entities the organization has, before anything is removed.
  func decision(of total: Int) -> (removed: [Int64], held: [Int64], heldBack: HeldBackRemovals) {
    guard rule.isTooMuch(freshAmount.entities, of: total) else {
      return (settled + fresh, [], heldBack(kept, of: total))
    }
    var kept = kept
    kept[.tooMuch] = freshAmount
    return (settled, fresh, heldBack(kept, of: total))
  }

  private func heldBack(_ kept: [KeepReason: Amount], of total: Int) -> HeldBackRemovals {
    let all = kept.values.reduce(into: Amount()) { sum, amount in
      sum.repositories += amount.repositories
      sum.entities += amount.entities
    }
    guard all.repositories > 0 else { return HeldBackRemovals() }
    let subject =
      all.repositories == 1 ? "1 repository is" : "\(all.repositories) repositories are"
    let reasons = KeepReason.allCases.compactMap { reason in
      kept[reason].flatMap { $0.repositories > 0 ? text(reason, $0, of: total) : nil }
    }
    let entities = all.entities == 1 ? "1 entity" : "\(all.entities) entities"
    let message =
      "\(subject) no longer listed and kept with \(entities): "
      + reasons.joined(separator: "; ") + "; 'sync --accept-removals' removes all that is no longer listed"
    return HeldBackRemovals(repositories: all.repositories, message: message)
  }

  private func text(_ reason: KeepReason, _ amount: Amount, of total: Int) -> String {
    let count = amount.repositories
    switch reason {
    case .missingOnce:
      return "\(count) missing from one complete list so far"
    case .notAsked:
      return "\(count) not asked about in this crawl"
    case .notShown:
      return "\(count) not shown as deleted, so that the credential may have lost its right to see them: "
        + "give it back"
    case .unreadable:
      return "\(count) of projects whose deleted repositories the credential cannot read"
    case .tooMuch:
      return "\(count) deleted, but with \(amount.entities) of \(total) entities they are more than "
        + "crawler.removals.maxShare (\(percent(rule.maxShare)) %) lets go at once: the next sync that finds the "
        + "same removes them"
    }
  }

  /// Rounded to a tenth, without one that is zero.
  private func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
