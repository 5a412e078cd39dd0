import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import CatalogServer

@Suite("Clients of all kinds")
struct ClientTests {
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
