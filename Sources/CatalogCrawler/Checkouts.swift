import Catalog
import Crawl
import Foundation
import Locks
import Settings
import Validation

/// The repositories on this machine that files to validate are in.
struct Checkouts: Surroundings {
  let limits: CatalogLimits
  private let maxBytes: Int
  private let folder = FileManager.default.currentDirectoryPath
  /// For files that are in no repository, and for the standard input.
  private let here: LocalCheckout
  private let settings: CrawlerSettings?
  /// By folder; nil for one that is in no repository.
  private let known = Guarded<[String: LocalCheckout?]>([:])

  /// - Parameter settings: Nil when there are none that can be used.
  /// - Throws: `KindRulesError` for rules that cannot be used.
  init(settings: CrawlerSettings?) throws {
    self.settings = settings
    let yaml = (settings?.crawler ?? ProgramSettings()).yaml
    limits = JudgingRules.limits(yaml)
    maxBytes = yaml.maxBytes
    let folder = FileManager.default.currentDirectoryPath
    here = try LocalCheckout(
      root: LocalCheckout.root(of: folder + "/x") ?? folder,
      settings: settings
    )
  }

  func context(for path: String) -> FileContext? {
    let file = absolute(path)
    return checkout(of: file).context(for: file)
  }

  func include(_ address: String, in path: String) -> IncludedFile {
    checkout(of: absolute(path)).include(address, maxBytes: maxBytes)
  }

  func files(of address: FileAddress, in path: String) -> [String]? {
    checkout(of: absolute(path)).files(of: address)?.map { file in
      // As the folder that is searched has them, so that a file has one name in the report.
      path.hasPrefix("/") || !file.hasPrefix(folder + "/") ? file : String(file.dropFirst(folder.count + 1))
    }
  }

  private func absolute(_ path: String) -> String {
    if path == ValidationInput.standardInputPath { return "\(folder)/catalog-info.yaml" }
    return LocalCheckout.plain(path.hasPrefix("/") ? path : "\(folder)/\(path)")
  }

  private func checkout(of file: String) -> LocalCheckout {
    let folder = Self.parent(of: file)
    if let checkout = repository(around: folder) { return checkout }
    if file.hasPrefix(here.root + "/") { return here }
    // The rules were read once already, so they can be again.
    return (try? LocalCheckout(root: folder, settings: settings)) ?? here
  }

  /// The repository that a folder is in; nil when it is in none.
  ///
  /// Each folder is looked at once: a tree may have thousands of files.
  private func repository(around folder: String) -> LocalCheckout? {
    if let checkout = known.withLock({ $0[folder] }) { return checkout }
    var checkout: LocalCheckout?
    if LocalCheckout.isRoot(folder) {
      checkout = try? LocalCheckout(root: folder, settings: settings)  // As above.
    } else if folder != "/" {
      checkout = repository(around: Self.parent(of: folder))
    }
    known.withLock { $0[folder] = .some(checkout) }
    return checkout
  }

  private static func parent(of path: String) -> String {
    let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return folder.isEmpty ? "/" : String(folder)
  }
}
