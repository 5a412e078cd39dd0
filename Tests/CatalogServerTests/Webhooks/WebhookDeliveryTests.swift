import AzureDevOps
import AzureSimulator
import CatalogServer
import CatalogStore
import Crawl
import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

@Suite("From a push to the request for a refresh", .timeLimit(.minutes(1)))
struct WebhookDeliveryTests {
  @Test("the service hears of what changes in Azure DevOps, as it subscribed")
  func delivered() async throws {
    let world = World(organizations: [
      .init(
        "contoso",
        projects: [.init("p", repositories: [.init("r", files: ["/catalog-info.yaml": "a: 1"])])]
      )
    ])
    let simulator = Simulator(world: world)
    try await simulator.serving { base in
      var settings = WebhookTests.settings
      settings.integrations = [
        AzureIntegration(
          host: AzureHost.services,
          credentials: [
            CredentialSettings(
              position: 0,
              organizations: ["contoso"],
              kind: .personalAccessToken(Secret("simulator-token")),
              place: SettingsPlace(file: "test")
            )
          ]
        )
      ]
      settings.crawler.endpoints = ["dev.azure.com": base]
      let commands = RecordedCommands()
      try await Served.run(settings, commands: commands) { [settings] port, _ in
        let curl = CurlClient()
        defer { curl.close() }
        let send: Send = { request throws(TransportError) in try await curl.send(request) }
        let client = AzureDevOpsClient(
          address: OrganizationAddress(host: "dev.azure.com", name: "contoso", endpoint: base),
          authorizer: Authorizer(settings: settings, environment: [:], send: send),
          send: send
        )
        let target = HookTarget(
          url: "http://127.0.0.1:\(port)/webhooks/azure-devops",
          settings: settings.crawler.webhooks
        )
        for project in try await client.projects() {
          for type in HookPlan.eventTypes {
            try await client.subscribe(to: type, ofProject: project.id, target)
          }
        }
        let made = try await client.subscriptions(to: "git.push")
        #expect(made.map(\.url) == [target.url] && made.allSatisfy(\.isActive))

        simulator.change { $0.update("contoso/p/r") { $0.branches["main"] = ["/catalog-info.yaml": "a: 2"] } }
        simulator.change { $0.renameRepository("contoso/p/r", to: "renamed") }
        // What is due at one time is one request of several repositories.
        try await until { await commands.submitted.flatMap(\.request.targets).count == 2 }
        let names = await commands.submitted.flatMap(\.request.targets).map(\.repository)
        #expect(Set(names) == ["r", "renamed"])
        // The answer is noted after the service has gone on.
        try await until { simulator.deliveries.count == 2 }
        #expect(simulator.deliveries.map(\.status) == [200, 200])

        for found in made { try await client.unsubscribe(found.id) }
        try await client.unsubscribe(made[0].id)
        #expect(try await client.subscriptions(to: "git.push").isEmpty)
      }
    }
  }
}
