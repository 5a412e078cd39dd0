import Credentials
import Settings
import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// The client with answers that a test writes down.
struct AzureDevOpsClientTests {
  /// Plays answers in order and keeps what was asked.
  private final class Script: Sendable {
    let asked = Locked<[HTTPRequest]>([])
    private let answers: Locked<[HTTPResponse]>

    init(_ answers: [HTTPResponse]) { self.answers = Locked(answers) }

    var send: Send {
      { [self] request throws(TransportError) in
        asked.withLock { $0.append(request) }
        guard let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
          throw .failed(code: 7, reason: "the script is over")
        }
        if answer.status == 200, let stream = request.bodyStream {
          _ = stream.offer(answer.body, resume: {})
          stream.finish()
          return HTTPResponse(status: 200, headers: answer.headers)
        }
        request.bodyStream?.finish()
        return answer
      }
    }
  }

  private func client(_ script: Script) throws -> AzureDevOpsClient {
    let folder = try TemporaryFolder()
    try folder.write(
      "integrations: {azure: [{credentials: [{organizations: [o], personalAccessToken: ABC}]}]}\n",
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    return AzureDevOpsClient(
      address: OrganizationAddress(host: "dev.azure.com", name: "o", endpoint: "https://dev.azure.com"),
      authorizer: Authorizer(settings: settings, environment: [:], send: script.send),
      send: script.send
    )
  }

  private func json(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: HTTPHeaders([("Content-Type", "application/json; charset=utf-8")]),
      body: Array(text.utf8)
    )
  }

  /// `Hello World!` with a line end; the id is what git gives it.
  private let hello =
    #"{"objectId":"980a0d5f19a64b4b30a87d4206aade58726b60e3","gitObjectType":"blob","commitId":"c0ffee","#
    + #""path":"/a.yaml","content":"Hello World!\n"}"#

  @Test func `a file costs one request by id, with the credential and its branch`() async throws {
    let script = Script([json(hello)])

    let file = try await client(script).file(
      repositoryID: "guid",
      path: "/a b.yaml",
      version: .branch("feature/x")
    )

    #expect(file.content == Array("Hello World!\n".utf8))
    #expect(file.blobID == "980a0d5f19a64b4b30a87d4206aade58726b60e3")
    #expect(file.commitID == "c0ffee")
    let asked = script.asked.withLock { $0 }
    #expect(
      asked.map(\.url) == [
        "https://dev.azure.com/o/_apis/git/repositories/guid/items?path=%2Fa%20b.yaml&includeContent=true"
          + "&$format=json&api-version=7.0&versionDescriptor.version=feature%2Fx"
          + "&versionDescriptor.versionType=branch"
      ]
    )
    // facts/backstage-azure.md 2.5
    #expect(asked[0].headers.contains { $0 == ("Authorization", "Basic OkFCQw==") })
    #expect(asked[0].headers.contains { $0 == ("X-TFS-FedAuthRedirect", "Suppress") })
  }

  @Test func `content that is not what its id says is read again as a blob`() async throws {
    let changed = hello.replacing("Hello", with: "Hallo")
    let script = Script([json(changed), HTTPResponse(status: 200, body: Array("Hello World!\n".utf8))])

    let file = try await client(script).file(repositoryID: "guid", path: "/a.yaml", version: nil)

    #expect(file.content == Array("Hello World!\n".utf8))
    let asked = script.asked.withLock { $0 }
    #expect(
      asked[1].url == "https://dev.azure.com/o/_apis/git/repositories/guid/blobs/"
        + "980a0d5f19a64b4b30a87d4206aade58726b60e3?$format=octetStream&api-version=7.0"
    )
    #expect(asked[1].headers.contains { $0 == ("Accept", "application/octet-stream") })
  }

  @Test func `a blob that is not what its id says is a broken answer`() async throws {
    let changed = hello.replacing("Hello", with: "Hallo")
    let script = Script([json(changed), HTTPResponse(status: 200, body: Array("Hallo".utf8))])

    let error = await #expect(throws: FetchError.self) {
      try await client(script).file(repositoryID: "guid", path: "/a.yaml", version: nil)
    }

    #expect(error?.meaning == .broken)
  }

  @Test(arguments: [
    (#""gitObjectType":"tree""#, FetchError.Meaning.fileAbsent), (#""gitObjectType":"commit""#, .fileAbsent),
    // An answer that does not say what it is proves nothing.
    (#""gitObjectType":"other""#, .broken), (#""x":"y""#, .broken),
  ])
  func `only an answer that says so means that there is no file`(member: String, meaning: FetchError.Meaning)
    async throws
  {
    let script = Script([json(hello.replacing(#""gitObjectType":"blob""#, with: member))])

    let error = await #expect(throws: FetchError.self) {
      try await client(script).file(repositoryID: "guid", path: "/a.yaml", version: nil)
    }

    #expect(error?.meaning == meaning)
  }

  @Test func `a page instead of a file proves nothing`() async throws {
    let page = HTTPResponse(status: 404, headers: HTTPHeaders([("Content-Type", "text/html")]))

    let error = await #expect(throws: FetchError.self) {
      try await client(Script([page])).file(repositoryID: "guid", path: "/a.yaml", version: nil)
    }
    let ofList = await #expect(throws: FetchError.self) {
      try await client(Script([page])).listRepositories { _ in }
    }

    #expect(error?.meaning == .broken)
    #expect(ofList?.meaning == .organizationUnknown)
  }

  @Test func `a refused credential is named by its place and never by its value`() async throws {
    let script = Script([json(#"{"typeKey":"AccessCheckException","message":"x"}"#, status: 401)])

    let error = await #expect(throws: FetchError.self) {
      try await client(script).file(repositoryID: "guid", path: "/a.yaml", version: nil)
    }

    #expect(
      error?.description
        == "the personal access token has expired; sent was the personal access token, credential 1 of "
        + "dev.azure.com (HTTP 401)"
    )
    #expect(script.asked.withLock { $0.count } == 1, "a personal access token cannot be renewed")
  }

  @Test func `rows are read as the service lists them`() async throws {
    let list = #"""
      {"value":[
      {"id":"AAAA","name":"a","project":{"id":"P","name":"My Project"},"defaultBranch":"refs/heads/feature/x",
       "size":7,"isDisabled":true,"isInMaintenance":false,"isFork":true},
      {"id":"b","name":"b","project":{"id":"p","name":"My Project"}}],"count":2}
      """#
    var rows: [RepositoryRow] = []

    try await client(Script([json(list)])).listRepositories { rows += $0 }

    #expect(
      rows == [
        RepositoryRow(
          id: "aaaa",
          name: "a",
          projectID: "p",
          projectName: "My Project",
          defaultBranch: "feature/x",
          size: 7,
          isDisabled: true,
          isInMaintenance: false,
          isFork: true
        ),
        RepositoryRow(id: "b", name: "b", projectID: "p", projectName: "My Project", defaultBranch: nil),
      ]
    )
  }

  @Test(arguments: [#"{"value":[],"count":3}"#, #"{"count":3,"value":[]}"#, #"{"value":[]"#])
  func `F127: a list that says more than it has is no list, and is not asked for again and again`(
    list: String
  )
    async throws
  {
    let script = Script([json(list)])

    let error = await #expect(throws: FetchError.self) {
      try await client(script).listRepositories { _ in }
    }

    #expect(error?.meaning == .broken)
    #expect(script.asked.withLock { $0.count } == 1)
  }

  @Test(arguments: [
    ("dev.azure.com", "contoso", "https://dev.azure.com", "https://dev.azure.com/contoso"),
    (
      "contoso.visualstudio.com", "contoso", "https://contoso.visualstudio.com",
      "https://contoso.visualstudio.com"
    ),
    ("contoso.visualstudio.com", "contoso", "http://127.0.0.1:1", "http://127.0.0.1:1/contoso"),
    (
      "server:8080", "tfs/Default Collection", "https://server:8080",
      "https://server:8080/tfs/Default%20Collection"
    ),
  ])
  func `F132: an organization is behind its host or in it`(
    host: String,
    name: String,
    endpoint: String,
    base: String
  ) {
    #expect(OrganizationAddress(host: host, name: name, endpoint: endpoint).baseURL == base)
  }
}
