import AzureDevOps
import Catalog
import Locks

/// Contents of catalog files by git's id of them, so that one that is copied into many repositories is fetched and
/// parsed once.
///
/// Asked only where a listing has told the id before. Whoever asks first fetches, and the others wait; what is kept
/// is bounded, and what was used last is kept longest.
final class TextCache: Sendable {
  /// Bytes of memory that contents take which are kept.
  private static let maxBytes = 1 << 20

  private typealias Waiter = CheckedContinuation<CatalogText?, Never>

  /// What is kept, in two halves, and who waits.
  ///
  /// The younger half holds what was used since it was begun; when it is full, it becomes the older one.
  private struct State {
    var young: [String: CatalogText] = [:]
    var old: [String: CatalogText] = [:]
    var youngBytes = 0
    /// Those who wait for a content that somebody fetches.
    var loading: [String: [Waiter]] = [:]

    mutating func keep(_ text: CatalogText, as id: String) {
      let bytes = text.footprint
      if youngBytes + bytes > TextCache.maxBytes / 2 {
        (old, young, youngBytes) = (young, [:], 0)
      }
      young[id] = text
      youngBytes += bytes
    }

    mutating func kept(_ id: String) -> CatalogText? {
      if let text = young[id] { return text }
      guard let text = old.removeValue(forKey: id) else { return nil }
      keep(text, as: id)
      return text
    }
  }

  private let state = Guarded(State())

  /// The content of that id.
  ///
  /// - Parameter load: Fetches it, and tells the id that it came with: another one when the file has changed since
  ///   it was listed.
  /// - Throws: What `load` throws: a failure is of the one who asked, and another one tries by himself.
  func text(
    of id: String,
    load: () async throws(FetchError) -> (blobID: String, text: CatalogText)
  ) async throws(FetchError) -> (blobID: String, text: CatalogText) {
    while true {
      var isMine = false
      let found: CatalogText? = await withCheckedContinuation { waiter in
        let text = state.withLock { state -> CatalogText?? in
          if let text = state.kept(id) { return .some(text) }
          if state.loading[id] != nil {
            state.loading[id]?.append(waiter)
            return nil
          }
          state.loading[id] = []
          isMine = true
          return .some(nil)
        }
        if let text { waiter.resume(returning: text) }
      }
      if let found { return (id, found) }
      if isMine { return try await fetch(id, load) }
    }
  }

  private func fetch(
    _ id: String,
    _ load: () async throws(FetchError) -> (blobID: String, text: CatalogText)
  ) async throws(FetchError) -> (blobID: String, text: CatalogText) {
    do throws(FetchError) {
      let loaded = try await load()
      end(id, loaded.blobID == id ? loaded.text : nil)
      return loaded
    } catch {
      end(id, nil)
      throw error
    }
  }

  private func end(_ id: String, _ text: CatalogText?) {
    let waiters = state.withLock { state in
      if let text { state.keep(text, as: id) }
      return state.loading.removeValue(forKey: id) ?? []
    }
    for waiter in waiters { waiter.resume(returning: text) }
  }
}
