import ArgumentParser
import AzureDevOps
import Catalog
import CatalogStore
import Crawl
import Foundation
import Settings

/// Registers files besides those that the rules of the settings find.
struct LocationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "location",
    abstract: "Register catalog files besides those that the settings find.",
    discussion: """
      A location is the address of a file in Azure DevOps, as copied from the browser; its path may be a pattern.
      What it names is read by every 'sync', and so is what the Locations in it lead to.

      Examples:
        catalog-crawler location check 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
        catalog-crawler location add 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/**/entity.yaml'
        catalog-crawler location list
        catalog-crawler location refresh 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
        catalog-crawler location remove 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
      """,
    subcommands: [Add.self, List.self, Refresh.self, Remove.self, Check.self]
  )

  /// The address of a location that is named on the command line.
  static func address(_ url: String, _ settings: CrawlerSettings) throws -> FileAddress {
    switch try FileContexts(settings).address(type: LocationType.url.rawValue, target: url) {
    case .success(let found): return found.address
    case .failure(let fault): throw ValidationError(fault.message)
    }
  }
}

extension LocationCommand {
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register a location and read it.",
      discussion: """
        With --dry-run nothing is registered and nothing is stored: the same as 'location check'.

        Examples:
          catalog-crawler location add 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
          catalog-crawler location add 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/**/entity.yaml' --dry-run
        """
    )

    @OptionGroup var options: CommonOptions

    @OptionGroup var waitOptions: WaitOptions

    @Flag(name: .long, help: "Only show what would be read.")
    var dryRun = false

    @Argument(help: "The address of a file, as copied from the browser; its path may be a pattern.")
    var url: String

    func run() async throws {
      if dryRun { return try await LocationCheck(options: options, url: url).run() }
      let (run, report, problem) = try await reportingFailures {
        let settings = try options.settings()
        let address = try LocationCommand.address(url, settings)
        let path = options.databasePath(settings)
        return try await reportingDatabase(at: path) {
          let waiting = waitOptions.waiting(quiet: options.quiet)
          let database = try await waiting.whenFree { try CatalogDatabase.open(at: path) }
          let holder = LeaseHolder()
          let leased = try await waiting.whenFree {
            try await database.takeLease(holder, at: Date())
          }
          do {
            let (id, isNew) = try await leased.register(.url, address, at: Date())
            if !isNew, !options.quiet { StandardError.print("\(address.text) was registered before") }
            let run = CrawlRun(options: options, request: .location(id, address))
            let report = try await run.crawl(settings, database, holder: holder)
            let status = try await database.locationStatus().first { $0.location.id == id }
            return (run, report, status?.problem)
          } catch {
            try? await leased.releaseLease()  // Found to be dead otherwise.
            throw error
          }
        }
      }
      if !options.quiet { run.print(report) }
      if let problem {
        StandardError.print(
          "error: \(problem)\nthe location stays registered; take it back with 'catalog-crawler location remove'"
        )
        throw ExitCode(ExitCodes.nothingDone)
      }
      if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a location would read, without storing anything.",
      discussion: """
        Asks Azure DevOps for the file and for everything that the Locations in it lead to, and prints the files,
        their entities and what is wrong with them. Exits with 1 when something is wrong.

        Examples:
          catalog-crawler location check 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
        """
    )

    @OptionGroup var options: CommonOptions

    @Argument(help: "The address of a file, as copied from the browser; its path may be a pattern.")
    var url: String

    func run() async throws { try await LocationCheck(options: options, url: url).run() }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a registered location back, and remove the entities that only it led to.",
      discussion: """
        Examples:
          catalog-crawler location remove 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
        """
    )

    @OptionGroup var options: CommonOptions

    @OptionGroup var waitOptions: WaitOptions

    @Argument(help: "The address of the location, in any spelling.")
    var url: String

    func run() async throws {
      let (address, removed) = try await reportingFailures {
        let settings = try options.settings()
        let address = try LocationCommand.address(url, settings)
        let path = options.databasePath(settings)
        return try await reportingDatabase(at: path) {
          let waiting = waitOptions.waiting(quiet: options.quiet)
          let database = try await waiting.whenFree { try CatalogDatabase.open(at: path) }
          let leased = try await waiting.whenFree {
            try await database.takeLease(LeaseHolder(), at: Date())
          }
          let removed = try await leased.unregister(.url, address.text, at: Date())
          try await leased.releaseLease()
          return (address, removed)
        }
      }
      guard let removed else {
        StandardError.print(
          "error: \(address.text) is not registered; 'catalog-crawler location list' shows what is"
        )
        throw ExitCode(ExitCodes.nothingDone)
      }
      guard !options.quiet else { return }
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: Removal(location: address.text, entitiesRemoved: removed)))
      case .text: print("removed \(address.text) and \(removed) entities that only it led to")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show all locations, those of the settings too, with what they lead to.",
      discussion: """
        Reads the database only. With --database no settings are needed.

        Examples:
          catalog-crawler location list
          catalog-crawler location list --json
        """
    )

    @OptionGroup var options: CommonOptions

    func run() async throws {
      let locations = try await reportingFailures {
        let settings = options.database == nil ? try options.settings() : nil
        let path = options.databasePath(settings)
        return try await reportingDatabase(at: path) {
          try await CatalogDatabase.openForReading(at: path).locationStatus()
        }
      }
      guard !options.quiet else { return }
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: locations.map(Row.init)))
      case .text: print(locations.isEmpty ? "no locations" : locations.map(line).joined(separator: "\n"))
      }
    }

    private func line(_ status: LocationStatus) -> String {
      let location = status.location
      let line =
        "\(location.type.rawValue):\(location.address.text) (\(location.source.rawValue)): "
        + "\(status.files) files, \(status.entities) entities"
      return status.problem.map { "\(line)\n  \($0)" } ?? line
    }

    private struct Row: Encodable {
      /// What Backstage calls the location's entity.
      var name: String?
      var type: String
      var target: String
      var source: String
      var since: String
      var files: Int
      var entities: Int
      var problem: String?

      init(_ status: LocationStatus) {
        let location = status.location
        // Nil cannot be: what is stored was read as a location.
        name = (try? LocationRef(type: location.type.rawValue, target: location.address.text))?.generatedName
        type = status.location.type.rawValue
        target = status.location.address.text
        source = status.location.source.rawValue
        since = status.location.since
        files = status.files
        entities = status.entities
        problem = status.problem
      }
    }
  }
}

