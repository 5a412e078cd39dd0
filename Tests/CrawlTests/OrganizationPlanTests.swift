import Testing

@testable import Crawl

/// At which rate the next crawl is expected to ask.
struct OrganizationPlanTests {
  private typealias Rate = OrganizationPlan.Rate

  @Test func `the last crawl says how quick it goes, under the limit`() {
    let last = (id: Int64(7), requests: 1000, seconds: 10.0)
    #expect(
      OrganizationPlan.rate(lastCrawl: last, listSeconds: 1, concurrency: 8, requestsPerMinute: nil)
        == Rate(perSecond: 100, basis: .crawl(7))
    )
    #expect(
      OrganizationPlan.rate(lastCrawl: last, listSeconds: 1, concurrency: 8, requestsPerMinute: 600)
        == Rate(perSecond: 10, basis: .limit)
    )
    #expect(
      OrganizationPlan.rate(lastCrawl: last, listSeconds: 1, concurrency: 8, requestsPerMinute: 60_000)
        == Rate(perSecond: 100, basis: .crawl(7))
    )
  }

  @Test func `before the first crawl the answers to the list do, and a crawl of few requests says nothing`() {
    let list = Rate(perSecond: 32, basis: .list(seconds: 0.25))
    #expect(
      OrganizationPlan.rate(lastCrawl: nil, listSeconds: 0.25, concurrency: 8, requestsPerMinute: nil) == list
    )
    #expect(
      OrganizationPlan.rate(
        lastCrawl: (3, 19, 0.001),
        listSeconds: 0.25,
        concurrency: 8,
        requestsPerMinute: nil
      ) == list
    )
    #expect(
      OrganizationPlan.rate(lastCrawl: nil, listSeconds: nil, concurrency: 8, requestsPerMinute: nil) == nil
    )
    #expect(
      OrganizationPlan.rate(lastCrawl: nil, listSeconds: nil, concurrency: 8, requestsPerMinute: 120)
        == Rate(perSecond: 2, basis: .limit)
    )
  }

  @Test func `the time follows from the requests that are known`() {
    var plan = OrganizationPlan(host: "dev.azure.com", name: "o")
    plan.listRequests = 1
    plan.steps = [
      .init(path: "/a", branch: nil, way: .file, requests: 90),
      .init(path: "/**/b", branch: "main", way: .listing, requests: 5),
    ]
    plan.locationRequests = 4
    #expect(plan.requests == 100)
    #expect(plan.seconds == nil)
    plan.rate = Rate(perSecond: 50, basis: .limit)
    #expect(plan.seconds == 2)
  }
}
