import ArgumentParser
import AzureSimulator
import Logging

/// How the simulator behaves, from the command line.
struct BehaviourOptions: ParsableArguments {
  @Option(help: "How long every answer takes at least, as 20ms or 1.5s.")
  var latency = Latency(duration: .zero)

  @Option(help: "How a request without a valid token is answered; by default as the service does.")
  var authentication: AuthenticationMode?

  @Option(help: "List the repositories in an order that depends on this number.")
  var shuffle: UInt64?

  @Option(
    help: "Give single items an ETag and answer If-None-Match ('honoured'), or send the file nevertheless."
  )
  var etags = ETagMode.none

  @Flag(help: "Send gzip to those who accept it, where the service does.")
  var gzip = false

  @Flag(inversion: .prefixedNo, help: "Whether the Code Search extension is installed.")
  var codeSearch = true

  @Option(help: "How long after a change Code Search finds it, as 20ms or 90s.")
  var searchLag = Latency(duration: .zero)

  @Flag(help: "Name this host in ResourceAreas, as the hosted service does.")
  var resourceAreas = false

  @Option(
    help: ArgumentHelp(
      """
      What goes wrong, as route=ROUTE,organization=NAME,repository=NAME,identity=ID,numbers=1+2,answer=ANSWER; all but the \
      answer may be left out. Answers: \(FaultArgument.answers).
      """,
      valueName: "rule"
    )
  )
  var fault: [FaultArgument] = []

  @Option(help: "What to log on standard error: 'requests'.")
  var log: Log?

  enum Log: String, CaseIterable, ExpressibleByArgument {
    case requests
  }

  var options: SimulatorOptions {
    SimulatorOptions(
      latency: latency.duration,
      authentication: authentication,
      etags: etags,
      codeSearch: codeSearch ? .installed : .notInstalled,
      searchLag: searchLag.duration,
      compresses: gzip,
      listsResourceAreas: resourceAreas,
      shuffleSeed: shuffle,
      faults: fault.map(\.rule),
      logger: log.map { _ in Logger(label: "azure-simulator") { StreamLogHandler.standardError(label: $0) } }
    )
  }

  /// A time with its unit.
  struct Latency: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(duration: Duration) {
      self.duration = duration
    }

    init?(argument: String) {
      let unit = argument.hasSuffix("ms") ? "ms" : "s"
      guard argument.hasSuffix(unit), let number = Double(argument.dropLast(unit.count)), number >= 0,
        number.isFinite
      else { return nil }
      duration = .microseconds(Int64(number * (unit == "ms" ? 1000 : 1_000_000)))
    }

    var description: String { "\(duration)" }
  }
}

extension AuthenticationMode: ExpressibleByArgument {}
extension ETagMode: ExpressibleByArgument {}
