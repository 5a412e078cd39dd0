import Foundation

/// The address of a repository, or of a file in it, as a browser shows it.
///
/// The position of `_git` decides what the parts are (facts/backstage-azure.md 3.1).
package struct RepositoryURL: Sendable, Equatable {
  /// Which state of the repository is meant.
  package enum Version: Sendable, Equatable {
    case branch(String)
    case tag(String)
    case commit(String)
  }

  /// Lower case, with the port if one is written.
  package var host: String
  /// The organization or collection; may have a slash (`tfs/DefaultCollection`).
  package var organization: String
  package var project: String
  package var repository: String
  /// With a slash before it; nil for the repository as a whole.
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

  /// The address in one spelling: the long form, percent-encoded so that it reads back to the same file
  /// whatever characters the names have.
  package var text: String {
    let isInHost = host.hasSuffix(".visualstudio.com")
    let owner = organization.split(separator: "/").map { URLText.encoded(String($0)) }.joined(separator: "/")
    var text = "https://\(host)/" + (isInHost ? "" : "\(owner)/")
    text += "\(URLText.encoded(project))/_git/\(URLText.encoded(repository))"
    var query: [String] = []
    if let path { query.append("path=\(URLText.encodedPath(path))") }
    switch version {
    case .branch(let name): query.append("version=GB\(URLText.encodedPath(name))")
    case .tag(let name): query.append("version=GT\(URLText.encodedPath(name))")
    case .commit(let id): query.append("version=GC\(URLText.encoded(id))")
    case nil: break
    }
    return query.isEmpty ? text : text + "?" + query.joined(separator: "&")
  }

  /// Reads an address as it is copied from a browser.
  ///
  /// - Throws: `RepositoryURLError` saying what is missing.
  package init(_ text: String) throws(RepositoryURLError) {
    guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
      scheme == "https" || scheme == "http", let name = components.host?.lowercased(), !name.isEmpty
    else { throw .notAURL(text) }
    let isDefaultPort = components.port == (scheme == "https" ? 443 : 80)
    let host = components.port.flatMap { isDefaultPort ? nil : "\(name):\($0)" } ?? name
    var parts: [String] = []
    for part in components.percentEncodedPath.split(separator: "/") {
      guard let decoded = part.removingPercentEncoding else { throw .notAURL(text) }
      parts.append(decoded)
    }
    guard let git = parts.firstIndex(of: "_git"), git + 1 < parts.count else { throw .notARepository(text) }
    let names = try Self.names(host: host, before: Array(parts[..<git]), repository: parts[git + 1], text)
    self.init(
      host: host,
      organization: names.organization,
      project: names.project,
      repository: parts[git + 1]
    )
    try readQuery(components.percentEncodedQuery ?? "", text)
  }

  private static func names(
    host: String,
    before parts: [String],
    repository: String,
    _ text: String
  ) throws(RepositoryURLError) -> (organization: String, project: String) {
    if host.hasSuffix(".visualstudio.com"), let organization = host.split(separator: ".").first {
      let rest = parts.first?.lowercased() == "defaultcollection" ? Array(parts.dropFirst()) : parts
      switch rest.count {
      case 0: return (String(organization), repository)
      case 1: return (String(organization), rest[0])
      default: throw .notARepository(text)
      }
    }
    switch parts.count {
    case 1: return (parts[0], repository)
    case 2: return (parts[0], parts[1])
    case 3: return (parts[0] + "/" + parts[1], parts[2])
    default: throw .notARepository(text)
    }
  }

  private mutating func readQuery(_ query: String, _ text: String) throws(RepositoryURLError) {
    for pair in query.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1)
      guard halves.count == 2 else { continue }
      // In a query a plus sign is a blank (WHATWG URL, 5.1).
      let written = halves[1].replacingOccurrences(of: "+", with: " ")
      guard let value = written.removingPercentEncoding else { throw .notAURL(text) }
      switch halves[0] {
      case "path" where !value.isEmpty: path = value.hasPrefix("/") ? value : "/" + value
      case "version": version = try Self.version(value, text)
      default: break
      }
    }
    if let path, path.split(separator: "/").contains("..") { throw .climbingPath(text) }
  }

  private static func version(_ value: String, _ text: String) throws(RepositoryURLError) -> Version? {
    let name = String(value.dropFirst(2))
    switch value.prefix(2) {
    case "GB": return name.isEmpty ? nil : .branch(name)
    case "GT" where !name.isEmpty: return .tag(name)
    case "GC" where !name.isEmpty: return .commit(name)
    default:
      if value.isEmpty { return nil }
      throw .unknownVersion(value)
    }
  }
}

/// Why a text is not the address of a repository.
package enum RepositoryURLError: Error, Equatable, CustomStringConvertible {
  case notAURL(String)
  case notARepository(String)
  case unknownVersion(String)
  case climbingPath(String)

  /// A text without user information and query, where secrets stand: clone addresses have tokens in them.
  private static func safe(_ text: String) -> String {
    var text = text.prefix { $0 != "?" && $0 != "#" }
    let start = text.range(of: "://")?.upperBound ?? text.startIndex
    let authority = text[start...].prefix { $0 != "/" }
    if let at = authority.lastIndex(of: "@") { text.removeSubrange(start...at) }
    return String(text)
  }

  package var description: String {
    switch self {
    case .notAURL(let text): "'\(Self.safe(text))' is not a URL; expected one such as \(Self.example)"
    case .notARepository(let text):
      "'\(Self.safe(text))' is not the address of a git repository in Azure DevOps; expected one such as \(Self.example)"
    case .unknownVersion(let version):
      "the version '\(version)' in the URL must begin with GB (branch), GT (tag) or GC (commit)"
    case .climbingPath(let text): "the path in '\(Self.safe(text))' must not have '..' in it"
    }
  }

  private static let example = "https://dev.azure.com/contoso/Payments/_git/api?path=/catalog-info.yaml"
}
