import ArgumentParser
import AzureSimulator

/// The size of a generated world, from the command line.
struct PlanOptions: ParsableArguments {
  @Option(help: "Repositories of each organization.")
  var repositories: Int?

  @Option(help: "Projects of each organization.")
  var projects = 1

  @Option(help: "Organizations, named org1, org2, ...")
  var organizations = 1

  @Option(help: "The share of repositories without a catalog file, as 10% or 0.1.")
  var missing = Share(value: 0)

  @Option(help: "Documents in each catalog file.")
  var documents = 2

  @Option(help: "Another seed gives another world of the same size.")
  var seed: UInt64 = 1

  func validate() throws {
    for (name, value) in [("projects", projects), ("organizations", organizations), ("documents", documents)]
    where value < 1 {
      throw ValidationError("--\(name) \(value): expected 1 or more")
    }
    if let repositories, repositories < 0 {
      throw ValidationError("--repositories \(repositories): expected 0 or more")
    }
  }

  var plan: World.Plan {
    World.Plan(
      repositories: repositories ?? 0,
      projects: projects,
      organizations: organizations,
      missing: missing.value,
      documents: documents,
      seed: seed
    )
  }

  /// A number from 0 to 1, also written in percent.
  struct Share: ExpressibleByArgument, CustomStringConvertible {
    let value: Double

    init(value: Double) {
      self.value = value
    }

    init?(argument: String) {
      let isPercent = argument.hasSuffix("%")
      guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
      let value = isPercent ? number / 100 : number
      guard (0...1).contains(value) else { return nil }
      self.value = value
    }

    var description: String { "\(value)" }
  }
}
