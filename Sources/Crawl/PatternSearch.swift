import AzureDevOps
import CatalogStore
import Settings

/// One look for the files of a repository that match a path with wildcards, and what is stored of them.
struct PatternSearch: Sendable {
  let repository: KnownRepository
  let pattern: PathGlob
  /// Nil for the default branch.
  let version: RepositoryURL.Version?
  /// The rules by which files are judged and match.
  let rulesVersion: Int64
  /// The folder as it was found the last time; nil when it was never looked for.
  let known: KnownFolder?
  /// The stored files that match, present or not.
  let files: [KnownFile]

  init(
    of repository: KnownRepository,
    _ pattern: PathGlob,
    _ version: RepositoryURL.Version?,
    rulesVersion: Int64
  ) {
    self.repository = repository
    self.pattern = pattern
    self.version = version
    self.rulesVersion = rulesVersion
    let branch = FileVersion.text(version)
    known = repository.folders.first { $0.branch == branch && $0.pattern == pattern.text }
    files = repository.files.filter { $0.branch == branch && pattern.matches($0.path) }
  }

  /// Whether the stored files are those of a folder in this state.
  ///
  /// A tree's id stands for everything below it. The stored files must be what the tree had: one that could not be
  /// read, or that was read at another commit since, makes it another state.
  ///
  /// - Parameter treeID: Nil when there is no such folder.
  func isAsStored(treeID: String?) -> Bool {
    known?.treeID == treeID && isOfKnownTree
  }

  /// Whether the stored files are those of the folder as it was the last time.
  private var isOfKnownTree: Bool {
    guard let known, let filesID = known.filesID, known.rulesVersion == rulesVersion else { return false }
    return filesID == Self.filesID(storedFiles)
  }

  private var storedFiles: [ItemRow] {
    files.compactMap { file in file.blobID.map { ItemRow(path: file.path, blobID: $0) } }
  }

  /// The commit since when it is enough to ask for changes: a list of everything would be longer.
  ///
  /// Nil when everything has to be listed.
  var commitToCompareWith: String? {
    guard let known, known.itemCount >= Self.manyItems, isOfKnownTree else { return nil }
    return known.commitID
  }

  private static let manyItems = 300

  /// The folder after changes to the stored files.
  func listing(_ folder: FolderVersion, after changes: CommitChanges) -> FolderListing {
    var rows = Dictionary(storedFiles.map { ($0.path, $0) }) { first, _ in first }
    for change in changes.files {
      rows[change.path] = change.blobID.map { ItemRow(path: change.path, blobID: $0) }
    }
    return FolderListing(
      treeID: folder.treeID,
      commitID: folder.commitID,
      itemCount: known?.itemCount ?? 0,
      files: rows.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    )
  }

  /// What is to be stored of the folder; nil when that is stored already.
  ///
  /// - Parameter listing: Nil when nothing below the folder has changed.
  func finding(_ listing: FolderListing?) -> FolderVisit.Finding? {
    let hasProblem = known?.hasReadProblem ?? false
    guard let listing else { return hasProblem ? .listableAgain : nil }
    let filesID = Self.filesID(listing.files)
    if let known, known.filesID == filesID, known.treeID == listing.treeID,
      known.rulesVersion == rulesVersion,
      !hasProblem
    {
      return nil
    }
    return .listed(
      FolderState(
        treeID: listing.treeID,
        filesID: filesID,
        rulesVersion: rulesVersion,
        commitID: listing.commitID,
        itemCount: listing.itemCount
      )
    )
  }

  /// Stands for the paths and blob ids of files, whatever their order.
  static func filesID(_ files: [ItemRow]) -> String {
    var text: [UInt8] = []
    for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
      // No path has a zero byte.
      text += file.path.utf8 + [0] + file.blobID.utf8 + [0]
    }
    return GitObjectID.blob(text)
  }
}

/// What a search came to.
enum SearchOutcome: Sendable {
  /// Nothing below the folder has changed since its files were stored; the branch is at this commit by now.
  case unchanged(commitID: String?)
  /// The folder as it is by now; without a `treeID` it is not there.
  case listed(FolderListing)
  /// It could not be found out; what is stored stays.
  case failed(FetchError)
}

extension AzureDevOpsClient {
  /// Looks for the files of a search: the folder's id first where it was listed before, and the list only when
  /// the id is another one.
  func outcome(of search: PatternSearch) async -> SearchOutcome {
    let guid = search.repository.guid
    do throws(FetchError) {
      if search.known?.filesID != nil {
        let folder = try await folderVersion(of: search)
        if search.isAsStored(treeID: folder?.treeID) { return .unchanged(commitID: folder?.commitID) }
        if let folder, let listing = try await changes(search, folder) { return .listed(listing) }
        guard folder != nil else { return .listed(FolderListing(treeID: nil, files: [])) }
      }
      return .listed(try await files(repositoryID: guid, matching: search.pattern, version: search.version))
    } catch {
      switch error.meaning {
      case .fileAbsent:
        return .listed(FolderListing(treeID: nil, files: []))
      case .branchAbsent, .repositoryEmpty:
        // It may be a missing right, so what was read before stays (decisions.md 10).
        let isKnown = search.files.contains { $0.blobID != nil }
        return isKnown ? .failed(error) : .listed(FolderListing(treeID: nil, files: []))
      default:
        return .failed(error)
      }
    }
  }

  /// The folder by what has changed since it was known; nil when it has to be listed.
  private func changes(
    _ search: PatternSearch,
    _ folder: FolderVersion
  ) async throws(FetchError) -> FolderListing? {
    guard let before = search.commitToCompareWith, let commit = folder.commitID else { return nil }
    do throws(FetchError) {
      let changes = try await changes(
        repositoryID: search.repository.guid,
        since: before,
        to: .commit(commit)
      ) { search.pattern.matches($0) }
      return changes.map { search.listing(folder, after: $0) }
    } catch {
      // The list has everything, too; whatever is wrong with the whole organization is wrong with the list.
      guard !error.endsOrganization else { throw error }
      return nil
    }
  }

  /// Nil when there is no such folder.
  private func folderVersion(of search: PatternSearch) async throws(FetchError) -> FolderVersion? {
    do throws(FetchError) {
      return try await folderVersion(
        repositoryID: search.repository.guid,
        folder: search.pattern.literalPrefix,
        version: search.version
      )
    } catch {
      guard error.meaning == .fileAbsent else { throw error }
      return nil
    }
  }

  /// The files of a repository that match a pattern, by path, in one request.
  ///
  /// - Throws: `.fileAbsent` when the folder is not there that holds everything that can match.
  func files(
    repositoryID: String,
    matching pattern: PathGlob,
    version: RepositoryURL.Version?
  ) async throws(FetchError) -> FolderListing {
    var listing = try await files(
      repositoryID: repositoryID,
      below: pattern.literalPrefix,
      version: version
    ) { pattern.matches($0) }
    listing.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return listing
  }
}
