import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import GRDB
import TestSupport
import Testing

/// Everything that can go wrong, at every request of a crawl; begun by `Scripts/sweep.sh`.
@Suite(.serialized, .enabled(if: Sweep.extent != nil))
struct SweepTests {
  @Test func `a fault loses nothing, is named, and heals`() async throws {
    let sums = try await withThrowingTaskGroup(of: [SweepResult].self) { group in
      for organization in SweepWorld.organizations {
        group.addTask { try await Sweep.faults(organization) }
      }
      var sums = Sweep.faults.map { _ in SweepResult() }
      for try await results in group {
        for place in sums.indices { sums[place].add(results[place]) }
      }
      return sums
    }
    for (fault, sum) in zip(Sweep.faults, sums) { sum.report(fault.name) }
  }

  @Test func `a process that is killed leaves what the next one needs`() async throws {
    let sum = try await withThrowingTaskGroup(of: SweepResult.self) { group in
      for isFirst in [true, false] { group.addTask { try await Sweep.kills(isFirst: isFirst) } }
      var sum = SweepResult()
      for try await result in group { sum.add(result) }
      return sum
    }
    sum.report("kill -9")
  }
}

/// One thing that goes wrong.
struct SweptFault: Sendable {
  var name: String
  var answer: FaultAnswer
  /// Requests in a row that meet it.
  var times: Int
  /// Whether the crawl that meets it reads everything all the same; nil when that depends on the request.
  var heals: Bool?
  /// Only every so many requests are tried, because each takes so long.
  var stride = 1

  /// What may pass is tried five times, by up to two requests at a time; and each time once more by libcurl when a
  /// connection that had been used before was cut.
  static func lasting(_ name: String, _ answer: FaultAnswer) -> SweptFault {
    SweptFault(name: name, answer: answer, times: 24, heals: false)
  }

  static func final(_ name: String, _ answer: FaultAnswer) -> SweptFault {
    SweptFault(name: name, answer: answer, times: 1, heals: false)
  }

  static func passing(_ name: String, _ answer: FaultAnswer, stride: Int = 1) -> SweptFault {
    SweptFault(name: name, answer: answer, times: 1, heals: true, stride: stride)
  }
}

/// What came of some points.
struct SweepResult: Sendable {
  var points = 0
  var lostRows = 0
  var time: Duration = .zero
  /// What the reports called the fault.
  var rules: Set<String> = []

  mutating func add(_ other: SweepResult) {
    points += other.points
    lostRows += other.lostRows
    time += other.time
    rules.formUnion(other.rules)
  }

  func report(_ name: String) {
    let named = rules.isEmpty ? "" : ", named " + rules.sorted().joined(separator: " ")
    let seconds = String(format: "%.1f", time / .seconds(1))
    print("sweep: \(name): \(points) points, \(lostRows) rows lost, \(seconds) s\(named)")
    #expect(points > 0)
  }
}

enum Sweep {
  enum Extent {
    /// The first request, the last one, and one between them.
    case sample
    /// Every so many requests.
    case every(Int)
  }

  /// Nil: nothing is swept.
  static let extent: Extent? = ProcessInfo.processInfo.environment["CATALOG_SWEEP"].flatMap { text in
    text == "sample" ? .sample : Int(text).map { .every(max($0, 1)) }
  }

  static let faults: [SweptFault] = [
    .lasting("500", .serverError), .lasting("503", .unavailable(retryAfter: nil)),
    .lasting("503 page", .frontEndUnavailable), .lasting("429", .tooManyRequests(retryAfter: nil)),
    .lasting("429 after 2 s", .tooManyRequests(retryAfter: 2)),
    .lasting("429 page", .tooManyRequestsPage(retryAfter: 1)), .lasting("cut", .connectionCutBeforeAnswer),
    .lasting("reset", .connectionReset), .lasting("cut in body", .connectionCutInBody),
    .lasting("too long a length", .wrongLength(by: 10)),
    .lasting("too short a length", .wrongLength(by: -10)),
    .lasting("half of the JSON", .wrongJSON), .final("stopped", .organizationStopped),
    .final("sign-in page", .signInPage), .final("page", .htmlPage), .final("401", .unauthorized),
    .final("403", .forbidden), .lasting("400", .status(400)), .lasting("404", .status(404)),
    .lasting("redirect", .redirect(to: "http://127.0.0.1:9/")), .passing("500 once", .serverError),
    .passing("429 once", .tooManyRequests(retryAfter: 1)), .passing("cut once", .connectionCutBeforeAnswer),

    // Half of an answer that says 'not found' is not asked for again: it proves nothing, and is named.
    SweptFault(name: "half of the JSON once", answer: .wrongJSON, times: 1, heals: nil),
    .passing("delayed", .delayed(retryAfter: 1)),
    .passing("slow", .slow(by: .milliseconds(20))), .passing("trickled", .trickled(by: .milliseconds(2))),
    .passing("stalled once", .stalled, stride: 8),
  ]