/// What is printed as JSON of a location that was taken back.
private struct Removal: Encodable {
  var location: String
  var entitiesRemoved: Int
}

/// Examines a location, and prints what it leads to.
private struct LocationCheck {
  let options: CommonOptions
  let url: String

  func run() async throws {
    let examined = try await reportingFailures {
      let settings = try options.settings()
      let address = try LocationCommand.address(url, settings)
      return try await reportingDatabase(at: FileManager.default.temporaryDirectory.path()) {
        try await ExaminedLocation.examine(
          address,
          at: Date(),
          crawl: { try await CrawlRun(options: options, request: $1).crawl(settings, $0) },
          look: { _ in }
        ).examined
      }
    }
    if !options.quiet { print(examined.files, examined.problem) }
    let isWrong = examined.files.contains { file in file.problems.contains { $0.severity == "error" } }
    if examined.problem != nil || isWrong { throw ExitCode(ExitCodes.nothingDone) }
    if examined.report.exitCode != 0 { throw ExitCode(examined.report.exitCode) }
  }

  private func print(_ files: [FileContents], _ problem: String?) {
    switch options.outputFormat {
    case .json: Swift.print(JSONOutput.text(of: Output(files: files.map(File.init), problem: problem)))
    case .text: Swift.print(text(files, problem))
    }
  }

  private func text(_ files: [FileContents], _ problem: String?) -> String {
    var lines: [String] = []
    for file in files {
      lines.append(file.state == "present" ? file.url : "\(file.url) (\(file.state))")
      lines += file.entities.map { "  \($0.ref), line \($0.line)" }
      lines += file.problems.map { problem in
        let place = problem.line.map { " line \($0)" + (problem.column.map { ", column \($0)" } ?? "") + ":" }
        return "  \(problem.severity):\(place ?? "") \(problem.message) [\(problem.rule)]"
      }
    }
    if let problem { lines.append("error: \(problem)") }
    let entities = files.reduce(0) { $0 + $1.entities.count }
    lines.append("would be read: \(files.count) files with \(entities) entities; nothing was stored")
    return lines.joined(separator: "\n")
  }

  private struct Output: Encodable {
    var files: [File]
    var problem: String?
  }

  private struct File: Encodable {
    struct Entity: Encodable {
      var ref: String
      var line: Int
    }

    struct Problem: Encodable {
      var severity: String
      var rule: String
      var message: String
      var line: Int?
      var column: Int?
    }

    var url: String
    var state: String
    var entities: [Entity]
    var problems: [Problem]

    init(_ file: FileContents) {
      url = file.url
      state = file.state
      entities = file.entities.map { Entity(ref: $0.ref, line: $0.line) }
      problems = file.problems.map {
        Problem(severity: $0.severity, rule: $0.rule, message: $0.message, line: $0.line, column: $0.column)
      }
    }
  }
}
