import Testing

@testable import AzureSimulator

/// The rows of facts/azure-devops-api.md 6.
@Suite struct ErrorTests {
  private let asking = Asking(Sample.world)
  private static let git = "/contoso/Shop/_apis/git/repositories"

  @Test(arguments: [
    ("web/items?path=/none.yaml", 404, "GitItemNotFoundException", "TF401174: "),
    ("web/items?scopePath=/none&recursionLevel=full", 404, "GitItemNotFoundException", "TF401174: "),
    (
      "web/items?path=/a0&version=x", 404, "GitUnresolvableToCommitException",
      "TF401175:The version descriptor <Branch: x > could not be resolved"
    ),
    ("web/items?path=/a0&version=refs/heads/main", 404, "GitUnresolvableToCommitException", "TF401175:The"),
    (
      "web/items?path=/a0&versionType=tag&version=t", 404, "GitUnresolvableToCommitException",
      "TF401175:The version descriptor <Tag: t > "
    ),
    (
      "web/items?path=/a0&versionType=commit&version=0000000000000000000000000000000000000000", 404,
      "GitUnresolvableToCommitException", "TF401175:The version descriptor <Commit: 0000"
    ),
    ("web/stats/branches?name=x", 400, "ArgumentException", "The branch 'x'"),
    ("empty/items?path=/a0", 404, "GitItemNotFoundException", "VS403403: "),
    ("empty/stats/branches?name=main", 400, "ArgumentException", "VS403403: "),
    ("none/items?path=/a0", 404, "GitRepositoryNotFoundException", "TF401019: "),
    ("off/items?path=/a0", 404, "GitRepositoryNotFoundException", "TF401019: "),
    ("off", 404, "GitRepositoryNotFoundException", "TF401019: "),
    ("hidden/items?path=/a0", 404, "GitRepositoryNotFoundException", "TF401019: "),
    ("old%20name/items?path=/a0", 404, "GitRepositoryNotFoundException", "TF401019: "),
    ("secret/items?path=/a0", 403, "GitNeedsPermissionException", "TF401027: You need the Git 'GenericRead'"),
    ("repair/items?path=/a0", 503, "VssServiceException", "The repository repair is in maintenance"),
    (
      "web/blobs/0000000000000000000000000000000000000000", 404, "GitObjectDoesNotExistException",
      "TF401035: "
    ),
    (
      "web/trees/0000000000000000000000000000000000000000", 404, "GitObjectDoesNotExistException",
      "TF401035: "
    ),
    (
      "web/annotatedtags/0000000000000000000000000000000000000000", 404, "GitObjectDoesNotExistException",
      "TF401035"
    ),
    ("web/items?path=/a0&versionType=nonsense", 400, "ArgumentException", "The value 'nonsense'"),
    ("web/items?recursionLevel=deep", 400, "ArgumentException", "The value 'deep'"),
    ("web/items?path=/a0&$format=xml", 400, "ArgumentException", "The value 'xml'"),
    ("web/refs?$top=many", 400, "ArgumentException", "The value 'many'"),
  ])
  func `an error of a repository`(path: String, status: Int, typeKey: String, message: String) {
    let answer = asking.get("\(Self.git)/\(path)")

    #expect(answer.status == status)
    #expect(answer.typeKey == typeKey)
    #expect(answer.message?.hasPrefix(message) == true, "\(answer.message ?? "no message")")
    #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
    #expect(answer.header("Vary") == nil)
  }

