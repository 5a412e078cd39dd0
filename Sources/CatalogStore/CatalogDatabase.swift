import Foundation
import GRDB
import GRDBSQLite
import Migrations

/// The catalog's database file: one writer, many readers.
///
/// WAL mode, so that reporting tools read while a crawl writes. Everything that a crawl learns of one file
/// is written in one transaction with the version tag that stands for it, so that at any instant the file
/// can be left as it is and the next crawl goes on from there.
package struct CatalogDatabase: Sendable {
  /// Written into the file's header: says that a SQLite file is one of ours ("CtlC").
  package static let applicationID = 0x4374_6C43

  /// How long a writer waits for another one, in seconds.
  static let busyTimeout = 5

  package let path: String
  package let pool: CatalogPool
  /// The copy of the database that was made because opening it has changed its schema; nil when it has not.
  package let migrationBackup: String?

  /// Opens the database for a crawl, makes it when it is not there, and brings its schema up to date.
  ///
  /// Before the schema of a database with something in it changes, a copy is made beside it
  /// (`NAME.before-VERSION.backup`) and checked; each change is a transaction of its own. Nobody else may write
  /// meanwhile: a program of an older version would go on with what it knows of the tables.
  ///
  /// Waits while another process does the same in the same folder.
  ///
  /// - Throws: `StoreError` when the file is no catalog, was written by a newer program, cannot be opened, or
  ///   cannot be copied; `CrawlLeaseError.busy` when the schema is to be changed and another process has the lease,
  ///   `ServiceRunningError` when it is and a service runs.
  package static func open(at path: String) throws -> CatalogDatabase {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: folder) else {
      throw StoreError.cannotOpen(path: path, reason: "the folder does not exist")
    }
    return try FolderLock.holding(folder) { try openAlone(at: path) }
  }

  private static func openAlone(at path: String) throws -> CatalogDatabase {
    if FileManager.default.fileExists(atPath: path) { try checkKind(ofFileAt: path) }
    let connections = try connect(to: path, readOnly: false)
    let backup = try migrate(connections, path: path)
    return CatalogDatabase(path: path, pool: CatalogPool(connections: connections), migrationBackup: backup)
  }

  /// Opens an existing database for questions only.
  ///
  /// - Throws: `StoreError` when there is no such file, it is no catalog, or its schema is not this
  ///   program's: a reader never changes a schema.
  package static func openForReading(at path: String) throws -> CatalogDatabase {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError.cannotOpen(
        path: path,
        reason: "there is no such file; 'catalog-crawler sync' makes it"
      )
    }
    return try openAsItIs(at: path, readOnly: true)
  }

  /// Opens an existing database to look after it: checks, copies.
  ///
  /// - Throws: `StoreError` as `openForReading`.
  package static func openForMaintenance(at path: String) throws -> CatalogDatabase {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError.cannotOpen(path: path, reason: "there is no such file")
    }
    try checkKind(ofFileAt: path)
    return try openAsItIs(at: path, readOnly: false)
  }

  private static func openAsItIs(at path: String, readOnly: Bool) throws -> CatalogDatabase {
    let connections = try connect(to: path, readOnly: readOnly)
    try connections.read { db in
      try checkKind(of: db, path: path)
      let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      guard version == Schema.steps.count else {
        throw StoreError.olderSchema(path: path, version: version, expected: Schema.steps.count)
      }
    }
    return CatalogDatabase(path: path, pool: CatalogPool(connections: connections), migrationBackup: nil)
  }

  /// Writes, or reads what was just written, even when the task is cancelled, which GRDB by itself refuses: a
  /// crawl that is asked to stop still says how it ended.
  ///
  /// The task of its own is waited for.
  func regardless<Value: Sendable>(
    _ updates: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await Task { [pool] in try await pool.write(updates) }.value
  }

  private static func connect(to path: String, readOnly: Bool) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(TimeInterval(busyTimeout))
    configuration.prepareDatabase { db in
      // In WAL mode NORMAL cannot corrupt the file; a power cut may undo the last transactions, and the
      // next crawl repeats them.
      guard !readOnly else { return }
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
      // Pages that many transactions change are written to the database once for all of them (measured: a first
      // crawl takes a tenth less than with SQLite's 1000), and are not read again in between.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      try db.execute(sql: "PRAGMA cache_size = -4000")
      // Keeps the WAL's files when the last connection closes: without them only someone who may write
      // the folder can read the database.
      var isPersistent: Int32 = 1
      sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &isPersistent)
    }
    do {
      return try DatabasePool(path: path, configuration: configuration)
    } catch let error as DatabaseError {
      throw StoreError.cannotOpen(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  /// Looks at a file without touching it: opening it for writing would already change another program's
  /// database.
  private static func checkKind(ofFileAt path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    do {
      try DatabaseQueue(path: path, configuration: configuration).read { try checkKind(of: $0, path: path) }
    } catch let error as DatabaseError {
      throw StoreError.cannotOpen(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  private static func checkKind(of db: Database, path: String) throws {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
    guard application == applicationID || tables == 0 else { throw StoreError.notACatalog(path: path) }
    guard version <= Schema.steps.count else {
      throw StoreError.newerSchema(path: path, version: version, expected: Schema.steps.count)
    }
  }
}

/// Why a database cannot be used.
package enum StoreError: Error, Equatable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  case notACatalog(path: String)
  case newerSchema(path: String, version: Int, expected: Int)
  case olderSchema(path: String, version: Int, expected: Int)
  /// A copy of the database could not be made, or was not whole; there is none.
  case backupFailed(path: String, reason: String)
  /// Another process has held the database for longer than a writer waits.
  case busy(path: String)
  /// SQLite could not read or write: a full disk, a damaged file.
  case failed(path: String, reason: String)

  /// What an error of the database means to an operator; nil for an error that is not one of it.
  package init?(_ error: any Error, path: String) {
    guard let error = error as? DatabaseError else { return nil }
    if error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
      self = .busy(path: path)
    } else {
      self = .failed(
        path: path,
        reason: "\(error.message ?? "") (SQLite error \(error.extendedResultCode.rawValue))"
      )
    }
  }

  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "\(path): the database cannot be opened: \(reason)"
    case .notACatalog(let path):
      "\(path): this is a SQLite file of another program, not a catalog; give another path with --database"
    case .newerSchema(let path, let version, let expected):
      "\(path): the database has schema \(version), written by a newer catalog-crawler; this one knows \(expected)"
    case .olderSchema(let path, let version, let expected):
      "\(path): the database has schema \(version) and this program reads \(expected); "
        + "run 'catalog-crawler database migrate' to bring it up to date"
    case .backupFailed(let path, let reason):
      "\(path): the backup cannot be made: \(reason); the database is as it was"
    case .busy(let path):
      "\(path): another process is writing the database; try again when it is done"
    case .failed(let path, let reason):
      "\(path): the database failed: \(reason); what was stored before is as it was"
    }
  }
}
