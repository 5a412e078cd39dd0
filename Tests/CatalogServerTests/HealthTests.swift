import CatalogServer
import CatalogStore
import Crawl
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Settings
import TestSupport
import Testing

@Suite("Health")
struct HealthTests {
  @Test("/healthz answers while the process lives")
  func lives() async throws {
    try await TestServer.run { server in
      let answer = try await server.get("/healthz")
      #expect(answer.status == .ok)
      #expect(String(buffer: answer.body) == #"{"status":"ok"}"#)
    }
  }

  @Test("what is not there is answered in Backstage's words (C219)")
  func unknown() async throws {
    try await TestServer.run { server in
      let answer = try await server.get("/nowhere")
      #expect(answer.status == .notFound)
      let expected = """
        {"error":{"name":"NotFoundError","message":"Not Found"},\
        "request":{"method":"GET","url":"/nowhere"},"response":{"statusCode":404}}
        """
      #expect(String(buffer: answer.body) == expected)
    }
  }

  /// What `/readyz` answers.
  private static func ready(_ server: TestServer) async throws -> String {
    let answer = try await server.get("/readyz")
    return "\(answer.status.code) \(String(buffer: answer.body))"
  }

  private static let isReady = #"200 {"status":"ok"}"#

  private static func unready(_ reason: String) -> String {
    #"503 {"reasons":["\#(reason)"],"status":"unavailable"}"#
  }

  @Test("/readyz says so when the database's file is gone, and when it is there again")
  func gone() async throws {
    try await TestServer.run { server in
      let (path, other) = (server.database.path, server.database.path + ".moved")
      #expect(try await Self.ready(server) == Self.isReady)

      try FileManager.default.moveItem(atPath: path, toPath: other)
      #expect(try await Self.ready(server) == Self.unready("the database's file was moved or deleted"))
      // Another file of that name is another database.
      try Data().write(to: URL(filePath: path))
      #expect(try await Self.ready(server) == Self.unready("the database's file was moved or deleted"))

      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.moveItem(atPath: other, toPath: path)
      #expect(try await Self.ready(server) == Self.isReady)
      #expect(try await server.get("/healthz").status == .ok, "the process lives whatever the database does")
    }
  }

  @Test(
    "/readyz says so when another program has changed the schema",
    arguments: [
      (1, "a newer program has changed the database's schema"),
      (-1, "the database has the schema of an older program"),
    ]
  )
  func schema(change: Int, reason: String) async throws {
    try await TestServer.run { server in
      let other = try DatabaseQueue(path: server.database.path)
      let version = try await other.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 0

      try await other.write { try $0.execute(sql: "PRAGMA user_version = \(version + change)") }
      #expect(try await Self.ready(server) == Self.unready(reason))

      try await other.write { try $0.execute(sql: "PRAGMA user_version = \(version)") }
      #expect(try await Self.ready(server) == Self.isReady)
    }
  }

  @Test("somebody who writes, however long, keeps nobody from reading")
  func locked() async throws {
    try await TestServer.run { server in
      var configuration = GRDB.Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: server.database.path, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }

      #expect(try await Self.ready(server) == Self.isReady)
      #expect(try await server.get("/api/catalog/entities").status == .ok)

      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }
  }
}
