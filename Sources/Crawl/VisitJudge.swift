import AzureDevOps
import Catalog
import CatalogStore
import Credentials

/// Asks for a file, for the files that its placeholders take in, and compares with what is stored.
struct VisitJudge: Sendable {
  let rules: JudgingRules
  let sources: FileSources

  /// Away from any actor: reading a content is the crawl's main work.
  @concurrent
  func outcome(of visit: PlannedVisit, _ client: AzureDevOpsClient) async -> VisitOutcome {
    switch visit.listed {
    case .failure(let error): return VisitOutcome.judging(error, visit)
    case .success(let blobID) where isAsListed(visit, blobID): return .unchanged
    default: break
    }
    do throws(FetchError) {
      return await outcome(of: visit, .success(try await sources.file(of: visit, client)), client)
    } catch {
      return await outcome(of: visit, .failure(error), client)
    }
  }

  /// Compares an answer with what is stored.
  func outcome(
    of visit: PlannedVisit,
    _ answer: Result<RepositoryFile, FetchError>,
    _ client: AzureDevOpsClient
  ) async -> VisitOutcome {
    let file: RepositoryFile
    switch answer {
    case .success(let found): file = found
    case .failure(let error): return VisitOutcome.judging(error, visit)
    }
    guard let known = visit.known, isSame(known, visit, blobID: file.blobID) else {
      return await read(file, visit, client)
    }
    guard !known.inclusions.isEmpty else { return known.hasReadProblem ? .found(.readableAgain) : .unchanged }
    return await compareInclusions(of: known, file, visit, client)
  }

  /// Whether a listing says already that the file is as it is stored.
  private func isAsListed(_ visit: PlannedVisit, _ blobID: String) -> Bool {
    guard let known = visit.known else { return false }
    return isSame(known, visit, blobID: blobID) && known.inclusions.isEmpty && !known.hasReadProblem
  }

  private func isSame(_ known: KnownFile, _ visit: PlannedVisit, blobID: String) -> Bool {
    known.blobID == blobID && known.url == visit.url && known.origin == visit.origin
      && known.rulesVersion == rules.version
  }

  // MARK: - Placeholders

  /// What a file that is as it is stored comes to when it takes in others.
  private func compareInclusions(
    of known: KnownFile,
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ client: AzureDevOpsClient
  ) async -> VisitOutcome {
    let isPinned = known.inclusions.allSatisfy { sources.isOfSameRepository($0.address, as: visit) }
    let same: VisitOutcome = known.hasReadProblem ? .found(.readableAgain) : .unchanged
    // Nothing in a repository changes while its commit stays.
    if !known.hasReadProblem, isPinned, let commit = file.commitID, commit == known.commitID { return same }
    var read: [String: Result<RepositoryFile, FetchError>] = [:]
    var isDifferent = false
    for inclusion in known.inclusions {
      let answer = await sources.file(at: inclusion.address, for: visit, commitID: file.commitID, client)
      read[inclusion.address] = answer
      switch answer {
      case .success(let found): isDifferent = isDifferent || found.blobID != inclusion.blobID
      case .failure(let error) where error.meaning == .fileAbsent:
        // One that could not be read before is told from one that was not there by the problem.
        isDifferent = isDifferent || inclusion.blobID != nil || known.hasReadProblem
      case .failure(let error): return .failed(error.at(inclusion.address))
      }
    }
    guard isDifferent else {
      return file.commitID == known.commitID ? same : .found(.sameAt(commitID: file.commitID))
    }
    return await self.read(file, visit, client, with: read)
  }

  /// Judges a content, reading what its placeholders take in.
  ///
  /// - Parameter known: What was read of that already, by address.
  private func read(
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ client: AzureDevOpsClient,
    with known: [String: Result<RepositoryFile, FetchError>] = [:]
  ) async -> VisitOutcome {
    let context = sources.context(of: visit)
    var reader = CatalogFileReader(file.content, limits: rules.limits, context: context)
    var inclusions: [Inclusion] = []
    var unread: FetchError?
    while !reader.neededFiles.isEmpty {
      var files: [String: IncludedFile] = [:]
      for address in reader.neededFiles {
        let answer: Result<RepositoryFile, FetchError>
        if let read = known[address] {
          answer = read
        } else {
          answer = await sources.file(at: address, for: visit, commitID: file.commitID, client)
        }
        switch answer {
        case .success(let found):
          files[address] = .content(found.content)
          inclusions.append(Inclusion(address: address, blobID: found.blobID))
        case .failure(let error):
          if error.endsOrganization { return .failed(error.at(address)) }
          if error.meaning != .fileAbsent { unread = unread ?? error.at(address) }
          files[address] = .failed(rule: "placeholder-file", message: error.description)
          inclusions.append(Inclusion(address: address, blobID: nil))
        }
      }
      reader.include(files)
    }
    let tag = VersionTag(
      blobID: file.blobID,
      commitID: file.commitID,
      etag: file.etag,
      size: file.content.count,
      rulesVersion: rules.version
    )
    return .found(.content(reader.read(), tag, inclusions), unread: unread)
  }
}
