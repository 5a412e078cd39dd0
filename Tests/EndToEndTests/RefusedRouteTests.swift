import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// An organization that could not be read leads to what it led to before.
@Suite(.timeLimit(.minutes(1)))
struct RefusedRouteTests {
  private let shared = "https://dev.azure.com/shared/P/_git/lib?path=/lib.yaml"

  private func tokens() -> [String: String] {
    ["alpha": "simulator-token", "beta": "simulator-token", "shared": "simulator-token"]
  }

  /// Of two ways to a file the one of `alpha` is the better: its address is the smaller one, or it is shorter.
  private func simulator(isDeep: Bool) -> Simulator {
    let alpha =
      isDeep
      ? [
        "/catalog-info.yaml": location("alpha", ["./more.yaml"]), "/more.yaml": location("more", [shared]),
      ] : ["/catalog-info.yaml": location("alpha", [shared])]
    let beta =
      isDeep
      ? [
        "/catalog-info.yaml": location("beta", ["./b.yaml"]), "/b.yaml": location("b", ["./c.yaml"]),
        "/c.yaml": location("c", [shared]),
      ] : ["/catalog-info.yaml": location("beta", [shared])]
    return Simulator(
      world: world(files: [
        "alpha/P/root": alpha, "beta/P/root": beta, "shared/P/lib": ["/lib.yaml": component("lib")],
      ])
    )
  }

  @Test(arguments: [false, true], ["repositories", "items"])
  func `the origin of a shared file does not change while the better way to it is refused`(
    isDeep: Bool,
    route: String
  ) async throws {
    let simulator = simulator(isDeep: isDeep)
    try await simulator.serving { url in
      let crawling = try Crawling(url, tokens: tokens())
      try await crawling.crawl(at: 1)
      let everything = try await crawling.everything()
      let origin = try await crawling.rows("SELECT origin FROM file WHERE path = '/lib.yaml'")
      #expect(origin == ["url:https://dev.azure.com/alpha/P/_git/root?path=/catalog-info.yaml"])

      simulator.setFaults([FaultRule(route: route, organization: "alpha", answer: .unauthorized)])
      let refused = try await crawling.crawl(at: 2)

      #expect(refused.outcome == .partial)
      let rows = try await crawling.everything()
      #expect(rows.filter { !$0.hasPrefix("problem|") } == everything)
      #expect(rows.count { $0.hasPrefix("problem|") } == 1)
      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 3).outcome == .complete)
      #expect(try await crawling.everything() == everything)
    }
  }
}
