import Foundation

/// The challenge files of the Arc endpoint and their contents (facts/azure-identity.md 2.5, 6.5).
final class ArcKeys: Sendable {
  private let folder: URL?
  /// Contents that were not given back, with the file of each.
  private let open = Guarded<[String: URL]>([:])

  /// A real file is far smaller; a caller has to refuse more than 4096 bytes.
  private static let tooLarge = 4097

  init(folder: URL?) {
    self.folder = folder
  }

  /// Writes a new file and gives its path for the challenge.
  ///
  /// - Throws: when there is no folder, or no file can be written in it.
  func challenge(_ fault: ArcKeyFault?) throws -> String {
    guard let folder else {
      throw ServingError(description: "The simulator has no folder for the keys of the Arc endpoint.")
    }
    let file = folder.appending(path: "\(UUID().uuidString.lowercased()).key")
    let key = UUID().uuidString
    switch fault {
    case .missing: return file.path
    case .outside: return folder.appending(path: "../\(file.lastPathComponent)").path
    case .wrongName: return file.deletingPathExtension().path
    case .tooLarge, nil: break
    }
    let content = fault == .tooLarge ? String(repeating: "k", count: Self.tooLarge) : key
    try Data(content.utf8).write(to: file)
    open.withLock { $0[content] = file }
    return file.path
  }

  /// Whether a content is that of an open challenge; it is used up and its file is removed.
  func take(_ content: String) -> Bool {
    guard let file = open.withLock({ $0.removeValue(forKey: content) }) else { return false }
    // A file that somebody removed before us is as good.
    try? FileManager.default.removeItem(at: file)
    return true
  }
}

/// What is wrong with a challenge of the Arc endpoint (facts/azure-identity.md 6.5, 8.5).
package enum ArcKeyFault: String, Sendable, CaseIterable {
  /// The file it names does not exist.
  case missing
  /// The file has more than 4096 bytes.
  case tooLarge
  /// The file is outside of the folder.
  case outside
  /// The file's name does not end in `.key`.
  case wrongName
}
