import Catalog
import Crawl
import Foundation
import Settings
import Transport
import Validation

/// The repositories on this machine that files to validate are in.
struct Checkouts: Surroundings {
  let limits: CatalogLimits
  private let maxBytes: Int
  private let folder = FileManager.default.currentDirectoryPath
  /// For files that are in no repository, and for the standard input.
  private let here: LocalCheckout
  private let settings: CrawlerSettings?
  private let known = Guarded<[String: LocalCheckout]>([:])

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
    let parent = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    if let checkout = known.withLock({ $0[parent] }) { return checkout }
    var checkout = here
    if let root = LocalCheckout.root(of: file) {
      // The rules were read once already.
      checkout = (try? LocalCheckout(root: root, settings: settings)) ?? here
    } else if !file.hasPrefix(here.root + "/") {
      checkout = (try? LocalCheckout(root: parent, settings: settings)) ?? here
    }
    known.withLock { $0[parent] = checkout }
    return checkout
  }
}
