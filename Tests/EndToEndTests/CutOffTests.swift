import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// A crawl that is asked to stop says so, wherever it is.
@Suite(.timeLimit(.minutes(1)))
struct CutOffTests {
  @Test(arguments: 1...9)
  func `a crawl that is cancelled at any request ends as interrupted, and the next one goes on`(request: Int)
    async throws
  {
    let crawl = Locked<Task<CrawlReport, any Error>?>(nil)
    let count = Locked(0)
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location(
            "root",
            (1...3).map { "https://dev.azure.com/fabrikam/Q/_git/r\($0)?path=/c.yaml" } + ["./own.yaml"]
          ), "/own.yaml": component("own"),
        ],
        "fabrikam/Q/r1": ["/c.yaml": component("c1")], "fabrikam/Q/r2": ["/c.yaml": component("c2")],
        "fabrikam/Q/r3": ["/c.yaml": component("c3")],
      ]),
      options: .init(onRequest: { _ in
        let number = count.withLock { count in
          count += 1
          return count
        }
        if number == request { crawl.withLock { $0?.cancel() } }
      })
    )
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        tokens: ["contoso": "simulator-token", "fabrikam": "simulator-token"],
        concurrency: 1,
        more: "catalog:\n  providers:\n    azureDevOps:\n      p: {organization: contoso, project: P}\n"
      )
      let gate = Gate()
      let task = Task {
        await gate.wait()
        return try await crawling.crawl(at: 1)
      }
      crawl.withLock { $0 = task }
      await gate.open()

      let report = try await task.value

      #expect(report.outcome == .interrupted)
      #expect(report.exitCode == 130)
      #expect(try await crawling.rows("SELECT outcome, ended_at IS NULL FROM crawl") == ["interrupted|0"])
      #expect(try await crawling.rows("SELECT count(*) FROM crawl_lease") == ["0"])
      crawl.withLock { $0 = nil }
      #expect(try await crawling.crawl(at: 1).outcome == .complete)
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete"])
      #expect(try await crawling.rows("SELECT count(*) FROM entity") == ["5"])
    }
  }
}
