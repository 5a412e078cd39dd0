import Crawl
import Testing

/// Which requests the next crawl answers.
struct CrawlChoiceTests {
  private static func repository(_ name: String) -> CrawlRequest {
    .refresh(CrawlLimits(organization: "o", project: "P", repository: name))
  }

  private static let wide = CrawlRequest.refresh(CrawlLimits(organization: "o"))

  private func choose(_ requests: [(CrawlRequest, String)], quickInARow: Int = 0) -> CrawlChoice? {
    let waiting = requests.enumerated().map { index, request in
      CrawlChoice.Waiting(id: Int64(index + 1), request: request.0, reason: request.1)
    }
    return CrawlChoice.choose(waiting, quickInARow: quickInARow)
  }

  @Test func `nothing waits, nothing is chosen`() { #expect(choose([]) == nil) }

  @Test func `repositories that are named go first, all in one crawl`() {
    let choice = choose([
      (.sync, "a"), (Self.repository("x"), "b"), (Self.repository("y"), "c"), (Self.repository("x"), "d"),
    ])

    #expect(choice?.ids == [2, 3, 4])
    #expect(choice?.request.targets.map(\.repository) == ["x", "y"])
    #expect(choice?.reason == "b")
  }

  @Test func `not for ever: what waits besides has its turn`() {
    let waiting = [(CrawlRequest.sync, "a"), (Self.repository("x"), "b")]

    #expect(choose(waiting, quickInARow: 2)?.ids == [2])
    #expect(choose(waiting, quickInARow: 3)?.ids == [1])
    #expect(choose([waiting[1]], quickInARow: 30)?.ids == [1])
  }

  @Test func `a crawl has 500 parts at most, but the first request is answered whole`() {
    let many = CrawlRequest.refresh((0..<499).map { CrawlLimits(organization: "o", repository: "r\($0)") })
    let first = many ?? .sync

    #expect(choose([(first, "a"), (Self.repository("x"), "b"), (Self.repository("y"), "c")])?.ids == [1, 2])
  }

  @Test func `a full crawl answers full crawls, and what a schedule wants besides`() {
    var accepting = CrawlRequest.sync
    accepting.acceptsRemovals = true

    let choice = choose([
      (Self.wide, "schedule: provider:a"), (.sync, "api"), (accepting, "command"), (Self.wide, "command"),
    ])

    #expect(choice?.ids == [1, 2, 3])
    #expect(choice?.request == accepting)
  }

  @Test func `what somebody wants of an organization has a crawl and a report of its own`() {
    #expect(choose([(Self.wide, "command"), (.sync, "api"), (Self.wide, "api")])?.ids == [1, 3])
  }

  @Test func `a request is the same after it was written down`() {
    var request = CrawlRequest.refresh(
      due: DueRefresh(budget: 3),
      CrawlLimits(organization: "o", branch: "b")
    )
    request.others = [CrawlLimits(repositoryID: "4f")]

    #expect(CrawlRequest(text: request.text) == request)
    #expect(CrawlRequest(text: "{}") == nil)
    #expect(request.scope == "organization o, branch b; repository 4f")
  }
}
