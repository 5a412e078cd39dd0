import Transport

/// A file of a repository as a listing has it.
package struct ItemRow: Sendable, Equatable {
  /// With a slash before it.
  package var path: String
  /// Git's id of the content.
  package var blobID: String
}

extension AzureDevOpsClient {
  /// The repository of that name, as the list would have it, in one request.
  ///
  /// - Throws: `.repositoryUnavailable` or `.projectUnavailable` when there is none that the credential may
  ///   see.
  package func repository(project: String, name: String) async throws(FetchError) -> RepositoryRow {
    try await renewing { authorization throws(FetchError) in
      let route = "\(URLText.encoded(project))/_apis/git/repositories/\(URLText.encoded(name))"
      let request = request("\(route)?api-version=\(Self.apiVersion)", authorization)
      let answer = try await answer(to: request).get()
      guard let row = RepositoryRow(json: answer.body) else {
        throw FetchError(.broken, status: answer.status, detail: "the answer is not a repository in JSON")
      }
      return row
    }
  }

  /// The files below a folder of a repository, at any depth, in one request.
  ///
  /// The rows are read while they arrive, and only those are kept that are wanted: a repository may have a
  /// hundred thousand files (facts/azure-devops-api.md 2.4).
  ///
  /// - Parameters:
  ///   - folder: With a slash before it; `/` for the whole repository.
  ///   - version: Nil for the default branch.
  ///   - isWanted: Whether a file of that path is to be kept.
  /// - Throws: `.fileAbsent` when there is no such folder.
  package func files(
    repositoryID: String,
    below folder: String,
    version: RepositoryURL.Version?,
    where isWanted: @Sendable (String) -> Bool
  ) async throws(FetchError) -> [ItemRow] {
    try await renewing { authorization throws(FetchError) in
      var route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/items"
      route += "?scopePath=\(URLText.encoded(folder))&recursionLevel=full&$format=json"
      route += "&api-version=\(Self.apiVersion)" + Self.query(for: version)
      return try await pacing.run {
        var files: [ItemRow] = []
        let attempt = await rows(of: route, "list of files", authorization) { chunk in
          chunk.compactMap(ItemRow.init).filter { isWanted($0.path) }
        } receive: { rows in
          files += rows
        }
        return Attempt(
          result: attempt.result.map { files },
          status: attempt.status,
          signals: attempt.signals,
          transport: attempt.transport
        )
      }.get()
    }
  }
}

extension ItemRow {
  /// Nil for a folder, a submodule, and what has no path.
  fileprivate init?(json row: [UInt8]) {
    guard let object = JSONObject(row[...]), object.string("gitObjectType") == "blob",
      let path = object.string("path"), let blobID = object.string("objectId")
    else { return nil }
    self.init(path: path, blobID: blobID.lowercased())
  }
}
