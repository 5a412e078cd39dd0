import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import CatalogServer

@Suite("What browsers do by themselves")
struct BrowserTests {
  /// Fetch, 3.1 (`Origin` header): with no-referrer the origin of a form is `null`, which no rule takes for ours.
  @Test("the page to sign in lets its form say where it comes from")
  func signInForm() async throws {
    try await TestService.run(TestService.guarded) { service in
      for answer in [
        try await service.send(.get, "/login"),
        try await service.send(.post, "/login", body: "token=wrong-token-000001"),
      ] {
        #expect(answer.headers[.referrerPolicy] == "same-origin")
      }
    }
  }
}
