import Credentials
import Transport

extension AzureDevOpsClient {
  /// Reads one file of a repository with its version tags, in one request.
  ///
  /// - Parameters:
  ///   - path: From the repository's root, beginning with a slash.
  ///   - version: Nil reads the default branch.
  /// - Throws: `.fileAbsent` also when the path is a folder.
  package func file(
    repositoryID: String,
    path: String,
    version: RepositoryURL.Version?
  ) async throws(FetchError) -> RepositoryFile {
    let answer = try await file(repositoryID: repositoryID, path: path, version: version, unless: nil)
    guard case .read(let file) = answer else {
      throw FetchError(.broken, detail: "Azure DevOps answered a condition that it was not asked")
    }
    return file
  }

  /// Reads one file of a repository, unless it still is the one that is known, in one request.
  ///
  /// Azure DevOps gives no `ETag` as a rule; where it does, an unchanged file need not be sent again
  /// (facts/azure-devops-api.md 3).
  ///
  /// - Parameters:
  ///   - path: From the repository's root, beginning with a slash.
  ///   - version: Nil reads the default branch.
  ///   - etag: The `ETag` that came with the file when it was read at the same repository, path and version;
  ///     nil when none did, or when the file is wanted in any case.
  /// - Throws: `.fileAbsent` also when the path is a folder.
  package func file(
    repositoryID: String,
    path: String,
    version: RepositoryURL.Version?,
    unless etag: String?
  ) async throws(FetchError) -> FileAnswer {
    try await renewing { authorization throws(FetchError) in
      try await file(authorization, repositoryID, path: path, version: version, unless: etag)
    }
  }

  private func file(
    _ authorization: Authorization,
    _ repositoryID: String,
    path: String,
    version: RepositoryURL.Version?,
    unless etag: String?
  ) async throws(FetchError) -> FileAnswer {
    var route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/items?path=\(URLText.encoded(path))"
    route += "&includeContent=true&$format=json&api-version=\(Self.apiVersion)"
    route += Self.query(for: version)
    var request = request(route, authorization)
    request.bodyLimit = itemLimit
    if let etag, Self.isTag(etag) { request.headers.append((name: Self.condition, value: etag)) }
    let reading = { (answer: HTTPResponse) throws(FetchError) -> RepositoryFile? in
      answer.status == 304 ? nil : try Self.file(in: answer, path: path)
    }
    do throws(FetchError) {
      guard var file = try await answer(to: request, reading: reading).get() else { return .unchanged }
      // JSON carries text: what is not UTF-8, or begins with a byte order mark, arrives changed
      // (facts/azure-devops-api.md 2.3). The blob id tells.
      if GitObjectID.blob(file.content) != file.blobID {
        file.content = try await blob(authorization, repositoryID, id: file.blobID)
      }
      return .read(file)
    } catch {
      throw error.withinOrganization
    }
  }

  /// Whether a text can be sent as an `ETag`: quotes and printable ASCII (RFC 9110, 8.8.3).
  private static func isTag(_ text: String) -> Bool {
    let bytes = text.hasPrefix("W/") ? text.utf8.dropFirst(2) : text.utf8[...]
    let quote = UInt8(ascii: "\"")
    guard bytes.count >= 2, bytes.count <= 512, bytes.first == quote, bytes.last == quote else {
      return false
    }
    return bytes.dropFirst().dropLast().allSatisfy { (0x21...0x7E).contains($0) && $0 != quote }
  }

  /// The file that an answer has.
  ///
  /// - Throws: `.fileAbsent` when it says that the path is something else, `.broken` when it does not say.
  private static func file(in answer: HTTPResponse, path: String) throws(FetchError) -> RepositoryFile {
    guard let item = JSONObject(answer.body[...]), let blobID = item.string("objectId") else {
      throw FetchError(.broken, status: answer.status, detail: "the answer is not an item in JSON")
    }
    switch item.string("gitObjectType") {
    case "blob":
      break
    case "tree", "commit":
      throw FetchError(.fileAbsent, status: answer.status, detail: "the path is a folder or a submodule")
    default:
      throw FetchError(.broken, status: answer.status, detail: "the answer does not say what the path is")
    }
    return RepositoryFile(
      path: item.string("path") ?? path,
      blobID: blobID.lowercased(),
      commitID: item.string("commitId")?.lowercased(),
      etag: answer.headers["ETag"],
      content: item.utf8("content") ?? []
    )
  }

  /// Reads a blob's bytes and verifies them against its id.
  func blob(
    _ authorization: Authorization,
    _ repositoryID: String,
    id: String
  ) async throws(FetchError) -> [UInt8] {
    let repository = URLText.encoded(repositoryID)
    let query = "$format=octetStream&api-version=\(Self.apiVersion)"
    let route = "_apis/git/repositories/\(repository)/blobs/\(URLText.encoded(id))?\(query)"
    var request = request(route, authorization, accepting: "application/octet-stream")
    request.bodyLimit = itemLimit
    let reading = { (answer: HTTPResponse) throws(FetchError) in
      guard GitObjectID.blob(answer.body) == id else {
        throw FetchError(
          .broken,
          status: answer.status,
          detail: "the content of blob \(id.prefix(40)) does not have that id",
          activityID: answer.activityID
        )
      }
      return answer.body
    }
    return try await answer(to: request, reading: reading).get()
  }
}

extension FetchError {
  /// The error for an organization that has answered before, so that it is there: a page without a code
  /// proves nothing.
  var withinOrganization: FetchError {
    guard meaning == .organizationUnknown else { return self }
    return FetchError(
      .broken,
      status: status,
      detail: "Azure DevOps answered 'not found' with a web page",
      activityID: activityID
    )
  }
}

/// What came of asking for a file with a condition.
package enum FileAnswer: Sendable, Equatable {
  case read(RepositoryFile)
  /// The file is the one whose `ETag` was sent (304).
  case unchanged
}

/// A file of a repository as it was read.
package struct RepositoryFile: Sendable, Equatable {
  /// As the service spells it, which may differ from what was asked in letter case.
  package var path: String
  /// Git's id of the content, 40 lower-case hexadecimal digits: equal ids mean equal contents.
  package var blobID: String
  /// The commit that the branch was at; nil when the service did not say.
  package var commitID: String?
  /// The answer's `ETag`; nil as a rule (facts/azure-devops-api.md 3).
  package var etag: String?
  /// The bytes as they are in the repository.
  package var content: [UInt8]

  package init(path: String, blobID: String, commitID: String?, etag: String?, content: [UInt8]) {
    self.path = path
    self.blobID = blobID
    self.commitID = commitID
    self.etag = etag
    self.content = content
  }
}
