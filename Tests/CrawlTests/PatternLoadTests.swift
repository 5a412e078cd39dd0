import Testing

@testable import Crawl

/// How many patterns of locations are followed at a time.
struct PatternLoadTests {
  @Test func `patterns that match little are followed together, more of them with every wave`() {
    var load = LocationFollower.PatternLoad()
    #expect(load.limit == 4)
    var limits: [Int] = []
    for _ in 1...7 {
      load.note(patterns: load.limit, matches: load.limit)
      limits.append(load.limit)
    }
    #expect(limits == [8, 16, 32, 64, 128, 200, 200])
  }

  @Test func `patterns that match much are followed one by one`() {
    var load = LocationFollower.PatternLoad()
    load.note(patterns: 4, matches: 4_000)
    #expect(load.limit == 2)
    load.note(patterns: 2, matches: 40_000)
    #expect(load.limit == 1)
    // A wave without patterns says nothing.
    load.note(patterns: 0, matches: 0)
    #expect(load.limit == 1)
  }

  @Test func `patterns that match nothing are followed together too`() {
    var load = LocationFollower.PatternLoad()
    load.note(patterns: 4, matches: 0)
    #expect(load.limit == 8)
  }

  @Test func `how many repositories are searched at a time follows from what was found`() {
    var result = OrganizationDiscovery.Result()
    #expect(result.searchLimit(64) == 64)
    (result.searched, result.matches) = (200, 200)
    #expect(result.searchLimit(64) == 64)
    (result.searched, result.matches) = (10, 5_000)
    #expect(result.searchLimit(64) == 8)
    (result.searched, result.matches) = (1, 100_000)
    #expect(result.searchLimit(64) == 1)
  }
}
