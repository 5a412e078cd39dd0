import Settings

extension RepositoryURL {
  /// Reads an address as it is copied from a browser, in any of its forms (facts/backstage-azure.md 3.1,
  /// 3.2, 3.5): the short form, where project and repository have one name, collections of an own server
  /// with `tfs` before them or without, and `ORGANIZATION.visualstudio.com` with or without
  /// `DefaultCollection` or the organization once more.
  ///
  /// A user, a fragment, other parameters and what stands behind the repository are ignored. In a query, a
  /// plus sign is a blank.
  ///
  /// - Throws: `RepositoryURLError` saying what is missing or cannot be read; never `noFile`.
  package init(_ text: String) throws(RepositoryURLError) {
    guard let address = WebAddress(text) else { throw .notAURL(text) }
    let parts = address.segments.map { URLText.decoded($0, keepingMalformed: true) ?? "" }
    guard let git = parts.firstIndex(of: "_git"), git + 1 < parts.count,
      !parts[git + 1].isEmpty, !parts[..<git].contains(""), !parts.contains("."), !parts.contains(".."),
      let owner = Self.owner(on: address.host, parts: Array(parts[..<git]), repository: parts[git + 1])
    else { throw .notARepository(text) }
    // What a page appends to the address of a repository is not ours to judge.
    for segment in address.segments[...(git + 1)] where URLText.decoded(segment) == nil {
      throw .malformedEscape(text)
    }
    self.init(
      host: address.host,
      organization: owner.organization,
      project: owner.project,
      repository: parts[git + 1]
    )
    if let value = try Self.parameter("path", of: address, text), !value.isEmpty {
      if RepositoryPath.climbs(value) { throw .climbingPath(text) }
      path = RepositoryPath.canonical(value)
    }
    if let value = try Self.parameter("version", of: address, text) { version = try Self.version(value) }
  }

  /// What the parts before `_git` are; nil when no form has so many.
  private static func owner(
    on host: String,
    parts: [String],
    repository: String
  ) -> (organization: String, project: String)? {
    if let organization = AzureHost.visualStudioOrganization(of: host) {
      var parts = parts[...]
      let isRepeated = parts.count == 2 && parts.first?.lowercased() == organization
      if isRepeated || parts.first?.lowercased() == "defaultcollection" { parts.removeFirst() }
      // As a first part it says nothing (facts/azure-devops-api.md 1.1): a project of that name would have an address
      // that reads back to another one.
      if parts.first?.lowercased() == "defaultcollection" { return nil }
      return parts.count > 1 ? nil : (organization, parts.first ?? repository)
    }
    // `tfs` is the folder under which a server of one's own has its collections, and none of them.
    let folders = parts.first?.lowercased() == "tfs" && !AzureHost.isCloud(host) ? 2 : 1
    switch parts.count {
    case folders: return collection(parts).map { ($0, repository) }
    case (folders + 1)...3: return collection(parts.dropLast()).map { ($0, parts[parts.count - 1]) }
    default: return nil
    }
  }

  /// Nil when a part has a slash in it, escaped: it would be another collection, or a way out of it.
  private static func collection(_ parts: [String]) -> String? {
    parts.contains { $0.utf8.contains(UInt8(ascii: "/")) } ? nil : parts.joined(separator: "/")
  }

  /// The first value of a parameter, decoded once; nil when the query does not have it.
  private static func parameter(
    _ name: String,
    of address: WebAddress,
    _ text: String
  ) throws(RepositoryURLError) -> String? {
    for pair in address.query.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard URLText.decoded(halves[0], keepingMalformed: true) == name else { continue }
      guard halves.count == 2 else { return "" }
      // In a query a plus sign is a blank (WHATWG URL, 5.1).
      guard let value = URLText.decoded(halves[1].replacing("+", with: " ")) else {
        throw .malformedEscape(text)
      }
      return value
    }
    return nil
  }

  private static func version(_ value: String) throws(RepositoryURLError) -> Version? {
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

/// Paths in a repository.
enum RepositoryPath {
  /// The path with one slash before it and between its parts, without parts that stay where they are (`.`);
  /// a slash at the end, which means a folder, is kept.
  static func canonical(_ path: String) -> String {
    // Bytes, since a mark that follows a slash would make another character of it.
    let all = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let parts = all.filter { !$0.isEmpty && !$0.elementsEqual(".".utf8) }
    guard !parts.isEmpty else { return "/" }
    let isFolder = all.last?.isEmpty == true || all.last?.elementsEqual(".".utf8) == true
    return "/" + parts.map { String(Substring($0)) }.joined(separator: "/") + (isFolder ? "/" : "")
  }

  /// Whether a part of the path is `..`, however often it is escaped, for a service that decodes once more
  /// than it should; a backslash divides parts as well, since the service runs on Windows.
  static func climbs(_ path: String) -> Bool {
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      bytes.append(byte)
      // What comes out of an escape may end another one: `%252e` is `%2e` is `.`.
      while bytes.count >= 3, let value = URLText.escapedByte(bytes[(bytes.count - 3)...]) {
        bytes.removeLast(3)
        bytes.append(value)
      }
    }
    let parts = bytes.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    return parts.contains { $0.elementsEqual("..".utf8) }
  }
}
