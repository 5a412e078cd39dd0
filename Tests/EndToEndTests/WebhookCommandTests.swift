import AzureSimulator
import Foundation
import TestSupport
import Testing

@Suite("The command webhooks")
struct WebhookCommandTests {
  private static let address = "http://127.0.0.1:9/webhooks/azure-devops"
  private static let secret = "webhook-secret-0001"

  private static let world = World(organizations: [
    .init(
      "contoso",
      projects: [
        .init("Payments", repositories: [.init("api", files: ["/catalog-info.yaml": "x"])]), .init("Web"),
      ]
    )
  ])

  private static func folder(_ base: String, webhooks: String = "webhooks: {secret: \(secret)}") throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - host: dev.azure.com
            credentials: [{organizations: [contoso], personalAccessToken: simulator-token}]
      crawler:
        endpoints: {dev.azure.com: '\(base)'}
        \(webhooks)
      """,
      to: "app-config.yaml"
    )
    return folder
  }

  private static func run(_ folder: TemporaryFolder, _ arguments: String...) async throws -> ProgramRun {
    try await ProgramRun(["webhooks"] + arguments, in: folder, environment: [:])
  }

  @Test("installs once, lists, renews and removes; secrets are sent and never shown")
  func life() async throws {
    let simulator = Simulator(world: Self.world)
    try await simulator.serving { base in
      let folder = try Self.folder(base)
      let dry = try await Self.run(folder, "install", "--url", Self.address, "--dry-run")
      #expect(dry.code == 0 && dry.output.hasSuffix("10 create\n"), "\(dry.output)\(dry.errors)")
      let none = try await Self.run(folder, "list")
      #expect(none.output == "no subscriptions\n")

      let first = try await Self.run(folder, "install", "--url", Self.address)
      #expect(first.code == 0 && first.output.hasSuffix("10 create\n"), "\(first.output)\(first.errors)")
      #expect(first.output.contains("create  git.push  contoso/Payments\n"))
      let second = try await Self.run(folder, "install", "--url", Self.address)
      #expect(second.code == 0 && second.output.hasSuffix("10 keep\n"))
      let renewed = try await Self.run(folder, "install", "--url", Self.address, "--renew", "--json")
      #expect(renewed.code == 0 && renewed.output.contains("\"action\" : \"replace\""), "\(renewed.output)")
      let list = try await Self.run(folder, "list")
      #expect(list.output.hasSuffix("10 enabled\n") && list.output.contains(Self.address))

      let removed = try await Self.run(folder, "remove", "--url", Self.address)
      #expect(
        removed.code == 0 && removed.output.hasSuffix("10 delete\n"),
        "\(removed.output)\(removed.errors)"
      )
      #expect(try await Self.run(folder, "list").output == "no subscriptions\n")
      for run in [dry, first, second, renewed, list, removed] {
        #expect(!(run.output + run.errors).contains(Self.secret))
      }
    }
  }

  @Test("says what is wrong with the arguments and the settings")
  func refused() async throws {
    let folder = try Self.folder("http://127.0.0.1:9", webhooks: "concurrency: 4")
    let noSecret = try await Self.run(folder, "install", "--url", Self.address)
    #expect(
      noSecret.code == 78 && noSecret.errors.contains("crawler.webhooks: wanted secret"),
      "\(noSecret.errors)"
    )
    for url in [
      "http://catalog.example/webhooks/azure-devops", "https://catalog.example/", "catalog.example",
      "https://user:pw@catalog.example/webhooks/azure-devops",
    ] {
      let run = try await Self.run(folder, "install", "--url", url)
      #expect(run.code == 64, "\(url)")
    }
  }
}
