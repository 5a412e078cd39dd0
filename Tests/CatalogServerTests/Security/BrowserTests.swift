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

  @Test("another page signs nobody in or out")
  func foreignSignIn() async throws {
    try await TestService.run(TestService.guarded) { service in
      for path in ["/login", "/logout"] {
        let answer = try await service.send(
          .post,
          path,
          headers: [.origin: "https://evil.example"],
          body: "token=\(TestService.reader)"
        )
        #expect(answer.status == .forbidden)
        #expect(answer.headers[.setCookie] == nil)
      }
    }
  }

  @Test(
    "a page of another site asks for nothing behind the back of whoever looks at it",
    arguments: [
      ("cross-site", "no-cors", 403), ("cross-site", "cors", 403), ("cross-site", nil, 403),
      // A link that somebody follows, an address that is typed, our own pages.
      ("cross-site", "navigate", 200), ("none", "navigate", 200), ("same-origin", "cors", 200),
    ] as [(String, String?, Int)]
  )
  func questions(site: String, mode: String?, status: Int) async throws {
    try await TestService.run(routes: AccessControlTests.routes) { service in
      var headers: HTTPFields = [.secFetchSite: site]
      headers[.secFetchMode] = mode
      let answer = try await service.send(.get, "/api/catalog/entities", headers: headers)
      #expect(answer.status.code == status)
      let probe = try await service.send(.get, "/healthz", headers: headers)
      #expect(probe.status == .ok)
    }
  }

  @Test("whoever shows a token may ask from wherever")
  func token() async throws {
    try await TestService.run(TestService.guarded, routes: AccessControlTests.routes) { service in
      let answer = try await service.send(
        .get,
        "/api/catalog/entities",
        token: TestService.reader,
        headers: [.secFetchSite: "cross-site"]
      )
      #expect(answer.status == .ok)
    }
  }
}
