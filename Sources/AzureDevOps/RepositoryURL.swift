import Settings

/// The address of a repository, or of a file in it, as a browser shows it.
///
/// The position of `_git` decides what the parts are (facts/backstage-azure.md 3.1). API addresses are not
/// made of it: those name projects and repositories by id.
package struct RepositoryURL: Sendable, Hashable {
  /// Which state of the repository is meant.
  package enum Version: Sendable, Hashable {
    case branch(String)
    case tag(String)
    case commit(String)
  }

  /// Lower case, with the port if it is none that goes without saying.
  package var host: String
  /// The organization or collection; may have a slash (`tfs/DefaultCollection`).
  package var organization: String
  package var project: String
  package var repository: String
  /// With a slash before it, and one behind it for a folder; nil for the repository as a whole.
  package var path: String?
  /// Nil for the default branch.
  package var version: Version?

  package init(
    host: String,
    organization: String,
    project: String,
    repository: String,
    path: String? = nil,
    version: Version? = nil
  ) {
    self.host = host
    self.organization = organization
    self.project = project
    self.repository = repository
    self.path = path
    self.version = version
  }

  /// Whether the path stands for every file that it matches, as `/services/*/catalog-info.yaml` does
  /// (facts/backstage-azure.md 4.3).
  package var isPattern: Bool { path.map(PathGlob.isPattern) ?? false }

  /// The path of the one file that the address names.
  ///
  /// - Throws: `RepositoryURLError.noFile` when it names the repository as a whole or a folder
  ///   (facts/backstage-azure.md 3.3).
  package func filePath() throws(RepositoryURLError) -> String {
    guard let path, path.utf8.last != UInt8(ascii: "/") else { throw .noFile(text) }
    return path
  }
}

// MARK: - Printing

extension RepositoryURL {
  /// The address in one spelling, so that two spellings of one file are the same text: `https`, the long
  /// form, the host in lower case, no user, no port that goes without saying, `path` before `version`.
  ///
  /// Characters are escaped as Backstage's discovery escapes them, because the name of a generated Location
  /// is a hash of this text (facts/backstage-azure.md 5.5), and besides those wherever the text would not
  /// read back to the same file.
  package var text: String {
    let isInHost = AzureHost.visualStudioOrganization(of: host) != nil
    let owner = organization.split(separator: "/").map { Self.escaped($0) }.joined(separator: "/")
    var text = "https://\(host)/" + (isInHost ? "" : "\(owner)/")
    text += "\(Self.escaped(project))/_git/\(Self.escaped(repository))"
    var query: [String] = []
    if let path { query.append("path=\(Self.escaped(path, keepingSlashes: true))") }
    if let version {
      query.append("version=\(version.prefix)\(Self.escaped(version.name, keepingSlashes: true))")
    }
    return query.isEmpty ? text : text + "?" + query.joined(separator: "&")
  }

  /// The address of a line in the file, as the web pages of Azure DevOps understand it
  /// (facts/backstage-azure.md 3.6).
  ///
  /// - Parameter line: Counted from 1.
  package func text(atLine line: Int) -> String {
    let parameters = "line=\(line)&lineEnd=\(line + 1)&lineStartColumn=1&lineEndColumn=1"
    return text + (path == nil && version == nil ? "?" : "&") + parameters
  }

  /// Any address in its one spelling; what is no address of a repository stays as it is.
  package static func canonicalText(of text: String) -> String {
    (try? RepositoryURL(text))?.text ?? text  // Only the spelling is asked for; who reads it hears the error.
  }

  /// What encodeURI of JavaScript leaves alone, but for `?#&+`, which would end a name or change it, and the
  /// apostrophe, which would end a quoted argument of a shell.
  private static func escaped(_ text: some StringProtocol, keepingSlashes: Bool = false) -> String {
    URLText.encoded(String(text), keeping: keepingSlashes ? "-._~!*();:@=$,/" : "-._~!*();:@=$,")
  }
}

extension RepositoryURL.Version {
  /// Name of the branch or tag, or id of the commit.
  package var name: String {
    switch self {
    case .branch(let name), .tag(let name), .commit(let name): name
    }
  }

  /// What the API calls the type of a version (facts/backstage-azure.md 3.2).
  package var type: String {
    switch self {
    case .branch: "branch"
    case .tag: "tag"
    case .commit: "commit"
    }
  }

  /// What stands before the name in a browser's URL.
  fileprivate var prefix: String {
    switch self {
    case .branch: "GB"
    case .tag: "GT"
    case .commit: "GC"
    }
  }
}
