/// Which commit of a repository a request means (facts/azure-devops-api.md 2.3).
struct VersionDescriptor: Sendable, Equatable {
  let kind: Kind
  /// Branch or tag by its short name, or a commit id; nil: the default branch.
  let name: String?
  let option: Option

  enum Kind: String, CaseIterable {
    case branch
    case tag
    case commit
  }

  enum Option: String, CaseIterable {
    case none
    case previousChange = "previouschange"
    case firstParent = "firstparent"
  }

  /// Reads `versionDescriptor.version` or `version`, and so on, from a query.
  init(_ query: Query) throws(ServiceError) {
    try self.init(
      kind: query.value("versiondescriptor.versiontype", "versiontype"),
      name: query.value("versiondescriptor.version", "version"),
      option: query.value("versiondescriptor.versionoptions", "versionoptions")
    )
  }

  /// - Parameters:
  ///   - kind: a name in any case or its number, 0 to 2; nil: branch.
  ///   - option: a name in any case or its number, 0 to 2; nil: none.
  /// - Throws: `ArgumentException` for other words.
  init(kind: String?, name: String?, option: String?) throws(ServiceError) {
    self.kind = try Self.member(kind, "versionType") ?? .branch
    self.name = name
    self.option = try Self.member(option, "versionOptions") ?? .none
  }

  private static func member<Member: RawRepresentable<String> & CaseIterable>(
    _ text: String?,
    _ parameter: String
  ) throws(ServiceError) -> Member? where Member.AllCases == [Member] {
    guard let text else { return nil }
    if let number = Int(text), Member.allCases.indices.contains(number) { return Member.allCases[number] }
    guard let member = Member(rawValue: text.lowercased()) else { throw .badArgument(parameter, text) }
    return member
  }

  /// The part of an item's address that names the version.
  var addressPart: String {
    let word = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
    let version = name.map { "&version=\(PercentEncoding.encoded($0))" } ?? ""
    let option =
      switch option {
      case .none: "None"
      case .previousChange: "PreviousChange"
      case .firstParent: "FirstParent"
      }
    return "versionType=\(word)\(version)&versionOptions=\(option)"
  }
}

/// A descriptor and the commits it leads to.
struct ResolvedVersion: Sendable {
  let descriptor: VersionDescriptor
  /// The descriptor as errors write it, `<Branch: main >`.
  let text: String
  /// The commits of the line up to the resolved one, which is the last.
  let commits: [Snapshot]
  let head: Snapshot
}

extension Call {
  /// Finds the commit a descriptor means.
  /// - Throws: VS403403 for an empty repository, TF401175 for an unknown version; a full ref name is an
  ///   unknown branch (facts/azure-devops-api.md 2.3).
  func resolve(_ descriptor: VersionDescriptor, in repository: RepositoryIndex) throws(ServiceError)
    -> ResolvedVersion
  {
    if repository.isEmpty { throw .emptyRepository(repository.name) }
    let name = descriptor.name ?? repository.repository.defaultBranch
    let word = descriptor.kind.rawValue.prefix(1).uppercased() + descriptor.kind.rawValue.dropFirst()
    let text = "<\(word): \(name) >"
    var commits =
      switch descriptor.kind {
      case .branch: history.commits(of: "refs/heads/\(name)", in: repository)
      case .tag: history.commits(of: "refs/tags/\(name)", in: repository)
      case .commit: ObjectID(name).map { line(to: $0, in: repository) } ?? []
      }
    if descriptor.option == .firstParent { commits = Array(commits.dropLast()) }
    if descriptor.option == .previousChange, let path = query.value("path") {
      let current = commits.last?.node(at: Self.rooted(path))?.id
      while commits.last.map({ $0.node(at: Self.rooted(path))?.id == current }) == true {
        commits.removeLast()
      }
    }
    guard let head = commits.last else { throw .versionMissing(text, repository.name) }
    return ResolvedVersion(descriptor: descriptor, text: text, commits: commits, head: head)
  }

  /// The commits of some branch or tag up to the one with this id; empty when no line holds it.
  func line(to commit: ObjectID, in repository: RepositoryIndex) -> [Snapshot] {
    for ref in History.refs(of: repository.repository) {
      let commits = history.commits(of: ref, in: repository)
      if let place = commits.firstIndex(where: { $0.commit == commit }) { return Array(commits[...place]) }
    }
    return []
  }

  /// A path with a slash in front and none behind; the root is `/`.
  static func rooted(_ path: String) -> String {
    "/" + path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }.joined(separator: "/")
  }
}
