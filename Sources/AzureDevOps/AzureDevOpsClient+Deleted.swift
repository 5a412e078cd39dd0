import Transport

/// What Azure DevOps says of repositories that it lists no more (facts/azure-devops-api.md 1.3, 2.1, 2.2).
///
/// Only what is shown proves anything: a credential that lost a right is shown less, and what it asks for by id
/// "does not exist" (TF401019, VS800075).
extension AzureDevOpsClient {
  /// Which of these repositories a project shows as deleted, in one request.
  ///
  /// - Parameters:
  ///   - projectID: GUID.
  ///   - ids: GUIDs of repositories, in lower case.
  /// - Throws: `.projectUnavailable` when the project is deleted or hidden from us.
  package func deletedRepositories(
    projectID: String,
    among ids: Set<String>
  ) async throws(FetchError) -> Set<String> {
    try await shown("\(URLText.encoded(projectID))/_apis/git/deletedrepositories", among: ids)
  }

  /// Which of these repositories are in a project's recycle bin, in one request.
  ///
  /// - Parameters:
  ///   - projectID: GUID.
  ///   - ids: GUIDs of repositories, in lower case.
  /// - Throws: `.projectUnavailable` when the project is deleted or hidden from us.
  package func recycledRepositories(
    projectID: String,
    among ids: Set<String>
  ) async throws(FetchError) -> Set<String> {
    try await shown("\(URLText.encoded(projectID))/_apis/git/recycleBin/repositories", among: ids)
  }

  private func shown(_ route: String, among ids: Set<String>) async throws(FetchError) -> Set<String> {
    try await renewing { authorization throws(FetchError) in
      let route = "\(route)?api-version=\(Self.apiVersion)"
      return try await pacing.run {
        var shown: Set<String> = []
        let attempt = await rows(of: route, "list of deleted repositories", authorization) { chunk in
          chunk.compactMap { JSONObject($0[...])?.string("id")?.lowercased() }
        } receive: { found in
          shown.formUnion(found.filter(ids.contains))
        }
        return attempt.map { shown }
      }.get()
    }
  }

  /// How many projects are asked for at a time: an organization holds at most 1,000
  /// (facts/azure-devops-api.md 2.1).
  private static let projectPage = 1_000
  /// More pages than an organization has projects for.
  private static let maxProjectPages = 100

  /// Which of these projects Azure DevOps lists as deleted, in one request for each 1,000.
  ///
  /// - Parameter ids: GUIDs, in lower case.
  package func deletedProjects(among ids: Set<String>) async throws(FetchError) -> Set<String> {
    try await renewing { authorization throws(FetchError) in
      var shown: Set<String> = []
      for page in 0..<Self.maxProjectPages {
        let route =
          "_apis/projects?stateFilter=deleted&$top=\(Self.projectPage)&$skip=\(page * Self.projectPage)"
          + "&api-version=\(Self.apiVersion)"
        let (count, found) = try await pacing.run {
          var (count, found) = (0, Set<String>())
          let attempt = await rows(of: route, "list of deleted projects", authorization) { chunk in
            chunk.compactMap { JSONObject($0[...]) }
          } receive: { projects in
            count += projects.count
            found.formUnion(projects.compactMap(Self.deletedProject))
          }
          return attempt.map { (count, found) }
        }.get()
        shown.formUnion(found.intersection(ids))
        if count < Self.projectPage { break }
      }
      return shown
    }
  }

  /// The id of a project that its row says is deleted or being deleted: one that knows no filter lists all.
  private static func deletedProject(_ row: JSONObject) -> String? {
    let isDeleted = row.string("state").map { ["deleted", "deleting"].contains($0.lowercased()) } ?? false
    return isDeleted ? row.string("id")?.lowercased() : nil
  }
}
