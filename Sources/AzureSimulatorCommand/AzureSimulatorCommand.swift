import ArgumentParser
import AzureSimulator
import Foundation
import Logging

/// `azure-simulator`: serves a world from a folder or a generated one until it is told to stop.
@main
struct AzureSimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azure-simulator",
    abstract: "A local Azure DevOps that answers like the service and counts what it is asked.",
    discussion: """
      Serves either a folder (--world DIR, with DIR/{organization}/{project}/{repository}/... and an \
      optional DIR/world.json) or a generated world (--repositories N ...). The token is \
      'simulator-token' unless world.json says otherwise. What was asked is at /__simulator/requests, \
      the ids of the world are at /__simulator/world. Sign-in (/{tenant}/oauth2/v2.0/token) and the \
      managed identity endpoints answer too; clients of the first need --tls.
      """
  )

  @Option(help: "The port to listen on; 0: any free one.")
  var port = 8400

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Flag(help: "Listen on an address that other machines can reach.")
  var allowRemote = false

  @Option(help: "Serve this folder, and look for changes in it.")
  var world: String?

  @OptionGroup(title: "A generated world")
  var plan: PlanOptions

  @OptionGroup(title: "Sign-in and managed identities")
  var identity: IdentityOptions

  @OptionGroup(title: "Behaviour")
  var behaviour: BehaviourOptions

  @OptionGroup(title: "The service's limits")
  var meter: MeterArguments

  func validate() throws {
    guard (world == nil) != (plan.repositories == nil) else {
      throw ValidationError(
        "expected either --world or --repositories, got \(world == nil ? "neither" : "both")"
      )
    }
    guard allowRemote || ["localhost", "::1"].contains(host) || host.hasPrefix("127.") else {
      throw ValidationError("--host \(host) is not loopback; --allow-remote permits it")
    }
    guard (0...65535).contains(port) else { throw ValidationError("--port \(port): expected 0 to 65535") }
  }

  func run() async throws {
    let simulator = try simulator()
    let stop = StopSignals()
    guard let certificates = try identity.certificates() else {
      return try await simulator.serving(port: port, host: host) { address in
        announce(address)
        await stop.first()
      }
    }
    try await simulator.serving(
      with: certificates,
      port: port,
      securePort: identity.tlsPort,
      host: host
    ) { address, secureAddress in
      announce(address)
      announce(secureAddress)
      await stop.first()
    }
  }

  private func announce(_ address: String) {
    print("azure-simulator: serving on \(address)")
    fflush(nil)
  }

  private func simulator() throws -> Simulator {
    var options = behaviour.options
    options.meter = meter.options
    options.arcKeyFolder = identity.arcKeys.map { URL(filePath: $0) }
    if let world { return try Simulator(folder: URL(filePath: world), options: options) }
    return Simulator(world: .generated(plan.plan), options: options)
  }
}
