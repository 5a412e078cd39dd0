import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import CatalogServer

@Suite("Clients of all kinds")
struct ClientTests {
  @Test("a client that waits to be told so sends its body then (RFC 9110, 10.1.1)", .timeLimit(.minutes(1)))
  func expectation() async throws {
    try await Served.run(TestService.guarded) { port, _ in
      let head =
        "POST /api/catalog/entities/by-refs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: 17\r\nExpect: 100-continue\r\n"
      let socket = try ClientSocket(port: port)
      try socket.send("\(head)Authorization: Bearer \(TestService.reader)\r\n\r\n{\"entityRefs\":[]}")
      let answer = await socket.receiveAll()
      #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(answer)")
      #expect(answer.hasSuffix(#"{"items":[]}"#))
      let refused = try ClientSocket(port: port)
      try refused.send("\(head)\r\n")
      #expect(await refused.receiveAll().hasPrefix("HTTP/1.1 401 "))
    }
  }

  @Test("a change of what nothing answers to is in the log with its status")
  func audit() async throws {
    try await TestService.run(TestService.guarded) { service in
      _ = try await service.send(.delete, "/nowhere", token: TestService.admin)
      #expect(
        service.log.all.contains("notice audit from=unknown outcome=404 what=DELETE /nowhere who=admin")
      )
    }
  }
}
