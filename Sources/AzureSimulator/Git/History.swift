/// The commits of every branch and tag: what a world holds and what it held before.
///
/// Earlier versions of files are kept; commits are computed from them when they are asked for, and the
/// most recently asked are remembered.
final class History: Sendable {
  private let earlier: Guarded<[Line: [World.Files]]> = Guarded([:])
  private let computed: Guarded<[Line: [Snapshot]]> = Guarded([:])

  /// Branches that are remembered at most; a generated world has more repositories than are worth keeping.
  private static let capacity = 4096

  /// One branch or tag of one repository.
  struct Line: Hashable, Sendable {
    let organization: String
    let repository: GUID
    /// The full name, `refs/heads/main`.
    let ref: String
  }

  /// Every commit of a branch or tag, oldest first; empty when the repository has no such ref.
  func commits(of ref: String, in repository: RepositoryIndex) -> [Snapshot] {
    guard let files = Self.files(of: ref, in: repository.repository) else { return [] }
    let line = Line(organization: repository.project.organization, repository: repository.id, ref: ref)
    if let known = computed.withLock({ $0[line] }) { return known }
    var commits: [Snapshot] = []
    for (number, version) in ((earlier.withLock { $0[line] } ?? []) + [files]).enumerated() {
      commits.append(Snapshot(files: version.all, parent: commits.last?.commit, number: number))
    }
    computed.withLock {
      if $0.count >= Self.capacity { $0.removeAll(keepingCapacity: true) }
      $0[line] = commits
    }
    return commits
  }

  /// Keeps what the branches of `old` held and those of `new` hold no longer.
  func keep(_ old: WorldIndex, before new: WorldIndex) {
    for owner in old.all {
      guard let successor = new.organization(owner.name) else { continue }
      for project in owner.projects {
        for (place, repository) in project.project.repositories.enumerated() {
          let id = project.repositoryIDs[place]
          guard let later = successor.repository(id.description, project: nil) else { continue }
          keep(repository, before: later)
        }
      }
    }
  }

  private func keep(_ old: World.Repository, before new: RepositoryIndex) {
    guard old.branches != new.repository.branches || old.tags != new.repository.tags else { return }
    for ref in Self.refs(of: old) {
      guard let files = Self.files(of: ref, in: old), files != Self.files(of: ref, in: new.repository) else {
        continue
      }
      let line = Line(organization: new.project.organization, repository: new.id, ref: ref)
      earlier.withLock { $0[line, default: []].append(files) }
      computed.withLock { $0[line] = nil }
    }
  }

  /// The full names of a repository's branches and tags, in name order.
  static func refs(of repository: World.Repository) -> [String] {
    (repository.branches.keys.map { "refs/heads/\($0)" } + repository.tags.keys.map { "refs/tags/\($0)" })
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func files(of ref: String, in repository: World.Repository) -> World.Files? {
    if ref.hasPrefix("refs/heads/") { return repository.branches[String(ref.dropFirst(11))] }
    if ref.hasPrefix("refs/tags/") { return repository.tags[String(ref.dropFirst(10))] }
    return nil
  }
}
