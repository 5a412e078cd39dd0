import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// `plan`: what it says comes true, and it asks for nothing but the list.
@Suite(.timeLimit(.minutes(2)))
struct PlanTests {
  private func provider(_ providers: [String]) -> String {
    "catalog:\n  providers:\n    azureDevOps:\n"
      + providers.enumerated().map { index, text in
        "      p\(index): {organization: contoso, project: P, \(text)}\n"
      }.joined()
  }

  @Test(arguments: [1, 7, 40])
  func `a plan is the number of requests of the crawl that follows, cold and when nothing has changed`(
    size: Int
  )
    async throws
  {
    var files: [String: [String: String]] = [:]
    for number in 1...size {
      files["contoso/P/r\(number)"] = [
        "/catalog-info.yaml": component("c\(number)"), "/s/x/entity.yaml": component("s\(number)"),
        "/README.md": "x",
      ]
    }
    let simulator = Simulator(world: world(files: files))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: provider(["path: /catalog-info.yaml", "path: '/s/*/entity.yaml'", "path: /none.yaml"])
      )

      let cold = try #require(try await crawling.plan().first)
      #expect(simulator.requests.total == 1)
      #expect(cold.repositories == size)
      #expect(cold.newRepositories == size)
      #expect(
        cold.steps == [
          .init(path: "/catalog-info.yaml", branch: nil, way: .file, requests: size),
          .init(path: "/none.yaml", branch: nil, way: .file, requests: size),
          .init(path: "/s/*/entity.yaml", branch: nil, way: .listing, requests: size),
        ]
      )
      #expect(cold.requests == 1 + 3 * size)

      // And one for each content that is found by a pattern.
      #expect(try await crawling.crawl(at: 1).totals.requests == cold.requests + size)

      let warm = try #require(try await crawling.plan().first)
      #expect(warm.newRepositories == 0)
      #expect(warm.steps.map(\.way) == [.file, .file, .folder])
      #expect(try await crawling.crawl(at: 2).totals.requests == warm.requests)
    }
  }

  @Test func `a plan shows what is new, gone, closed and out of scope, and writes nothing`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/a": ["/catalog-info.yaml": component("a") + "---\n" + component("a2")],
        "contoso/P/b": ["/catalog-info.yaml": component("b")],
        "contoso/P/c": ["/catalog-info.yaml": location("c", ["./x.yaml"]), "/x.yaml": component("x")],
        "contoso/P/d": ["/catalog-info.yaml": component("d")],
      ])
    )
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let first = try Crawling(url, more: provider(["path: /catalog-info.yaml"]), folder: folder)
      try await first.crawl(at: 1)
      simulator.change { world in
        world.deleteRepository("contoso/P/b")
        world.update("contoso/P/d") { $0.isDisabled = true }
        world.organizations[0].projects[0].repositories.append(
          World.Repository("new", files: ["/README.md": "x"])
        )
      }
      let narrower = try Crawling(
        url,
        more: "  exclude: [P/a]\n" + provider(["path: /catalog-info.yaml"]),
        folder: folder
      )
      let everything = try await narrower.everything()
      let before = simulator.requests.total

      let plan = try #require(try await narrower.plan().first)

      #expect(simulator.requests.total == before + 1)
      #expect(try await narrower.everything() == everything)
      #expect(plan.repositories == 4)
      #expect(plan.newRepositories == 1)
      #expect(plan.missingRepositories == 1)
      #expect(plan.closedRepositories == 1)
      #expect(plan.leavingFiles == 1)
      #expect(plan.leavingEntities == 2)
      #expect(plan.locationRequests == 1)
      // The list, c and new, and what the location leads to.
      #expect(plan.requests == 4)
      #expect(try await narrower.crawl(at: 2).totals.requests == 4)
    }
  }

  @Test func `a refresh of a known repository is planned without a request`() async throws {
    let simulator = Simulator(world: world(["a": component("a"), "b": component("b")]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = simulator.requests.total

      let plan = try #require(
        try await crawling.plan(.refresh(CrawlLimits(organization: "contoso", repository: "a"))).first
      )

      #expect(simulator.requests.total == before)
      #expect(plan.listRequests == 0)
      #expect(plan.requests == 1)
    }
  }

  @Test func `the command prints the plan before anything is stored, and the reason when there is no list`()
    async throws
  {
    let simulator = Simulator(world: world(["a": component("a"), "b": nil]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      _ = try Crawling(url, folder: folder)
      try FileManager.default.removeItem(at: folder.url.appending(path: "catalog.sqlite"))

      let text = try await ProgramRun(["plan"], in: folder, environment: [:])
      let json = try await ProgramRun(["plan", "--json"], in: folder, environment: [:])
      simulator.setFaults([FaultRule(route: "repositories", answer: .unauthorized)])
      let refused = try await ProgramRun(["plan"], in: folder, environment: [:])

      #expect(text.code == 0, "\(text.errors)")
      let lines = text.output.split(separator: "\n").map(String.init)
      #expect(
        lines.prefix(3) == [
          "contoso (dev.azure.com): 2 repositories (2 new)", "  the list: 1 request",
          "  /catalog-info.yaml: 2 requests, the file of each repository",
        ]
      )
      #expect(lines.last?.hasPrefix("  at least 3 requests, about ") == true)
      let plan = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect(plan?["requests"] as? Int == 3)
      #expect(!FileManager.default.fileExists(atPath: folder.path("catalog.sqlite")))
      #expect(refused.code == 1)
      #expect(refused.output.contains("contoso (dev.azure.com): the list cannot be read: "))
    }
  }
}
