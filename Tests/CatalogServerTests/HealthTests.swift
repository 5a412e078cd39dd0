import CatalogServer
import CatalogStore
import Crawl
import Foundation
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
}
