import Foundation

/// What a target of a Location, or a text that a file includes, stands for.
package enum TargetAddress: Sendable, Hashable {
  /// A file of a repository, or a pattern for files of one.
  case repository(RepositoryURL)
  /// A URL of any scheme that is no address of a repository, without blanks around it and otherwise as it is
  /// written.
  case other(String)

  /// The address as a text: in its one spelling for a repository, as it is written for others.
  package var text: String {
    switch self {
    case .repository(let url): url.text
    case .other(let text): text
    }
  }

  /// What a target means in a file that has this address (facts/backstage-azure.md 3.6).
  ///
  /// - Throws: See `RepositoryURL.resolving(_:)`; `notAURL` too when the target is relative and the file's
  ///   address is of a scheme that has no folders.
  package func resolving(_ target: String) throws(RepositoryURLError) -> TargetAddress {
    switch self {
    case .repository(let url): return try url.resolving(target)
    case .other(let base):
      let target = URLText.trimmed(target)
      if let absolute = try TargetAddress(absolute: target) { return absolute }
      guard let url = URL(string: target, relativeTo: URL(string: base)),
        let address = try TargetAddress(absolute: url.absoluteString)
      else { throw .notAURL(target) }
      return address
    }
  }

  /// Nil when the text has no scheme, so that it is relative.
  fileprivate init?(absolute text: String) throws(RepositoryURLError) {
    guard let scheme = URLText.scheme(of: text) else { return nil }
    do throws(RepositoryURLError) {
      self = .repository(try RepositoryURL(text))
    } catch .notARepository {
      self = .other(text)
    } catch .notAURL where scheme != "http" && scheme != "https" {
      self = .other(text)
    }
  }
}

extension RepositoryURL {
  /// What a target means in the file that has this address (facts/backstage-azure.md 3.6,
  /// facts/backstage-catalog.md 3.3).
  ///
  /// A URL of any scheme stands for itself. Anything else is a path, resolved as URLs are: from the folder
  /// of this file, or with a slash before it from the root of the repository, above which `..` does not
  /// climb. Escapes are decoded, so that `./my api.yaml` and `./my%20api.yaml` are one file; a `%` that
  /// escapes nothing is a percent sign. Organization, project, repository and version stay.
  ///
  /// A fragment and a query are dropped. Since a `?` also stands for one character of a pattern, it begins a
  /// query only where a name and `=` follow: `a.yaml?raw=1` is `a.yaml`, and `./service-?/a.yaml` is a
  /// pattern.
  ///
  /// - Throws: `climbingPath` when `..` is left in the path because it is escaped more than once,
  ///   `malformedEscape` when what is escaped is not UTF-8, and for a URL of a repository whatever reading it
  ///   throws; `notAURL` for `http` and `https` without a host.
  package func resolving(_ target: String) throws(RepositoryURLError) -> TargetAddress {
    let target = URLText.trimmed(target)
    if let absolute = try TargetAddress(absolute: target) { return absolute }
    var url = self
    url.path = try resolvedPath(target)
    return .repository(url)
  }

  private func resolvedPath(_ target: String) throws(RepositoryURLError) -> String? {
    let written = Self.withoutQueryAndFragment(target)
    guard !written.isEmpty else { return path }
    let segments = URLText.segments(of: written)
    var folders: [String] = []
    if segments.first?.isEmpty != true, let path {
      // What stands behind the last slash is the file, and nothing for a folder.
      folders = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast()
        .filter { !$0.isEmpty }.map { String(Substring($0)) }
    }
    var isFolder = false
    for segment in segments {
      guard let name = URLText.decoded(segment, keepingMalformed: true) else {
        throw .malformedEscape(target)
      }
      isFolder = name.isEmpty || name == "." || name == ".."
      switch name {
      case "", ".": break
      case "..": _ = folders.popLast()
      default: folders.append(name)
      }
    }
    let resolved = "/" + folders.joined(separator: "/") + (isFolder && !folders.isEmpty ? "/" : "")
    if RepositoryPath.climbs(resolved) { throw .climbingPath(target) }
    return RepositoryPath.canonical(resolved)
  }

  private static func withoutQueryAndFragment(_ target: String) -> Substring {
    let text = target.utf8.prefix { $0 != UInt8(ascii: "#") }
    for mark in text.indices where text[mark] == UInt8(ascii: "?") {
      let behind = text[mark...].dropFirst()
      let name = behind.prefix { !"=?/".utf8.contains($0) }
      if !name.isEmpty, behind[name.endIndex...].first == UInt8(ascii: "=") {
        return Substring(text[..<mark])
      }
    }
    return Substring(text)
  }
}
