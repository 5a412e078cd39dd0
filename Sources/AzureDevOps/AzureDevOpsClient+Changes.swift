import Transport

/// What differs between two commits of a repository.
package struct CommitChanges: Sendable, Equatable {
  /// The later commit, 40 lower-case hexadecimal digits.
  package var commitID: String
  /// The files that were wanted and are other than before, each once, in no order.
  package var files: [FileChange]

  package init(commitID: String, files: [FileChange]) {
    self.commitID = commitID
    self.files = files
  }
}

/// A file that is other than before.
package struct FileChange: Sendable, Equatable {
  /// With a slash before it.
  package var path: String
  /// Git's id of the content; nil when the file is not there any more.
  package var blobID: String?

  package init(path: String, blobID: String?) {
    self.path = path
    self.blobID = blobID
  }
}

extension AzureDevOpsClient {
  /// Rows of a page: the service's own number is 100, the greatest is not known (facts/azure-devops-api.md
  /// 2.11).
  private static let changesPerPage = 1_000
  /// Beyond, a listing of all files is the better plan.
  private static let maxChanges = 5_000

  /// Which files differ between a commit and a later version, in one request unless there are very many.
  ///
  /// - Parameters:
  ///   - commitID: Where the files are known.
  ///   - version: Nil for the default branch.
  ///   - isWanted: Whether a file of that path is to be told of.
  /// - Returns: Nil when the files have to be listed: the service does not have one of the versions (a commit
  ///   is gone some time after a force push), does not give all of the changes, or a folder is gone.
  package func changes(
    repositoryID: String,
    since commitID: String,
    to version: RepositoryURL.Version?,
    where isWanted: @Sendable (String) -> Bool
  ) async throws(FetchError) -> CommitChanges? {
    var files: [String: FileChange] = [:]
    var (target, count) = (version, 0)
    while count < Self.maxChanges {
      let page: ChangePage
      do throws(FetchError) {
        page = try await changes(repositoryID, since: commitID, to: target, skip: count)
      } catch {
        let error = error.withinOrganization
        guard error.isPositivelyAbsent || error.meaning == .broken && error.status == 404 else { throw error }
        return nil
      }
      // Whether everything below it is told of as well is not known.
      guard !page.hasLostFolder else { return nil }
      for change in page.changes where isWanted(change.path) {
        // A file that moved to where another was deleted is there.
        if change.blobID == nil, files[change.path]?.blobID != nil { continue }
        files[change.path] = change
      }
      if page.isLast { return CommitChanges(commitID: page.commitID, files: Array(files.values)) }
      guard page.count > 0 else { return nil }
      count += page.count
      // Whatever is pushed meanwhile, the pages are of one commit.
      target = .commit(page.commitID)
    }
    return nil
  }

  private func changes(
    _ repositoryID: String,
    since commitID: String,
    to version: RepositoryURL.Version?,
    skip: Int
  ) async throws(FetchError) -> ChangePage {
    try await renewing { authorization throws(FetchError) in
      var route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/diffs/commits"
      route += "?baseVersion=\(URLText.encoded(commitID))&baseVersionType=commit"
      if let version {
        route += "&targetVersion=\(URLText.encoded(version.name))&targetVersionType=\(version.type)"
      }
      route +=
        "&diffCommonCommit=false&$top=\(Self.changesPerPage)&$skip=\(skip)&api-version=\(Self.apiVersion)"
      let reading = { (answer: HTTPResponse) throws(FetchError) in
        guard let page = ChangePage(json: answer.body) else {
          throw FetchError(
            .broken,
            status: answer.status,
            detail: "the answer is not a list of changes in JSON"
          )
        }
        return page
      }
      return try await answer(to: request(route, authorization), reading: reading).get()
    }
  }
}

/// A page of changes as the service gives it (facts/azure-devops-api.md 2.11).
struct ChangePage: Sendable, Equatable {
  var isLast: Bool
  /// The later commit.
  var commitID: String
  /// Rows, folders included.
  var count: Int
  /// Of files.
  var changes: [FileChange]
  /// Whether a folder was deleted or has another name.
  var hasLostFolder = false

  /// Nil when the bytes are no such page.
  init?(json: [UInt8]) {
    guard let object = JSONObject(json[...]), let rows = object.objects("changes"),
      let commitID = object.string("targetCommit")?.lowercased(), GitObjectID.isValid(commitID)
    else { return nil }
    isLast = object.isTrue("allChangesIncluded")
    self.commitID = commitID
    count = rows.count
    changes = []
    for row in rows {
      hasLostFolder = hasLostFolder || Self.losesFolder(row)
      guard let found = Self.changes(row) else { return nil }
      changes += found
    }
  }

  private static func losesFolder(_ row: JSONObject) -> Bool {
    guard row.object("item")?.string("gitObjectType") == "tree" else { return false }
    let kinds = row.string("changeType")?.lowercased() ?? ""
    return kinds.contains("delete") || kinds.contains("rename")
  }

  /// What a row says of files: two of them when one was renamed; nil when it is no row.
  private static func changes(_ row: JSONObject) -> [FileChange]? {
    guard let item = row.object("item"), let path = item.string("path"),
      let kinds = row.string("changeType")?.lowercased().split(whereSeparator: { $0 == "," || $0 == " " })
    else { return nil }
    guard item.string("gitObjectType") == "blob" else { return [] }
    if kinds.contains("delete") { return [FileChange(path: path, blobID: nil)] }
    guard let id = item.string("objectId")?.lowercased(), GitObjectID.isValid(id) else { return nil }
    var changes = [FileChange(path: path, blobID: id)]
    if kinds.contains("rename"), let before = row.string("sourceServerItem"), before != path {
      changes.append(FileChange(path: before, blobID: nil))
    }
    return changes
  }
}
