import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// Code Search with answers that a test writes down (facts/azure-devops-api.md 2.13).
struct CodeSearchTests {
  private static let address = OrganizationAddress(
    host: "almsearch.dev.azure.com",
    name: "o",
    endpoint: "https://almsearch.dev.azure.com"
  )

  private static func hit(_ number: Int, branch: String = "main", type: String = "git") -> String {
    #"{"fileName":"c.yaml","path":"/c.yaml","project":{"name":"P","id":"P1"},"#
      + #""repository":{"name":"r\#(number)","id":"R\#(number)","type":"\#(type)"},"#
      + #""versions":[{"branchName":"\#(branch)","changeId":"C0"}],"contentId":"B\#(number)"}"#
  }

  private static func page(_ hits: [String], total: Int, infoCode: Int = 0) -> HTTPResponse {
    .json(
      #"{"count":\#(total),"results":[\#(hits.joined(separator: ","))],"infoCode":\#(infoCode),"facets":{}}"#
    )
  }

  private func search(
    _ script: AnswerScript,
    _ query: CodeSearchQuery = .path("/c.yaml")
  ) async throws -> (outcome: CodeSearchOutcome, hits: [CodeSearchHit]) {
    let hits = Locked<[CodeSearchHit]>([])
    let outcome = try await script.client().codeSearch(query, at: Self.address) { page in
      hits.withLock { $0 += page }
    }
    return (outcome, hits.withLock { $0 })
  }

