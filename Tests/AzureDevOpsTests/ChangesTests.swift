import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// What differs between commits, files with a condition, and many blobs: answers that a test writes down.
///
/// `ReadingPlansTests` asks the simulator the same.
struct ChangesTests {
  private static let old = String(repeating: "0", count: 40)
  private static let new = "66df312dad61e84dd896d1e8d14ee3dce53b62f0"
  private static let blob = "980a0d5f19a64b4b30a87d4206aade58726b60e3"
  private static let hello = Array("Hello World!\n".utf8)

  private static func change(_ path: String, _ kind: String, _ more: String = "") -> String {
    #"{"item":{"objectId":"\#(blob)","gitObjectType":"blob","path":"\#(path)"},"changeType":"\#(kind)"\#(more)}"#
  }

  private static func page(_ changes: [String], isLast: Bool = true) -> HTTPResponse {
    .json(
      #"{"allChangesIncluded":\#(isLast),"changes":[\#(changes.joined(separator: ","))],"#
        + #""targetCommit":"\#(new)"}"#
    )
  }

  private func changes(
    _ script: AnswerScript,
    to version: RepositoryURL.Version? = nil
  ) async throws -> CommitChanges? {
    try await script.client().changes(repositoryID: "guid", since: Self.old, to: version) {
      $0.hasSuffix(".yaml")
    }
  }

  // MARK: - Changes

