import Credentials
import Settings
import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// What the service says of repositories that it lists no more, and of folders; its answers are written down.
struct DeletedRepositoriesTests {
  /// Answers every request by its path and keeps what was asked.
  private final class Service: Sendable {
    let asked = Locked<[String]>([])
    private let answers: [(String, HTTPResponse)]

    init(_ answers: [(String, HTTPResponse)]) { self.answers = answers }

    var send: Send {
      { [self] request throws(TransportError) in
        let path = request.url.replacing("https://dev.azure.com/o/", with: "")
        asked.withLock { $0.append(path) }
        guard let answer = answers.first(where: { path.hasPrefix($0.0) })?.1 else {
          throw .failed(code: 7, reason: "nothing is written down for \(path)")
        }
        guard answer.status == 200, let stream = request.bodyStream else {
          request.bodyStream?.finish()
          return answer
        }
        _ = stream.offer(answer.body, resume: {})
        stream.finish()
        return HTTPResponse(status: 200, headers: answer.headers)
      }
    }
  }

  private func client(_ service: Service) throws -> AzureDevOpsClient {
    let folder = try TemporaryFolder()
    try folder.write(
      "integrations: {azure: [{credentials: [{organizations: [o], personalAccessToken: ABC}]}]}\n",
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    return AzureDevOpsClient(
      address: OrganizationAddress(host: "dev.azure.com", name: "o", endpoint: "https://dev.azure.com"),
      authorizer: Authorizer(settings: settings, environment: [:], send: service.send),
      send: service.send
    )
  }

  private func json(_ text: String, status: Int = 200, _ headers: [(String, String)] = []) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: HTTPHeaders(
        [(name: "Content-Type", value: "application/json; charset=utf-8")]
          + headers.map { (name: $0.0, value: $0.1) }
      ),
      body: Array(text.utf8)
    )
  }

  // MARK: - Who reads

  @Test(arguments: [
    (
      "3B5f0c34-4aec-4bf4-8708-1d36f0dbc468:a@b.example", "identity 3b5f0c34-4aec-4bf4-8708-1d36f0dbc468"
    ),
    ("3b5f0c34-4aec-4bf4-8708-1d36f0dbc468", "identity 3b5f0c34-4aec-4bf4-8708-1d36f0dbc468"),
    ("a@b.example", "credential 1 of dev.azure.com"), ("", "credential 1 of dev.azure.com"),
  ])
  func `a list is read by the identity that the service names, else by the credential`(
    header: String,
    reader: String
  ) async throws {
    let list = json(#"{"value":[],"count":0}"#, [("X-VSS-UserData", header)])
    let service = Service([("_apis/git/repositories", list)])

    #expect(try await client(service).listRepositories { _ in } == reader)
  }

  // MARK: - What is deleted

  @Test func `of the deleted repositories those are told that were asked about`() async throws {
    let rows =
      #"{"count":3,"value":[{"id":"AAAA","name":"a","project":{"id":"p","name":"P"}},{"id":"bbbb"},{"name":"x"}]}"#
    let service = Service([
      ("p%201/_apis/git/deletedrepositories", json(rows)),
      ("p%201/_apis/git/recycleBin/repositories", json(#"{"value":[],"count":0}"#)),
    ])
    let client = try client(service)

    #expect(try await client.deletedRepositories(projectID: "p 1", among: ["aaaa", "cccc"]) == ["aaaa"])
    #expect(try await client.recycledRepositories(projectID: "p 1", among: ["aaaa"]) == [])
    #expect(
      service.asked.withLock { $0 } == [
        "p%201/_apis/git/deletedrepositories?api-version=7.0",
        "p%201/_apis/git/recycleBin/repositories?api-version=7.0",
      ]
    )
  }

  @Test(arguments: [
    (
      404, #"{"typeKey":"ProjectDoesNotExistException","message":"VS800075: x"}"#,
      FetchError.Meaning.projectUnavailable
    ),
    (403, "{}", .forbidden), (200, #"{"value":[{"id":"aaaa"}],"count":2}"#, .broken),
    (200, #"{"value":[{"id":"aaaa"}"#, .broken),
  ])
  func `an answer that is not whole shows nothing`(status: Int, body: String, meaning: FetchError.Meaning)
    async throws
  {
    let service = Service([("p/", json(body, status: status))])

    let error = await #expect(throws: FetchError.self) {
      try await client(service).deletedRepositories(projectID: "p", among: ["aaaa"])
    }

    #expect(error?.meaning == meaning)
  }

  @Test func `a project is deleted when it is listed so, and not when it is only listed`() async throws {
    let rows =
      #"{"count":3,"value":[{"id":"P1","state":"deleted"},{"id":"p2","state":"wellFormed"},{"id":"p3","state":"deleting"}]}"#
    let service = Service([("_apis/projects", json(rows))])

    let deleted = try await client(service).deletedProjects(among: ["p1", "p2", "p3", "p4"])

    #expect(deleted == ["p1", "p3"])
    #expect(
      service.asked.withLock { $0 } == [
        "_apis/projects?stateFilter=deleted&$top=1000&$skip=0&api-version=7.0"
      ]
    )
  }

  @Test func `deleted projects are read page by page`() async throws {
    let rows = (0..<1000).map { #"{"id":"p\#($0)","state":"deleted"}"# }.joined(separator: ",")
    let service = Service([
      ("_apis/projects?stateFilter=deleted&$top=1000&$skip=0&", json(#"{"count":1000,"value":[\#(rows)]}"#)),
      ("_apis/projects", json(#"{"count":1,"value":[{"id":"last","state":"deleted"}]}"#)),
    ])

    #expect(
      try await client(service).deletedProjects(among: ["p7", "last", "other"]) == ["p7", "last"]
    )
    #expect(service.asked.withLock { $0.count } == 2)
  }

  // MARK: - Folders

  @Test func `a folder's id costs one small request`() async throws {
    let service = Service([
      ("_apis", json(#"{"objectId":"ABCDEF","gitObjectType":"tree","commitId":"C1","path":"/a b"}"#))
    ])

    let id = try await client(service).folderVersion(
      repositoryID: "guid",
      folder: "/a b",
      version: .branch("feature/x")
    )

    #expect(id == FolderVersion(treeID: "abcdef", commitID: "c1"))
    #expect(
      service.asked.withLock { $0 } == [
        "_apis/git/repositories/guid/items?path=%2Fa%20b&$format=json&api-version=7.0"
          + "&versionDescriptor.version=feature%2Fx&versionDescriptor.versionType=branch"
      ]
    )
  }

  @Test(arguments: [
    (200, #"{"objectId":"ab","gitObjectType":"blob"}"#, FetchError.Meaning.fileAbsent),
    (200, #"{"objectId":"ab","gitObjectType":"commit"}"#, .fileAbsent),
    (200, #"{"objectId":"ab","gitObjectType":"tag"}"#, .broken), (200, "{}", .broken), (200, "[", .broken),
    (404, #"{"message":"TF401174: x"}"#, .fileAbsent), (404, #"{"message":"TF401175:x"}"#, .branchAbsent),
  ])
  func `only an answer that says so means that there is no folder`(
    status: Int,
    body: String,
    meaning: FetchError.Meaning
  ) async throws {
    let service = Service([("_apis", json(body, status: status))])

    let error = await #expect(throws: FetchError.self) {
      try await client(service).folderVersion(repositoryID: "guid", folder: "/a", version: nil)
    }

    #expect(error?.meaning == meaning)
  }

  @Test func `a listing has the folder's id and the files that are wanted`() async throws {
    let rows = #"""
      {"count":4,"value":[
      {"objectId":"T1","gitObjectType":"tree","commitId":"C9","path":"/Services","isFolder":true},
      {"objectId":"T2","gitObjectType":"tree","path":"/services/a","isFolder":true},
      {"objectId":"B1","gitObjectType":"blob","path":"/services/a/x.yaml"},
      {"objectId":"C1","gitObjectType":"commit","path":"/services/sub.yaml"}]}
      """#
    let service = Service([("_apis", json(rows))])

    let listing = try await client(service).files(
      repositoryID: "guid",
      below: "/services",
      version: nil
    ) { $0.hasSuffix(".yaml") }

    #expect(
      listing
        == FolderListing(
          treeID: "t1",
          commitID: "c9",
          itemCount: 3,
          files: [ItemRow(path: "/services/a/x.yaml", blobID: "b1")]
        )
    )
  }
}
