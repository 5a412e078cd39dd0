import AzureDevOps
import Catalog
import CatalogStore
import Credentials

/// Asks for a file, for the files that its placeholders take in, and compares with what is stored.
struct VisitJudge: Sendable {
  let rules: JudgingRules
  let sources: FileSources
  let texts: TextCache

  /// Away from any actor: reading a content is the crawl's main work.
  @concurrent
  func outcome(of visit: PlannedVisit, _ client: AzureDevOpsClient) async -> VisitOutcome {
    switch visit.listed {
    case .failure(let error):
      return VisitOutcome.judging(error, visit)
    case .success(let blobID):
      if isAsListed(visit, blobID) { return .unchanged }
      return await outcome(of: visit, listedAs: blobID, client)
    case nil:
      do throws(FetchError) {
        guard let file = try await sources.file(of: visit, client, unless: tag(of: visit)) else {
          return visit.known?.hasReadProblem == true ? .found(.readableAgain) : .unchanged
        }
        return await outcome(of: visit, .success(file), client)
      } catch {
        return await outcome(of: visit, .failure(error), client)
      }
    }
  }

  /// The `ETag` by which the service may say that the file is as it is stored, and with it everything that it takes in;
  /// nil when it is to be sent.
  private func tag(of visit: PlannedVisit) -> String? {
    guard let known = visit.known, let tag = known.etag, known.inclusions.isEmpty,
      let blobID = known.blobID, visit.isStored(as: blobID, rulesVersion: rules.version)
    else { return nil }
    return tag
  }

  /// Gets the content that a listing names, which another file may have brought already.
  private func outcome(
    of visit: PlannedVisit,
    listedAs blobID: String,
    _ client: AzureDevOpsClient
  ) async -> VisitOutcome {
    do throws(FetchError) {
      let text = try await texts.text(of: blobID) { () async throws(FetchError) in
        if let content = await visit.batch?.content(of: blobID, client) {
          return (blobID, CatalogText(content, limits: rules.limits))
        }
        let file = try await sources.file(of: visit, client)
        return (file.blobID, CatalogText(file.content, limits: rules.limits))
      }
      // The listing's commit, whichever file the content came from: the same world makes the same rows.
      let file = RepositoryFile(
        path: visit.path,
        blobID: text.blobID,
        commitID: visit.listedCommit,
        etag: nil,
        content: text.text.bytes
      )
      return await outcome(of: visit, .success(file), client, text.text)
    } catch {
      return await outcome(of: visit, .failure(error), client)
    }
  }

  /// Compares an answer with what is stored.
  ///
  /// - Parameter text: The content, parsed, when it is already.
  func outcome(
    of visit: PlannedVisit,
    _ answer: Result<RepositoryFile, FetchError>,
    _ client: AzureDevOpsClient,
    _ text: CatalogText? = nil
  ) async -> VisitOutcome {
    let file: RepositoryFile
    switch answer {
    case .success(let found): file = found
    case .failure(let error): return VisitOutcome.judging(error, visit)
    }
    guard let known = visit.known, visit.isStored(as: file.blobID, rulesVersion: rules.version) else {
      return await read(file, visit, client, text)
    }
    guard !known.inclusions.isEmpty else { return known.hasReadProblem ? .found(.readableAgain) : .unchanged }
    return await compareInclusions(of: known, file, visit, client, text)
  }

  /// Whether a listing says already that the file is as it is stored.
  private func isAsListed(_ visit: PlannedVisit, _ blobID: String) -> Bool {
    guard let known = visit.known, !known.hasReadProblem,
      visit.isStored(as: blobID, rulesVersion: rules.version)
    else { return false }
    return known.inclusions.isEmpty || isPinned(known, visit, at: visit.listedCommit)
  }

  /// Whether the files that a file takes in are those that are stored because nothing in a repository changes while
  /// its commit stays.
  private func isPinned(_ known: KnownFile, _ visit: PlannedVisit, at commitID: String?) -> Bool {
    guard let commitID, commitID == known.commitID, !known.hasReadProblem else { return false }
    return known.inclusions.allSatisfy { sources.isOfSameRepository($0.address, as: visit) }
  }

  // MARK: - Placeholders

  /// What a file that is as it is stored comes to when it takes in others.
  private func compareInclusions(
    of known: KnownFile,
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ client: AzureDevOpsClient,
    _ text: CatalogText?
  ) async -> VisitOutcome {
    let same: VisitOutcome = known.hasReadProblem ? .found(.readableAgain) : .unchanged
    if isPinned(known, visit, at: file.commitID) { return same }
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
    return await self.read(file, visit, client, text, with: read)
  }

  /// Judges a content, reading what its placeholders take in.
  ///
  /// - Parameters:
  ///   - text: The content, parsed, when it is already.
  ///   - known: What was read of what the placeholders take in already, by address.
  private func read(
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ client: AzureDevOpsClient,
    _ text: CatalogText? = nil,
    with known: [String: Result<RepositoryFile, FetchError>] = [:]
  ) async -> VisitOutcome {
    let context = sources.context(of: visit)
    let text = text ?? CatalogText(file.content, limits: rules.limits)
    var reader = CatalogFileReader(text, limits: rules.limits, context: context)
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
