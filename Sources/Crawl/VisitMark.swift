/// How far the visits of an organization are: up to which repository all of them are made.
///
/// Visits end in any order. What is held are the repositories with visits under way, which the queue bounds.
///
/// Pure.
struct VisitMark: Sendable {
  /// A mark is stored after so many visits at the latest, also when none of them found anything new.
  private static let interval = 500

  /// How many visits of a repository are not made yet.
  private var underWay: [Int64: Int] = [:]
  /// The visits to all repositories up to this id are planned.
  private var plannedThrough: Int64 = 0
  private var madeSinceStored = 0

  /// The visits to all repositories up to this id are made; 0 when that is so of none for certain.
  var value: Int64 {
    guard let first = underWay.keys.min() else { return plannedThrough }
    return min(plannedThrough, first - 1)
  }

  /// A visit to this repository is about to be made.
  mutating func plan(_ repository: Int64) { underWay[repository, default: 0] += 1 }

  /// All visits to repositories up to this id are planned.
  mutating func endPlanning(through repository: Int64) { plannedThrough = repository }

  /// A visit is made, and what it found is with the writer.
  ///
  /// - Returns: Whether it is time to store the mark.
  mutating func end(_ repository: Int64) -> Bool {
    let left = (underWay[repository] ?? 1) - 1
    underWay[repository] = left > 0 ? left : nil
    madeSinceStored += 1
    return madeSinceStored >= Self.interval
  }

  /// The mark, to be stored now.
  mutating func take() -> Int64 {
    madeSinceStored = 0
    return value
  }
}
