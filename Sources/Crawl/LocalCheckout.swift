import AzureDevOps
package import Catalog
import Foundation
package import Settings

/// A repository as it is checked out on this machine, in which files are judged as a crawl would judge them.
///
/// Relative texts stand for files of the checkout. Addresses of other repositories cannot be asked for: what
/// names them counts as valid.
package struct LocalCheckout: Sendable {
  /// The settings that count; nil when there are none, and then every host may be meant.
  private let contexts: FileContexts?
  private let permit: KindPermit?
  /// The absolute path of the repository's folder, without a slash at the end.
  package let root: String

  /// - Parameters:
  ///   - root: The repository's folder.
  ///   - settings: Nil when there are none.
  /// - Throws: `KindRulesError` for rules that cannot be used.
  package init(root: String, settings: CrawlerSettings?) throws {
    self.root = Self.plain(root)
    let contexts = try settings.map { try FileContexts($0) }
    self.contexts = contexts
    permit = settings.flatMap { contexts?.permitAnywhere($0) }
  }

  /// The folder of the repository that a file is in: the nearest one above it that has a `.git`.
  ///
  /// - Parameter path: Absolute.
  /// - Returns: Nil when the file is in no repository.
  package static func root(of path: String) -> String? {
    var folder = plain(path)
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if isRoot(folder) { return folder.isEmpty ? "/" : folder }
    }
    return nil
  }

  /// Whether a folder is the folder of a repository.
  package static func isRoot(_ folder: String) -> Bool {
    access("\(folder)/.git", F_OK) == 0
  }

  /// What a file is judged with.
  ///
  /// - Parameter path: Absolute; below the root.
  package func context(for path: String) -> FileContext {
    FileContext(
      address: Self.plain(path),
      type: .url,
      resolve: { text, base in address(of: text, from: base) },
      denial: { [permit] kind, type in permit?.denial(kind: kind, specType: type) }
    )
  }

  private func address(of text: String, from base: String) -> Result<FileAddress, FileContext.TargetFault> {
    do throws(RepositoryURLError) {
      switch try url(of: base).resolving(text) {
      case .other(let text): return .failure(.noAddress(text))
      case .repository(let url) where url.host == Self.host: return .success(.local(root + (url.path ?? "")))
      case .repository(let url):
        return contexts?.address(of: url)
          ?? .success(FileAddress(text: url.text, host: url.host, organization: url.organization))
      }
    } catch {
      return .failure(.init(rule: "target-address", message: error.description))
    }
  }

  /// No host has this name (RFC 6761, 6.4).
  private static let host = "checkout.invalid"

  /// The file as if the checkout were a repository of an organization, because that is how texts in it are
  /// meant.
  private func url(of path: String) throws(RepositoryURLError) -> RepositoryURL {
    guard path.hasPrefix("/") else { return try RepositoryURL(path) }
    return RepositoryURL(
      host: Self.host,
      organization: "o",
      project: "p",
      repository: "r",
      path: String(path.dropFirst(root.count))
    )
  }

  /// Whether a file is of the checkout when links are followed: what is checked may be somebody else's.
  private func isInside(_ path: String) -> Bool {
    let folder = URL(filePath: root).resolvingSymlinksInPath().path(percentEncoded: false)
    let file = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    return file.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  /// What a placeholder takes in.
  package func include(_ address: String, maxBytes: Int) -> IncludedFile {
    guard address.hasPrefix("/") else { return .unknown }
    guard isInside(address), LocalFiles.isFile(address),
      let data = FileManager.default.contents(atPath: address)
    else {
      return .failed(rule: "placeholder-file", message: "there is no file '\(address)'")
    }
    // One byte more is enough to be told that it is too large.
    return .content(Array(data.prefix(maxBytes + 1)))
  }

  /// The files that a target stands for; empty when there are none, nil when that cannot be told.
  package func files(of address: FileAddress) -> [String]? {
    guard address.text.hasPrefix("/") else { return nil }
    guard PathGlob.isPattern(address.text) else {
      return isInside(address.text) && LocalFiles.isFile(address.text) ? [address.text] : []
    }
    let pattern = String(address.text.dropFirst(root.count))
    guard let glob = try? PathGlob(pattern),  // A crawl says what is wrong with it.
      let paths = FileManager.default.enumerator(atPath: root + glob.literalPrefix)
    else { return [] }
    let prefix = glob.literalPrefix == "/" ? "" : glob.literalPrefix
    var found: [String] = []
    for case let path as String in paths where glob.matches("\(prefix)/\(path)") {
      found.append("\(root)\(prefix)/\(path)")
    }
    return found.sorted()
  }

  /// The path without `.`, `..` and empty parts.
  package static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
