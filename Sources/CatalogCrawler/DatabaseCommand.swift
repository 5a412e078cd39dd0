import ArgumentParser
import CatalogStore
import Foundation

/// What concerns the database file as such.
struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database",
    abstract: "Look after the database file: bring it up to date, check it, copy it, make it small.",
    discussion: """
      With --database no settings are needed.

      Examples:
        catalog-crawler database check
        catalog-crawler database backup /var/backups/catalog.sqlite
        catalog-crawler database vacuum --database /var/lib/catalog/catalog.sqlite
      """,
    subcommands: [Migrate.self, Check.self, Backup.self, Vacuum.self]
  )

  /// Brings the schema up to date.
  struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring the database of an older version up to date.",
      discussion: """
        Copies the database first, to NAME.before-VERSION.backup beside it; the copy of the migration before is \
        removed then. 'sync', 'refresh' and 'location' do the same by themselves. It is refused while another process \
        writes, unless it is to wait.

        Examples:
          catalog-crawler database migrate
        """
    )

    @OptionGroup var options: CommonOptions

    @OptionGroup var waitOptions: WaitOptions

    func run() async throws {
      try await options.withDatabase { path in
        guard FileManager.default.fileExists(atPath: path) else {
          throw StoreError.cannotOpen(
            path: path,
            reason: "there is no such file; 'catalog-crawler sync' makes it"
          )
        }
        let database = try await waitOptions.waiting(quiet: options.quiet).whenFree {
          try CatalogDatabase.open(at: path)
        }
        let version = CatalogDatabase.schemaVersion
        let copy = database.migrationBackup
        options.report(Report(schema: version, backup: copy)) {
          copy.map { "\(path): is at schema \(version) now; as it was before: \($0)" }
            ?? "\(path): is at schema \(version) already"
        }
      }
    }

    private struct Report: Encodable {
      var schema: Int
      var backup: String?
    }
  }

  /// Looks whether the database is in order.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that the file is whole and that what is in it agrees with itself.",
      discussion: """
        Exit code: 0 it is in order; 1 it is not. Only reads, also while a crawl writes.

        Examples:
          catalog-crawler database check
          catalog-crawler database check --database /var/lib/catalog/catalog.sqlite --json
        """
    )

    @OptionGroup var options: CommonOptions

    func run() async throws {
      let isSound = try await options.withDatabase { path in
        let findings = try await CatalogDatabase.openForReading(at: path).check()
        let isSound = findings.allSatisfy(\.faults.isEmpty)
        options.report(
          Report(sound: isSound, checks: findings.map { .init(name: $0.name, faults: $0.faults) })
        ) {
          findings.flatMap { finding in
            ["\(finding.name): \(finding.faults.isEmpty ? "in order" : "NOT in order")"]
              + finding.faults.map { "  \($0)" }
          }.joined(separator: "\n")
        }
        return isSound
      }
      if !isSound { throw ExitCode(ExitCodes.nothingDone) }
    }

    private struct Report: Encodable {
      struct Check: Encodable {
        var name: String
        var faults: [String]
      }

      var sound: Bool
      var checks: [Check]
    }
  }

  /// Copies the database while it is in use.
  struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a copy of the database to a file, also while a crawl writes.",
      discussion: """
        The copy is checked, and readable for those who can read the database. No file is written over.

        Examples:
          catalog-crawler database backup /var/backups/catalog.sqlite
        """
    )

    @OptionGroup var options: CommonOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
      try await options.withDatabase { path in
        let database = try CatalogDatabase.openForMaintenance(at: path)
        try database.backUp(to: file)
        let size = try await database.size()
        options.report(Report(file: file, bytes: size)) { "\(file): a copy of \(path), checked" }
      }
    }

    private struct Report: Encodable {
      var file: String
      /// Of the database; the copy has no free pages and may be smaller.
      var bytes: Int64
    }
  }

  /// Writes the database anew.
  struct Vacuum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the database anew, without what was deleted.",
      discussion: """
        Needs as much room again while it runs. It is refused while a crawl is under way, and crawls are refused \
        meanwhile; readers go on. Missing refs that 'check' finds not to be in order are put right.

        Examples:
          catalog-crawler database vacuum
        """
    )

    @OptionGroup var options: CommonOptions

    func run() async throws {
      try await options.withDatabase { path in
        let database = try CatalogDatabase.openForMaintenance(at: path)
        let before = try await database.size()
        // A crawl would not wait for as long as this takes.
        let leased = try await database.takeLease(LeaseHolder(), at: Date())
        do {
          try await leased.vacuum()
        } catch {
          try? await leased.releaseLease()  // What failed is told; a lease that is left ends by itself.
          throw error
        }
        try await leased.releaseLease()
        let after = try await database.size()
        options.report(Report(bytesBefore: before, bytes: after)) {
          "\(path): \(after) bytes, \(before) before"
        }
      }
    }

    private struct Report: Encodable {
      var bytesBefore: Int64
      var bytes: Int64
    }
  }
}

extension CommonOptions {
  /// Runs a command on the database file, which `--database` or the settings name.
  fileprivate func withDatabase<Value>(_ body: (_ path: String) async throws -> Value) async throws -> Value {
    try await reportingFailures {
      let path = databasePath(database == nil ? try settings() : nil)
      return try await reportingDatabase(at: path) { try await body(path) }
    }
  }

  /// Prints a report, as text or as JSON.
  fileprivate func report(_ value: some Encodable, text: () -> String) {
    guard !quiet else { return }
    switch outputFormat {
    case .json: print(JSONOutput.text(of: value))
    case .text: print(text())
    }
  }
}