  /// The requests that are tried of so many.
  private static func numbers(_ count: Int, stride step: Int = 1, ofSample parts: Int = 2) -> [Int] {
    let sparse =
      switch extent {
      case .sample, nil: step > 1 ? count : max(1, count / parts)
      case .every(let every): every * step
      }
    // The first one is the list, and the last one is often of another kind than the rest.
    return Array(Set(Array(stride(from: 1, through: count, by: sparse)) + [count])).sorted()
  }

  /// Crawls the changed world with each fault at each request to an organization, then without it.
  ///
  /// - Returns: What came of each fault.
  static func faults(_ organization: String) async throws -> [SweepResult] {
    let simulator = Simulator(world: SweepWorld.world(isChanged: false))
    return try await simulator.serving { base in
      let stage = try await SweepStage(simulator, base, concurrency: 1)
      var results: [SweepResult] = []
      for fault in faults {
        var result = SweepResult()
        for number in numbers(stage.requests[organization] ?? 0, stride: fault.stride) {
          try await result.add(point(fault, at: number, of: organization, simulator, stage))
        }
        results.append(result)
      }
      return results
    }
  }

  private static func point(
    _ fault: SweptFault,
    at number: Int,
    of organization: String,
    _ simulator: Simulator,
    _ stage: SweepStage
  ) async throws -> SweepResult {
    let place = "\(fault.name) at request \(number) to \(organization)"
    let begin = ContinuousClock.now
    var result = SweepResult(points: 1)
    let crawling = try stage.copy()
    let wrong = Set(number..<(number + fault.times))
    simulator.setFaults([
      FaultRule(organization: organization, numbers: .only(wrong), answer: fault.answer)
    ])
    let report = try await crawling.crawl(at: 2)
    simulator.setFaults([])
    let isComplete = report.outcome == .complete
    let heals = fault.heals ?? isComplete
    #expect(isComplete == heals, "\(place): \(report.outcome)")
    for part in report.organizations {
      if let rule = part.failure?.rule { result.rules.insert(rule) }
      result.rules.formUnion(part.readFailures.map(\.rule))
    }
    #expect(result.rules.isEmpty == heals, "\(place) is not named")
    result.lostRows += try await stage.check(crawling, isDone: heals, place)
    if !heals {
      let healed = try await crawling.crawl(at: 3)
      #expect(healed.outcome == .complete, "\(place): \(healed.outcome)")
      result.lostRows += try await stage.check(crawling, isDone: true, place)
    }
    result.time = ContinuousClock.now - begin
    return result
  }

  /// Kills the built program at each of its requests, and runs it again.
  ///
  /// - Parameter isFirst: Whether the database is new; else the world has changed since it was crawled.
  static func kills(isFirst: Bool) async throws -> SweepResult {
    let killing = KillSwitch()
    let simulator = Simulator(
      world: SweepWorld.world(isChanged: false),
      options: .init(onRequest: killing.onRequest)
    )
    return try await simulator.serving { base in
      let stage = try await SweepStage(simulator, base, concurrency: 6, isContested: true, isFirst: isFirst)
      var result = SweepResult()
      for number in numbers(stage.requests.values.reduce(0, +), ofSample: 8) {
        let begin = ContinuousClock.now
        let place = "killed at request \(number), \(isFirst ? "first" : "second") crawl"
        let crawling = try stage.copy()
        let before = try await crawling.database.crawls(limit: 9).count
        killing.set(number)
        let killed = try await crawling.program("sync", begun: killing.began)
        killing.set(nil)
        // The order of requests is not always the same, and so is not their number.
        #expect(killed.code == -9 || (killed.code == 0 && number > 100), "\(place): \(killed.code)")
        result.lostRows += try await stage.check(crawling, isDone: false, place)
        let ended = try await crawling.program("sync")
        #expect(ended.code == 0, "\(place): \(ended.errors)")
        let crawls = try await crawling.database.crawls(limit: 9)
        #expect(crawls.count == before + (killed.code == 0 ? 2 : 1), "\(place): it keeps its id")
        #expect(crawls.allSatisfy { $0.outcome == "complete" }, "\(place)")
        result.lostRows += try await stage.check(crawling, isDone: true, place)
        result.points += 1
        result.time += ContinuousClock.now - begin
      }
      return result
    }
  }
}

