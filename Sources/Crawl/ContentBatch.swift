import AzureDevOps
import Locks

/// New contents of one repository that are asked for together, when the first of them is needed.
///
/// Held until they are taken, so what a crawl holds is bounded by the visits that are queued.
final class ContentBatch: Sendable, Equatable {
  /// Fewer are asked for one by one; more are several batches.
  static let (least, most) = (3, 50)

  private enum Phase {
    case idle
    /// Those who wait for whoever asks.
    case loading([CheckedContinuation<Void, Never>])
    case loaded([String: [UInt8]])
  }

  private let repositoryID: String
  private let ids: [String]
  private let phase = Guarded(Phase.idle)

  init(repositoryID: String, ids: [String]) {
    self.repositoryID = repositoryID
    self.ids = ids
  }

  static func == (left: ContentBatch, right: ContentBatch) -> Bool { left === right }

  /// The content with this id, which is given once; nil when it did not come, and then the file itself tells why.
  func content(of id: String, _ client: AzureDevOpsClient) async -> [UInt8]? {
    var isMine = false
    await withCheckedContinuation { waiter in
      let mayGoOn = phase.withLock { phase in
        switch phase {
        case .idle:
          phase = .loading([])
          isMine = true
          return true
        case .loading(let waiters):
          phase = .loading(waiters + [waiter])
          return false
        case .loaded:
          return true
        }
      }
      if mayGoOn { waiter.resume() }
    }
    if isMine { await load(client) }
    return phase.withLock { phase in
      guard case .loaded(var contents) = phase else { return nil }
      let content = contents.removeValue(forKey: id)
      phase = .loaded(contents)
      return content
    }
  }

  private func load(_ client: AzureDevOpsClient) async {
    var contents: [String: [UInt8]] = [:]
    do throws(FetchError) {
      try await client.blobs(repositoryID: repositoryID, ids: ids) { id, content in
        contents[id] = try? content.get()
      }
    } catch {
      // Each file is asked for by itself then, and says what is wrong.
    }
    let waiters = phase.withLock { phase in
      defer { phase = .loaded(contents) }
      guard case .loading(let waiters) = phase else { return [] as [CheckedContinuation<Void, Never>] }
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

extension [PlannedVisit] {
  /// Lets the contents come together that a listing of one repository names and that are not stored.
  ///
  /// - Parameter rulesVersion: The rules by which stored files were judged.
  mutating func batchContents(rulesVersion: Int64) {
    var seen: Set<String> = []
    var wanted: [(index: Int, id: String)] = []
    for index in indices {
      guard let id = try? self[index].listed?.get(), !self[index].isStored(as: id, rulesVersion: rulesVersion)
      else { continue }
      wanted.append((index, id))
      seen.insert(id)
    }
    guard seen.count >= ContentBatch.least else { return }
    var batches: [String: ContentBatch] = [:]
    let ids = wanted.map(\.id).filter { seen.remove($0) != nil }
    for start in stride(from: 0, to: ids.count, by: ContentBatch.most) {
      let some = Array<String>(ids[start..<Swift.min(start + ContentBatch.most, ids.count)])
      let batch = ContentBatch(repositoryID: self[wanted[0].index].repositoryGUID, ids: some)
      for id in some { batches[id] = batch }
    }
    for (index, id) in wanted { self[index].batch = batches[id] }
  }
}
