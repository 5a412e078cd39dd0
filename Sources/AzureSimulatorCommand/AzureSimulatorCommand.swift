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
      the ids of the world are at /__simulator/world.
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

  @OptionGroup(title: "Behaviour")
  var behaviour: BehaviourOptions

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
    try await simulator.serving(port: port, host: host) { address in
      print("azure-simulator: serving on \(address)")
      fflush(nil)
      await stop.first()
    }
  }

  private func simulator() throws -> Simulator {
    let options = behaviour.options
    if let world { return try Simulator(folder: URL(filePath: world), options: options) }
    return Simulator(world: .generated(plan.plan), options: options)
  }
}
