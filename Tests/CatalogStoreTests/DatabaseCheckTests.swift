import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// Checks of a database that somebody writes meanwhile.
struct DatabaseCheckTests {
  @Test func `a check needs no lock, and looks at what is committed`() async throws {
    let world = try await StoredWorld(repositories: 1)
    try await world.store(StoredWorld.component("api", more: ", title: Pay"), in: 0)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let writer = try DatabaseQueue(path: world.database.path, configuration: configuration)
    try await writer.writeWithoutTransaction { db in
      try db.execute(sql: "BEGIN IMMEDIATE")
      try db.execute(sql: "UPDATE entity SET json = '{}', is_holder = 0")
    }

    let faults = try await world.database.check().flatMap(\.faults)

    #expect(faults == [])
    try await writer.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
  }

  @Test func `missing refs are compared with the relations, and put right with the database written anew`()
    async throws
  {
    let world = try await StoredWorld(repositories: 2)
    try await world.store(StoredWorld.component("api", owner: "b"), in: 0)
    try await world.store(StoredWorld.component("web", owner: "c"), in: 1)
    try await world.database.pool.write { db in
      try db.execute(
        sql: """
          DELETE FROM missing_ref WHERE ref = 'group:default/b';
          INSERT INTO missing_ref (ref) VALUES ('component:default/api'), ('group:default/nobody');
          """
      )
    }

    let reader = try CatalogDatabase.openForReading(at: world.database.path)

    #expect(
      try await reader.check().filter { !$0.faults.isEmpty } == [
        .init(
          name: "missing refs",
          faults: [
            "component:default/api counts as missing, but it is there",
            "group:default/nobody counts as missing, but no relation leads to it",
            "group:default/b is not there, but does not count as missing",
            "'database vacuum' writes down anew what is missing",
          ]
        )
      ]
    )
    try await world.database.vacuum()
    #expect(try await reader.check().flatMap(\.faults) == [])
    #expect(
      try await world.rows("SELECT ref FROM missing_ref ORDER BY ref") == [
        "group:default/b", "group:default/c",
      ]
    )
  }

  @Test func `a database that may not be written is checked too, its words among it`() async throws {
    let world = try await StoredWorld(repositories: 1)
    try await world.store(StoredWorld.component("api", more: ", title: Pay"), in: 0)
    try await world.database.pool.write { db in
      try db.execute(sql: "INSERT INTO entity_fts (rowid, name) VALUES (99, 'stray')")
    }
    let before = try await world.rows("SELECT * FROM entity_fts_data")

    let reader = try CatalogDatabase.openForReading(at: world.database.path)

    #expect(
      try await reader.check().filter { !$0.faults.isEmpty } == [
        .init(name: "word index", faults: ["the index does not agree with the texts of the entities"])
      ]
    )
    #expect(try await world.rows("SELECT * FROM entity_fts_data") == before)
  }
}
