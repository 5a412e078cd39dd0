import Credentials
import Transport

/// The contents of many files of one repository in one request (facts/azure-devops-api.md 2.10).
extension AzureDevOpsClient {
  /// How many contents one request asks for at most.
  package static let blobsPerRequest = 100

  /// Reads the contents with these ids, in one request for each hundred.
  ///
  /// Every content is verified against its id. One that the answer lacks is asked for by itself, and so are all
  /// of an answer that cannot be read; an answer that is too large is asked for in halves.
  ///
  /// - Parameters:
  ///   - ids: Git's ids in lower case; each is given once, however often it stands here.
  ///   - receive: Called once with each id and its content, in no order; with `.broken` when the service does
  ///     not have it, or has something else.
  /// - Throws: What says something of the whole repository or organization, such as `.repositoryUnavailable`
  ///   or `.throttled`: what was not received by then is not known.
  package func blobs(
    repositoryID: String,
    ids: [String],
    receive: (_ id: String, _ content: Result<[UInt8], FetchError>) async -> Void
  ) async throws(FetchError) {
    var known: Set<String> = []
    let ids = ids.filter { known.insert($0).inserted }
    for id in ids where !GitObjectID.isValid(id) {
      await receive(id, .failure(FetchError(.broken, detail: "'\(id.prefix(40))' is no id of git's")))
    }
    let valid = ids.filter(GitObjectID.isValid)
    var rest = valid[...]
    while !rest.isEmpty {
      try await blobs(repositoryID, rest.prefix(Self.blobsPerRequest), receive)
      rest = rest.dropFirst(Self.blobsPerRequest)
    }
  }

  private func blobs(
    _ repositoryID: String,
    _ ids: ArraySlice<String>,
    _ receive: (String, Result<[UInt8], FetchError>) async -> Void
  ) async throws(FetchError) {
    var contents: [String: [UInt8]] = [:]
    if ids.count > 1 {
      do throws(FetchError) {
        contents = try await renewing { authorization throws(FetchError) in
          try await archive(authorization, repositoryID, ids)
        }
      } catch {
        let error = error.withinOrganization
        guard error.meaning == .broken else { throw error }
        if error.isTooLarge {
          let middle = ids.startIndex + ids.count / 2
          try await blobs(repositoryID, ids[..<middle], receive)
          return try await blobs(repositoryID, ids[middle...], receive)
        }
      }
    }
    for id in ids {
      if let content = contents.removeValue(forKey: id) {
        await receive(id, .success(content))
      } else {
        await receive(id, try await singleBlob(repositoryID, id))
      }
    }
  }

  private func singleBlob(
    _ repositoryID: String,
    _ id: String
  ) async throws(FetchError) -> Result<[UInt8], FetchError> {
    do throws(FetchError) {
      return .success(
        try await renewing { authorization throws(FetchError) in
          try await blob(authorization, repositoryID, id: id)
        }
      )
    } catch {
      let error = error.withinOrganization
      guard error.meaning == .broken else { throw error }
      return .failure(error)
    }
  }

  /// The contents by their ids that one answer has.
  private func archive(
    _ authorization: Authorization,
    _ repositoryID: String,
    _ ids: ArraySlice<String>
  ) async throws(FetchError) -> [String: [UInt8]] {
    let route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/blobs?api-version=\(Self.apiVersion)"
    var request = question(
      route,
      authorization,
      accepting: "application/zip",
      json: JSONObject.array(ids)
    )
    request.bodyLimit = itemLimit
    // Some for members that nobody asked for, such as folders.
    let limits = ZipFile.Limits(members: 2 * ids.count + 16, bytes: itemLimit)
    let wanted = Set(ids)
    let reading = { (answer: HTTPResponse) throws(FetchError) -> [String: [UInt8]] in
      do throws(ZipFile.Fault) {
        let found = try ZipFile.contents(of: answer.body, limits: limits)
        let pairs = found.map { (GitObjectID.blob($0), $0) }.filter { wanted.contains($0.0) }
        return Dictionary(pairs) { first, _ in first }
      } catch {
        throw FetchError(
          .broken,
          // Asked again, it would be as large.
          status: error.isTooLarge ? nil : answer.status,
          detail: "the answer is not the zip file that was asked for: \(error.reason)",
          activityID: answer.activityID
        )
      }
    }
    return try await answer(to: request, reading: reading).get()
  }
}

extension FetchError {
  /// Whether an answer was refused because of its size: no other is without a status but says something.
  fileprivate var isTooLarge: Bool { meaning == .broken && status == nil }
}