  @Test func `changes cost one request, and only those of wanted files are told`() async throws {
    let folder =
      #"{"item":{"objectId":"\#(Self.new)","gitObjectType":"tree","path":"/a.yaml"},"changeType":"edit"}"#
    let script = AnswerScript([
      Self.page([Self.change("/new.yaml", "add"), Self.change("/x.txt", "add"), folder])
    ])

    let changes = try await changes(script, to: .branch("feature/x"))

    #expect(
      changes == CommitChanges(commitID: Self.new, files: [FileChange(path: "/new.yaml", blobID: Self.blob)])
    )
    #expect(
      script.asked.map(\.url) == [
        "https://dev.azure.com/o/_apis/git/repositories/guid/diffs/commits?baseVersion=\(Self.old)"
          + "&baseVersionType=commit&targetVersion=feature%2Fx&targetVersionType=branch"
          + "&diffCommonCommit=false&$top=1000&$skip=0&api-version=7.0"
      ]
    )
  }

  @Test(arguments: [
    ("edit", "", ["/a.yaml": blob]), ("Edit, Encoding", "", ["/a.yaml": blob]),
    ("delete", "", ["/a.yaml": nil]),
    ("delete, sourceRename", "", ["/a.yaml": nil]),
    ("rename", #","sourceServerItem":"/b.yaml""#, ["/a.yaml": blob, "/b.yaml": nil]),
    ("edit, rename", #","sourceServerItem":"/b.txt""#, ["/a.yaml": blob]),
  ])
  func `each kind of change is told as what it leaves`(
    kind: String,
    more: String,
    files: [String: String?]
  ) async throws {
    let changes = try await changes(AnswerScript([Self.page([Self.change("/a.yaml", kind, more)])]))

    #expect(changes.map { Dictionary(uniqueKeysWithValues: $0.files.map { ($0.path, $0.blobID) }) } == files)
  }

  @Test func `a file that takes the place of a deleted one is there`() async throws {
    let renamed = Self.change("/b.yaml", "rename", #","sourceServerItem":"/a.yaml""#)

    for rows in [[Self.change("/a.yaml", "add"), renamed], [renamed, Self.change("/a.yaml", "add")]] {
      let changes = try await changes(AnswerScript([Self.page(rows)]))
      #expect(changes?.files.first { $0.path == "/a.yaml" }?.blobID == Self.blob)
    }
  }

  @Test func `further pages are of the commit of the first`() async throws {
    let script = AnswerScript([
      Self.page([Self.change("/a.yaml", "add")], isLast: false), Self.page([Self.change("/b.yaml", "add")]),
    ])

    #expect(try await changes(script)?.files.count == 2)
    #expect(script.asked[1].url.contains("&targetVersion=\(Self.new)&targetVersionType=commit&"))
    #expect(script.asked[1].url.contains("&$skip=1&"))
  }

  /// Facts/azure-devops-api.md 2.11: the old commit may be lost.
  @Test(arguments: [
    HTTPResponse.json(#"{"message":"TF401175:The version"}"#, status: 404),
    .json(#"{"message":"TF401035: The object"}"#, status: 404), page([], isLast: false),
  ])
  func `without the commit or without progress the files are to be listed`(answer: HTTPResponse) async throws
  {
    #expect(try await changes(AnswerScript([answer])) == nil)
  }

  @Test(arguments: [
    (#"{"message":"TF401019: x"}"#, 404, FetchError.Meaning.repositoryUnavailable), ("{}", 200, .broken),
    (#"{"changes":[{}],"targetCommit":"66df312dad61e84dd896d1e8d14ee3dce53b62f0"}"#, 200, .broken),
  ])
  func `whatever else is answered is no set of changes`(
    body: String,
    status: Int,
    meaning: FetchError.Meaning
  ) async throws {
    let error = await #expect(throws: FetchError.self) {
      try await changes(AnswerScript([.json(body, status: status)]))
    }

    #expect(error?.meaning == meaning)
  }

  @Test(.enabled(if: SharedFolder.isPresent, "no folder shared beside the checkout"))
  func `the recorded changes are read`() throws {
    let page = try #require(ChangePage(json: recordedBody("37-diffs-commits.json")))

    #expect(page.isLast)
    #expect(page.commitID == Self.new)
    #expect(
      page.changes == [FileChange(path: "/testfile", blobID: "a493dad221fb22ff4c35ff89f112a61f8c39e924")]
    )
  }

  // MARK: - Files with a condition

  private static let item =
    #"{"objectId":"\#(blob)","gitObjectType":"blob","path":"/a.yaml","content":"Hello World!\n"}"#

  @Test func `a file that is unchanged need not be sent`() async throws {
    let script = AnswerScript([HTTPResponse(status: 304)])

    let answer = try await script.client().file(
      repositoryID: "guid",
      path: "/a.yaml",
      version: nil,
      unless: "\"x\""
    )

    #expect(answer == .unchanged)
    #expect(script.asked[0].headers.contains { $0 == ("If-None-Match", "\"x\"") })
  }

  @Test(arguments: ["W/\"x\"", "\"\""])
  func `each form of tag is sent`(tag: String) async throws {
    let script = AnswerScript([.json(Self.item)])

    let answer = try await script.client().file(repositoryID: "g", path: "/a.yaml", version: nil, unless: tag)

    guard case .read(let file) = answer else { return #expect(Bool(false), "\(answer)") }
    #expect(file.content == Self.hello)
    #expect(script.asked[0].headers.contains { $0 == ("If-None-Match", tag) })
  }

  @Test(arguments: [nil, "", "x", "*", "\"a\r\nb\"", "\"a b\"", "\"é\"", "\"a\"b\"", "W/x"])
  func `without a tag that can be sent, or with another text, the file is read`(tag: String?) async throws {
    let script = AnswerScript([.json(Self.item)])

    _ = try await script.client().file(repositoryID: "g", path: "/a.yaml", version: nil, unless: tag)

    #expect(!script.asked[0].headers.contains { $0.name == "If-None-Match" })
  }

  @Test func `304 without a condition is no answer`() async throws {
    await #expect(throws: FetchError.self) {
      try await AnswerScript([HTTPResponse(status: 304)]).client()
        .file(repositoryID: "g", path: "/a.yaml", version: nil)
    }
  }

  // MARK: - Many blobs

  private func blobs(_ script: AnswerScript, _ ids: [String]) async throws -> [String: [UInt8]?] {
    let found = Locked<[String: [UInt8]?]>([:])
    try await script.client().blobs(repositoryID: "guid", ids: ids) { id, content in
      found.withLock { $0[id] = .some(try? content.get()) }
    }
    return found.withLock { $0 }
  }

  private static let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
  private static let bytes = HTTPResponse(status: 200, body: hello)
  private static let missing = HTTPResponse.json(#"{"message":"TF401035: x"}"#, status: 404)

  /// A zip file with `hello` stored under the name `a`.
  private static let zip: HTTPResponse = {
    let base64 =
      "UEsDBBQAAAAAAAAAIQDd3RR9DQAAAA0AAAABAAAAYUhlbGxvIFdvcmxkIQpQSwECFAMUAAAAAAAAACEA3d0UfQ0AAAANAAAAAQAA"
      + "AAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAsAAAAAAA="
    return HTTPResponse(status: 200, body: Array(Data(base64Encoded: base64) ?? Data()))
  }()

  @Test func `many blobs are one request, and one that is lacking is asked for by itself`() async throws {
    let script = AnswerScript([Self.zip, HTTPResponse(status: 200)])

    let found = try await blobs(script, [Self.blob, Self.empty, Self.blob])

    #expect(found == [Self.blob: Self.hello, Self.empty: []])
    let asked = script.asked
    #expect(asked.map(\.method) == [.post, .get])
    #expect(asked[0].url == "https://dev.azure.com/o/_apis/git/repositories/guid/blobs?api-version=7.0")
    #expect(asked[0].body == Array(#"["\#(Self.blob)","\#(Self.empty)"]"#.utf8))
    #expect(asked[0].headers.contains { $0 == ("Accept", "application/zip") })
    #expect(asked[0].headers.contains { $0 == ("Content-Type", "application/json") })
  }

  @Test func `one blob is read as it is`() async throws {
    let script = AnswerScript([Self.bytes])

    #expect(try await blobs(script, [Self.blob]) == [Self.blob: Self.hello])
    #expect(script.asked.map(\.method) == [.get])
  }

  @Test(arguments: [
    HTTPResponse.json("{}"), .json(#"{"message":"x","typeKey":"ArgumentException"}"#, status: 400), missing,
  ])
  func `an answer that is no zip file is made good one by one`(answer: HTTPResponse) async throws {
    let script = AnswerScript([answer, Self.bytes, Self.missing])

    #expect(try await blobs(script, [Self.blob, Self.empty]) == [Self.blob: Self.hello, Self.empty: nil])
    #expect(script.asked.count == 3)
  }

  @Test func `what concerns the whole repository ends it`() async throws {
    let script = AnswerScript([.json(#"{"message":"TF401019: x"}"#, status: 404)])

    let error = await #expect(throws: FetchError.self) { try await blobs(script, [Self.blob, Self.empty]) }

    #expect(error?.meaning == .repositoryUnavailable)
    #expect(script.asked.count == 1)
  }

  @Test func `what is no id is not asked for`() async throws {
    let script = AnswerScript([])

    #expect(
      try await blobs(script, ["x\"", Self.blob.uppercased()]) == ["x\"": nil, Self.blob.uppercased(): nil]
    )
    #expect(script.asked.isEmpty)
  }

  @Test func `an answer that is too large is asked for in halves`() async throws {
    let script = AnswerScript([.json("tooLarge"), Self.bytes, HTTPResponse(status: 200)])

    #expect(try await blobs(script, [Self.blob, Self.empty]) == [Self.blob: Self.hello, Self.empty: []])
    #expect(script.asked.map(\.method) == [.post, .get, .get])
  }
}
