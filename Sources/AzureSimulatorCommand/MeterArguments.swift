import ArgumentParser
import AzureSimulator

/// What the simulated service allows an identity, from the command line.
struct MeterArguments: ParsableArguments {
  @Option(help: "Allow each identity so many units in the window; without it everything is allowed.")
  var meter: Double?

  @Option(help: "How long a request counts, as 20s; the service's window is 300s.")
  var meterWindow = BehaviourOptions.Latency(duration: .seconds(300))

  @Option(
    help: ArgumentHelp(
      "Units for a request, of one route as repositories=10 or of every other route as 0.5; 1 when not given.",
      valueName: "price"
    )
  )
  var meterPrice: [Price] = []

  @Option(help: "From which share of the budget on, counted from its end, answers tell about it.")
  var meterNear = PlanOptions.Share(value: 0.2)

  @Option(help: "How late answers become beyond the budget, before requests are refused.")
  var meterDelay = BehaviourOptions.Latency(duration: .seconds(30))

  @Flag(help: "Send none of the headers that tell about the budget.")
  var meterSilent = false

  @Flag(help: "Give an identity one budget for all its organizations.")
  var meterShared = false

  func validate() throws {
    if let meter, meter <= 0 { throw ValidationError("--meter \(meter): expected more than 0") }
  }

  /// Nil: there is no meter.
  var options: MeterOptions? {
    guard let meter else { return nil }
    var options = MeterOptions(
      budget: meter,
      window: meterWindow.duration,
      nearShare: meterNear.value,
      longestDelay: meterDelay.duration,
      sendsHeaders: !meterSilent,
      spansOrganizations: meterShared
    )
    for price in meterPrice {
      if let route = price.route { options.prices[route] = price.units } else { options.price = price.units }
    }
    return options
  }

  /// `ROUTE=UNITS` or `UNITS`.
  struct Price: ExpressibleByArgument {
    let route: String?
    let units: Double

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard let units = parts.last.flatMap(Double.init), units >= 0, units.isFinite else { return nil }
      self.units = units
      route = parts.count == 2 ? parts[0] : nil
    }
  }
}