  @Test func `a hit says where the file is and what it was`() async throws {
    let script = AnswerScript([Self.page([Self.hit(1, branch: "refs/heads/main")], total: 1)])

    let (outcome, hits) = try await search(script)

    #expect(outcome == .answered(total: 1, isWhole: true))
    #expect(
      hits == [
        CodeSearchHit(
          projectID: "p1",
          repositoryID: "r1",
          path: "/c.yaml",
          branch: "main",
          blobID: "b1",
          commitID: "c0"
        )
      ]
    )
  }

  /// Facts/backstage-azure.md 5.2.
  @Test func `a query is posted with an order, and with the credential of the organization`() async throws {
    let script = AnswerScript([Self.page([], total: 0)])

    _ = try await search(script, .path("/c.yaml", project: "Engineering Platform", branch: "topic/x"))

    let request = try #require(script.asked.first)
    #expect(request.method == .post)
    #expect(
      request.url
        == "https://almsearch.dev.azure.com/o/Engineering%20Platform/_apis/search/codesearchresults?api-version=7.0"
    )
    #expect(
      String(decoding: request.body ?? [], as: UTF8.self)
        == #"{"searchText":"path:/c.yaml","$skip":0,"$top":1000,"filters":{"Branch":["topic/x"]},"#
        + #""$orderBy":[{"field":"path","sortOrder":"ASC"}]}"#
    )
    #expect(request.headers.contains { $0 == ("Authorization", "Basic OkFCQw==") })
    #expect(request.headers.contains { $0 == ("Content-Type", "application/json") })
  }

  @Test(arguments: [
    (CodeSearchQuery.path("/a b/c.yaml"), #"path:\"/a b/c.yaml\""#),
    (.name("catalog-info.yaml"), "file:catalog-info.yaml"), (.name("a\"b\\\u{1}"), #"file:ab\\\u0001"#),
  ])
  func `a query's text is written so that it arrives`(query: CodeSearchQuery, text: String) {
    let body = String(decoding: query.body(skip: 0, top: 1), as: UTF8.self)

    #expect(body.hasPrefix(#"{"searchText":"\#(text)","$skip""#))
  }

  @Test(arguments: [
    ("dev.azure.com", "https://almsearch.dev.azure.com/o"),
    ("fabrikam.visualstudio.com", "https://almsearch.dev.azure.com/o"),
    ("azure.example.com:8443", "https://azure.example.com:8443/o"),
  ])
  func `the cloud is searched on a host of its own`(host: String, base: String) {
    let address = OrganizationAddress(host: host, name: "o", endpoint: "https://\(host)")

    #expect(address.forSearch { "https://\($0)" }.baseURL == base)
  }

  @Test func `pages are asked for up to the window, and no hit is given twice`() async throws {
    let script = AnswerScript([
      Self.page((0..<1000).map { Self.hit($0) }, total: 2500),
      Self.page((999..<1999).map { Self.hit($0) }, total: 2500),
    ])

    let (outcome, hits) = try await search(script)

    #expect(outcome == .answered(total: 2500, isWhole: false))
    #expect(hits.count == 1999)
    #expect(Set(hits).count == 1999)
    #expect(script.asked.count == 2)
    #expect(String(decoding: script.asked[1].body ?? [], as: UTF8.self).contains(#""$skip":1000,"#))
  }

  @Test func `a page without hits ends a search that promised more`() async throws {
    let script = AnswerScript([Self.page([Self.hit(1)], total: 5), Self.page([], total: 5)])

    let (outcome, hits) = try await search(script)

    #expect(outcome == .answered(total: 5, isWhole: false))
    #expect(hits.count == 1)
    #expect(script.asked.count == 2)
  }

  @Test(arguments: [
    (
      HTTPResponse(status: 404, headers: HTTPHeaders([("Content-Type", "text/html")])),
      CodeSearchObstacle.notInstalled
    ),
    (.json(#"{"message":"x"}"#, status: 404), .notInstalled), (.json("{}", status: 403), .forbidden),
    (.json(#"{"message":"x","typeKey":"ArgumentException"}"#, status: 400), .refused),
    (page([], total: 0, infoCode: 2), .notIndexed(infoCode: 2)),
  ])
  func `what is in the way is said, and is no error`(answer: HTTPResponse, obstacle: CodeSearchObstacle)
    async throws
  {
    #expect(try await search(AnswerScript([answer])).outcome == .unavailable(obstacle))
  }

  @Test func `hits of an index that is not ready are hits`() async throws {
    let (outcome, hits) = try await search(AnswerScript([Self.page([Self.hit(1)], total: 1, infoCode: 1)]))

    #expect(outcome == .answered(total: 1, isWhole: true))
    #expect(hits.count == 1)
  }

  @Test(arguments: [
    (HTTPResponse.json("{}", status: 429), FetchError.Meaning.throttled),
    (.json("{}", status: 503), .serviceTrouble),
    (.json(#"{"message":"TF200016: x"}"#, status: 404), .projectUnavailable), (.json("[]"), .broken),
    (.json("{}", status: 401), .signIn),
  ])
  func `what says nothing of Code Search is an error`(answer: HTTPResponse, meaning: FetchError.Meaning)
    async throws
  {
    let error = await #expect(throws: FetchError.self) { try await search(AnswerScript([answer])) }

    #expect(error?.meaning == meaning)
  }

  @Test func `what is not in git, or does not say what it is, is left out`() throws {
    let rows = [Self.hit(1, type: "custom"), Self.hit(2), #"{"path":"/x"}"#]

    let page = try #require(CodeSearchPage(json: Self.page(rows, total: 3).body))

    #expect(page.rowCount == 3)
    #expect(page.hits.map(\.repositoryID) == ["r2"])
  }

  @Test(.enabled(if: SharedFolder.isPresent, "no folder shared beside the checkout"))
  func `the recorded hits are read`() throws {
    let page = try #require(CodeSearchPage(json: recordedBody("39-codesearchresults.json")))

    #expect(page.total == 1)
    #expect(page.infoCode == 0)
    #expect(
      page.hits == [
        CodeSearchHit(
          projectID: "00000000-0000-0000-0000-000000000000",
          repositoryID: "c1548045-29f6-4354-8114-55ef058be1a3",
          path: "/CodeSearchController.cs",
          branch: "master",
          blobID: "004898f1ad91c9c2a0f492f2d1174468bc3c84ef",
          commitID: "47e1cc8877baea4b7bb33af803d6cc697914f88b"
        )
      ]
    )
  }

  @Test func `fewer hits than none are no answer`() async throws {
    let error = await #expect(throws: FetchError.self) {
      try await search(AnswerScript([Self.page([], total: -1)]))
    }

    #expect(error?.meaning == .broken)
  }
}