/// What the points of a sweep begin with, and what they must end in.
struct SweepStage {
  private let base: String
  private let concurrency: Int
  /// Holds the database that the points begin with.
  private let folder: TemporaryFolder
  private let isFirst: Bool
  /// What an undisturbed crawl ends in.
  private let expected: [String]
  /// The entities that are there before and after.
  private let kept: Set<String>
  /// How many requests an undisturbed crawl sends, by organization.
  let requests: [String: Int]

  private static let entities = "SELECT ref FROM entity WHERE is_holder = 1"

  /// Crawls the world, changes it, and crawls it again.
  init(
    _ simulator: Simulator,
    _ base: String,
    concurrency: Int,
    isContested: Bool = false,
    isFirst: Bool = false
  ) async throws {
    self.base = base
    self.concurrency = concurrency
    self.isFirst = isFirst
    folder = try TemporaryFolder()
    let crawling = try Self.crawling(base, concurrency)
    if !isFirst { try await crawling.crawl(at: 1) }
    let before = try await crawling.rows(Self.entities)
    let copy = folder.path("catalog.sqlite")
    try await crawling.database.pool.writeWithoutTransaction { db in
      try db.execute(sql: "VACUUM INTO ?", arguments: [copy])
    }
    simulator.change { world in
      let changed = SweepWorld.world(isChanged: true, isContested: isContested)
      world.organizations = changed.organizations
    }
    let report = try await crawling.crawl(at: 2)
    #expect(report.outcome == .complete)
    requests = Dictionary(uniqueKeysWithValues: report.organizations.map { ($0.name, $0.counts.requests) })
    expected = try await crawling.dump()
    kept = Set(before).intersection(try await crawling.rows(Self.entities))
    #expect(isFirst || kept.count > 60, "\(kept.count)")
  }

  private static func crawling(
    _ base: String,
    _ concurrency: Int,
    folder: TemporaryFolder? = nil
  ) throws -> Crawling {
    try Crawling(
      base,
      tokens: SweepWorld.tokens,
      concurrency: concurrency,
      more: SweepWorld.settings,
      folder: folder
    )
  }

  /// A folder of its own with the database that a point begins with.
  func copy() throws -> Crawling {
    let target = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: folder.path("catalog.sqlite"),
      toPath: target.path("catalog.sqlite")
    )
    return try Self.crawling(base, concurrency, folder: target)
  }

  /// Looks at what a crawl has left.
  ///
  /// - Parameter isDone: Whether everything must be as after an undisturbed crawl; else nothing may be missing.
  /// - Returns: How many rows are lost.
  func check(_ crawling: Crawling, isDone: Bool, _ place: String) async throws -> Int {
    #expect(try await crawling.rows("PRAGMA integrity_check") == ["ok"], "\(place)")
    #expect(try await crawling.rows("PRAGMA foreign_key_check").isEmpty, "\(place)")
    var lost = kept.subtracting(try await crawling.rows(Self.entities)).count
    #expect(lost == 0, "\(place): entities are missing")
    guard isDone else { return lost }
    let rows = try await crawling.dump()
    let missing = Set(expected).subtracting(rows)
    let surplus = Set(rows).subtracting(expected)
    lost += missing.count
    #expect(
      rows == expected,
      "\(place): missing \(missing.sorted().prefix(3)), not expected \(surplus.sorted().prefix(3))"
    )
    return lost
  }
}
