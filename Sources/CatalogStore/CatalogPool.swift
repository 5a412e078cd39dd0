package import GRDB

/// The connections to a catalog: one that writes, many that read; and on whose behalf they write.
///
/// With a lease, every write looks first whether it still holds, in the same transaction: a process that was held
/// up for so long that another one has taken over changes nothing any more.
package struct CatalogPool: Sendable {
  let connections: DatabasePool
  /// What writes are bound to; nil for writes that no crawl makes.
  var lease: CrawlLease?

  /// Writes in one transaction.
  ///
  /// - Throws: `CrawlLeaseError` when the lease is lost, `CancellationError`, and what the database throws.
  package func write<Value: Sendable>(
    _ updates: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await connections.write { [lease] db in
      try lease?.check(db)
      return try updates(db)
    }
  }

  /// Writes what is no part of the database: temporary tables.
  package func writeWithoutTransaction<Value: Sendable>(
    _ updates: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await connections.writeWithoutTransaction(updates)
  }

  package func read<Value: Sendable>(
    _ value: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await connections.read(value)
  }

  /// Writes in one transaction, and waits for it.
  package func write<Value>(_ updates: (Database) throws -> Value) throws -> Value {
    try connections.write { db in
      try lease?.check(db)
      return try updates(db)
    }
  }

  package func read<Value>(_ value: (Database) throws -> Value) throws -> Value {
    try connections.read(value)
  }

  package func close() throws { try connections.close() }
}