  @Test func `a missing item names path, repository, version and commit`() {
    let answer = asking.get("\(Self.git)/web/items?path=/none.yaml")

    #expect(
      answer.message
        == "TF401174: The item 'none.yaml' could not be found in the repository 'web' at the version specified by "
        + "'<Branch: main >' (resolved to commit '3e34fb1b8a20c271454b4fb6138bb4c3b79d2477')"
    )
  }

  @Test func `an error body has the keys of the service in their order`() {
    let answer = asking.get("\(Self.git)/none")

    #expect(
      answer.json?.keys
        == ["$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"]
    )
    #expect(answer.json?["eventId"]?.number == 3000)
    #expect(
      answer.json?["typeName"]?.string
        == "Microsoft.TeamFoundation.Git.Server.GitRepositoryNotFoundException, Microsoft.TeamFoundation.Git.Server"
    )
  }

  @Test func `an argument error has event 0 and comes from mscorlib`() {
    let answer = asking.get("\(Self.git)/empty/stats/branches?name=main")

    #expect(answer.json?["eventId"]?.number == 0)
    #expect(answer.json?["typeName"]?.string == "System.ArgumentException, mscorlib")
  }

  @Test(arguments: [
    ("/contoso/None/_apis/git/repositories", "ProjectDoesNotExistWithNameException", "TF200016: "),
    ("/contoso/_apis/projects/None", "ProjectDoesNotExistWithNameException", "TF200016: "),
    (
      "/contoso/00000000-0000-4000-8000-000000000001/_apis/git/repositories/web",
      "ProjectDoesNotExistException",
      "VS800075: "
    ),
  ])
  func `a missing project`(address: String, typeKey: String, message: String) {
    let answer = asking.get(address)

    #expect(answer.status == 404)
    #expect(answer.typeKey == typeKey)
    #expect(answer.message?.hasPrefix(message) == true)
  }

  @Test(arguments: [
    "/contoso/Shop/_apis/wit/workItems/0", "/contoso/Shop/_apis/git/nothing", "/contoso/Shop", "/contoso",
    "/contoso/Shop/_apis/git/repositories/web/nothing",
  ])
  func `an unknown route is a plain text 404`(address: String) {
    let answer = asking.get(address)
    let inside = address.dropFirst("/contoso".count)

    #expect(answer.status == 404)
    #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
    #expect(
      answer.text == "The controller for path '\(inside)' was not found or does not implement IController."
    )
    #expect(answer.header("X-TFS-ServiceError")?.hasPrefix("The%20controller%20for%20path%20%27") == true)
  }

  @Test func `an unknown organization is a page`() {
    let answer = asking.get("/nobody/_apis/git/repositories")

    #expect(answer.status == 404)
    #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
  }

  @Test func `a stopped organization answers 503 with a byte order mark`() {
    let world = World(organizations: [.init("idle", state: .stopped)])
    let answer = Asking(world).get("/idle/_apis/git/repositories", ["authorization": ""])

    #expect(answer.status == 503)
    #expect(answer.wholeBody.starts(with: [0xEF, 0xBB, 0xBF, UInt8(ascii: "{")]))
    #expect(answer.header("Content-Type") == "application/json")
    #expect(answer.header("X-TFS-ServiceError")?.hasPrefix("TF24668%3A%20The%20following") == true)
    #expect(answer.header("ActivityId") == nil)
  }

  /// facts/azure-devops-api.md 1.2.
  @Test(arguments: [
    ("GET", "/contoso/_apis/projects?api-version=9.0", "VssVersionOutOfRangeException"),
    ("GET", "/contoso/_apis/projects?api-version=7.3-preview", "VssVersionOutOfRangeException"),
    ("GET", "/contoso/_apis/projects?api-version=7.2", "VssInvalidPreviewVersionException"),
    ("GET", "/contoso/_apis/ConnectionData?api-version=7.1", "VssInvalidPreviewVersionException"),
    ("GET", "/contoso/_apis/ResourceAreas?api-version=5.0", "VssInvalidPreviewVersionException"),
    ("GET", "/contoso/_apis/projects?api-version=new", "ArgumentException"),
    ("POST", "\(git)/web/blobs", "VssVersionNotSpecifiedException"),
    ("POST", "\(git)/web/itemsbatch", "VssVersionNotSpecifiedException"),
  ])
  func `a wrong version is a 400`(method: String, address: String, typeKey: String) {
    let answer = asking.send(method, address)

    #expect(answer.status == 400)
    #expect(answer.typeKey == typeKey)
  }

  @Test func `the message of a version that is too new names the newest`() {
    let answer = asking.get("/contoso/_apis/projects?api-version=9.0")

    #expect(answer.message?.contains("9.0") == true)
    #expect(answer.message?.contains("7.2") == true)
  }

  @Test(arguments: [
    ("api-version=6.0", "", "6.0"),
    ("", "application/json;api-version=5.1", "5.1"),
    ("", "application/json; api-version=7.2-preview.3", "7.2-preview.3"),
    ("api-version=7.0", "application/json;api-version=5.1", "7.0"),
    ("", "application/json", "7.1"),
    ("API-Version=7.1-preview", "", "7.1-preview.1"),
  ])
  func `the version that was used is echoed`(query: String, accept: String, version: String) {
    let answer = asking.get("/contoso/_apis/projects?\(query)", ["accept": accept])

    #expect(answer.header("Content-Type") == "application/json; charset=utf-8; api-version=\(version)")
  }
}
