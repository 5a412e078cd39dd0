import AzureSimulator
import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// The commands that look after the database file, and the file for those who only read it.
@Suite(.timeLimit(.minutes(2)))
struct DatabaseCommandTests {
  private func crawled(_ folder: TemporaryFolder) async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web"), "c": nil]))
    try await simulator.serving { base in
      _ = try await Crawling(base, folder: folder).crawl()
    }
  }

  private func run(_ arguments: String..., in folder: TemporaryFolder) async throws -> ProgramRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await ProgramRun(arguments, in: folder, environment: ["PATH": path])
  }

  @Test func `check says that a crawled database is in order, and what is not in one that is not`()
    async throws
  {
    let folder = try TemporaryFolder()
    try await crawled(folder)

    let sound = try await run("database", "check", in: folder)
    #expect(sound.code == 0, "\(sound.errors)")
    #expect(
      sound.output == """
        pages and indexes: in order
        foreign keys: in order
        one holder for each ref: in order
        missing refs: in order
        search rows: in order
        word index: in order
        history: in order

        """
    )

    let other = try DatabaseQueue(path: folder.path("catalog.sqlite"))
    try await other.write { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: "DELETE FROM search_value WHERE value = 'api'")
    }
    try other.close()
    let damaged = try await run("database", "check", "--json", in: folder)
    #expect(damaged.code == 1)
    #expect(damaged.output.contains(#""sound" : false"#))
    #expect(damaged.output.contains("the rows of component:default/api are not those of its document"))
  }

  @Test func `a backup is a whole catalog, and writes over nothing`() async throws {
    let folder = try TemporaryFolder()
    try await crawled(folder)

    let ended = try await run("database", "backup", "copy.sqlite", in: folder)
    #expect(ended.code == 0, "\(ended.errors)")
    let copy = try await run("database", "check", "--database", "copy.sqlite", in: folder)
    #expect(copy.code == 0, "\(copy.errors)")
    let again = try await run("database", "backup", "copy.sqlite", in: folder)
    #expect(again.code == 1)
    #expect(
      again.errors.contains("copy.sqlite: the backup cannot be made: there is a file of that name already")
    )
  }

  @Test func `vacuum and migrate leave a database in order`() async throws {
    let folder = try TemporaryFolder()
    try await crawled(folder)

    #expect(try await run("database", "vacuum", in: folder).code == 0)
    let migrated = try await run("database", "migrate", in: folder)
    #expect(migrated.code == 0)
    #expect(migrated.output.contains("is at schema \(CatalogDatabase.schemaVersion) already"))
    #expect(try await run("database", "check", in: folder).code == 0)
  }

  /// A process that crawls: this one.
  private func lease(_ folder: TemporaryFolder) async throws -> BegunCrawl {
    try await CatalogDatabase.open(at: folder.path("catalog.sqlite")).begin(
      CrawlStart(command: .sync, scope: nil, request: "x", program: "test", resumeFor: 0),
      as: LeaseHolder(),
      at: Date()
    )
  }

  @Test func `vacuum is refused while a crawl is under way, and says who crawls`() async throws {
    let folder = try TemporaryFolder()
    try await crawled(folder)
    let begun = try await lease(folder)

    let refused = try await run("database", "vacuum", in: folder)

    #expect(refused.code == 75)
    #expect(
      refused.errors.hasPrefix("error: crawl \(begun.id) is under way in process \(getpid()) on "),
      "\(refused.errors)"
    )
    try await begun.database.endCrawl(begun.id, outcome: .complete, at: Date())
    #expect(try await run("database", "vacuum", in: folder).code == 0)
  }

  @Test func `check does not disturb a crawl that is writing`() async throws {
    let folder = try TemporaryFolder()
    try await crawled(folder)
    let begun = try await lease(folder)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let writer = try DatabaseQueue(path: folder.path("catalog.sqlite"), configuration: configuration)
    try await writer.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }

    let checked = try await run("database", "check", in: folder)

    #expect(checked.code == 0, "\(checked.errors)\(checked.output)")
    try await writer.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    #expect(try await begun.database.renewLease(at: Date()))
  }

  @Test(arguments: [[], ["--wait-for", "1s"]])
  func `migrate is refused while another process crawls`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    try await crawled(folder)
    let begun = try await lease(folder)
    let version = CatalogDatabase.schemaVersion - 1
    let database = try DatabaseQueue(path: folder.path("catalog.sqlite"))
    try await database.write { db in
      try db.execute(
        sql: "DELETE FROM grdb_migrations WHERE rowid = (SELECT max(rowid) FROM grdb_migrations)"
      )
      try db.execute(sql: "PRAGMA user_version = \(version)")
    }
    try database.close()

    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for command in [
      ["database", "migrate"], ["location", "remove", "https://dev.azure.com/contoso/P/_git/a?path=/x"],
    ] {
      let refused = try await ProgramRun(command + options, in: folder, environment: ["PATH": path])

      #expect(refused.code == 75, "\(refused.errors)")
      let told = "crawl \(begun.id) is under way in process \(getpid()) on "
      #expect(refused.errors.contains("error: " + told), "\(refused.errors)")
      #expect(refused.errors.contains("waiting: " + told) == !options.isEmpty, "\(refused.errors)")
    }
    let left = try await DatabaseQueue(path: folder.path("catalog.sqlite")).read {
      try Int.fetchOne($0, sql: "PRAGMA user_version")
    }
    #expect(left == version)
  }

  @Test func `a missing database is not made, and one of another version is told of`() async throws {
    let folder = try TemporaryFolder()
    for command in ["migrate", "check", "vacuum"] {
      let ended = try await run("database", command, "--database", "none.sqlite", in: folder)
      #expect(ended.code == 1)
      #expect(ended.errors.contains("none.sqlite"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("none.sqlite")))
    try await crawled(folder)
    for (version, hint) in [
      (1, "run 'catalog-crawler database migrate'"), (999, "written by a newer catalog-crawler"),
    ] {
      let database = try DatabaseQueue(path: folder.path("catalog.sqlite"))
      try await database.write { try $0.execute(sql: "PRAGMA user_version = \(version)") }
      try database.close()
      for command in [["status"], ["database", "check"]] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let ended = try await ProgramRun(command, in: folder, environment: ["PATH": path])
        #expect(ended.code == 1)
        #expect(ended.errors.contains(hint), "\(ended.errors)")
      }
    }
  }

  /// The user `nobody` can be taken only by the superuser, which a build machine's tests often run as.
  private static let canChangeUser =
    getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

  @Test(.enabled(if: canChangeUser))
  func `another user who may read the files reads them, while they are open and between crawls`() async throws
  {
    let folder = try TemporaryFolder()
    try await crawled(folder)
    let path = folder.path("catalog.sqlite")
    for name in ["", "-wal", "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: path + name)[.posixPermissions] as? Int
      #expect((mode ?? 0) & 0o444 == 0o444, "\(name) is not readable")
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("."))
    // The user cannot write the folder, and the program is where everybody may run it.
    let program = folder.path("program")
    try FileManager.default.copyItem(at: ProgramRun.program, to: URL(filePath: program))
    func read() async throws -> (Int32, String) {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/setpriv")
      process.arguments = [
        "--reuid=65534", "--regid=65534", "--clear-groups", program, "status", "--database", path,
      ]
      process.currentDirectoryURL = URL(filePath: "/")
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, text)
    }

    let between = try await read()
    #expect(between.0 == 0 && between.1.contains("2 entities"), "\(between.1)")
    let open = try CatalogDatabase.open(at: path)
    try await open.pool.write { try $0.execute(sql: "UPDATE repository SET size = size + 1") }
    let during = try await read()
    #expect(during.0 == 0 && during.1.contains("2 entities"), "\(during.1)")
  }
}
