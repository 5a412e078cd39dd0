import Transport

/// What lies below a folder of a repository.
package struct FolderListing: Sendable, Equatable {
  /// Git's id of the folder: an equal id means equal contents at any depth.
  ///
  /// Nil when the path is no folder.
  package var treeID: String?
  /// The commit that was listed; nil when the service did not say.
  package var commitID: String?
  /// How many files and folders the list has, wanted or not; 0 when there is no list.
  package var itemCount: Int
  /// The files that were wanted, in no order.
  package var files: [ItemRow]

  package init(treeID: String?, commitID: String? = nil, itemCount: Int = 0, files: [ItemRow]) {
    self.treeID = treeID
    self.commitID = commitID
    self.itemCount = itemCount
    self.files = files
  }
}

/// What stands for a folder's content.
package struct FolderVersion: Sendable, Equatable {
  /// Git's id of the folder: an equal id means equal contents at any depth.
  package var treeID: String
  /// The commit that the branch is at; nil when the service did not say.
  package var commitID: String?
}

/// A file of a repository as a listing has it.
package struct ItemRow: Sendable, Equatable {
  /// With a slash before it.
  package var path: String
  /// Git's id of the content.
  package var blobID: String

  package init(path: String, blobID: String) {
    self.path = path
    self.blobID = blobID
  }
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
  /// - Returns: The files, and git's id of the folder, which the listing has too.
  /// - Throws: `.fileAbsent` when there is no such folder.
  package func files(
    repositoryID: String,
    below folder: String,
    version: RepositoryURL.Version?,
    where isWanted: @Sendable (String) -> Bool
  ) async throws(FetchError) -> FolderListing {
    try await renewing { authorization throws(FetchError) in
      var route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/items"
      route += "?scopePath=\(URLText.encoded(folder))&recursionLevel=full&$format=json"
      route += "&api-version=\(Self.apiVersion)" + Self.query(for: version)
      return try await pacing.run {
        var listing = FolderListing(treeID: nil, files: [])
        let attempt = await rows(of: route, "list of files", authorization) { chunk in
          chunk.compactMap(ListedItem.init)
        } receive: { items in
          for item in items {
            listing.itemCount += 1
            listing.commitID = listing.commitID ?? item.commitID
            if item.isFolder {
              if item.isAt(folder) { listing.treeID = item.id }
            } else if isWanted(item.path) {
              listing.files.append(ItemRow(path: item.path, blobID: item.id))
            }
          }
        }
        return attempt.map { listing }
      }.get()
    }
  }

  /// Git's id of a folder, in one small request: as long as it stays, nothing below the folder has changed
  /// (facts/azure-devops-api.md 2.3, 8.3).
  ///
  /// - Parameters:
  ///   - folder: With a slash before it; `/` for the whole repository.
  ///   - version: Nil for the default branch.
  /// - Throws: `.fileAbsent` when there is no such folder, also when the path is a file.
  package func folderVersion(
    repositoryID: String,
    folder: String,
    version: RepositoryURL.Version?
  ) async throws(FetchError) -> FolderVersion {
    try await renewing { authorization throws(FetchError) in
      var route =
        "_apis/git/repositories/\(URLText.encoded(repositoryID))/items?path=\(URLText.encoded(folder))"
      route += "&$format=json&api-version=\(Self.apiVersion)" + Self.query(for: version)
      let reading = { (answer: HTTPResponse) throws(FetchError) in try Self.folderVersion(in: answer) }
      return try await answer(to: request(route, authorization), reading: reading).get()
    }
  }

  private static func folderVersion(in answer: HTTPResponse) throws(FetchError) -> FolderVersion {
    guard let item = JSONObject(answer.body[...]), let id = item.string("objectId") else {
      throw FetchError(.broken, status: answer.status, detail: "the answer is not an item in JSON")
    }
    switch item.string("gitObjectType") {
    case "tree":
      return FolderVersion(treeID: id.lowercased(), commitID: item.string("commitId")?.lowercased())
    case "blob", "commit":
      throw FetchError(.fileAbsent, status: answer.status, detail: "the path is a file or a submodule")
    default:
      throw FetchError(.broken, status: answer.status, detail: "the answer does not say what the path is")
    }
  }
}

/// A row of a listing, as far as it is a file or a folder.
private struct ListedItem: Sendable {
  let path: String
  let id: String
  let commitID: String?
  let isFolder: Bool

  /// Nil for a submodule, and for what has no path.
  init?(json row: [UInt8]) {
    guard let object = JSONObject(row[...]), let type = object.string("gitObjectType"),
      type == "blob" || type == "tree", let path = object.string("path"), let id = object.string("objectId")
    else { return nil }
    self.path = path
    self.id = id.lowercased()
    commitID = object.string("commitId")?.lowercased()
    isFolder = type == "tree"
  }

  /// The service finds paths without regard to letter case (facts/azure-devops-api.md 2.3).
  func isAt(_ folder: String) -> Bool { path.lowercased() == folder.lowercased() }
}
