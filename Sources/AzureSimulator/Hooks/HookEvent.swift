/// Something that has happened and subscriptions may want (facts/azure-devops-api.md 7.2).
struct HookEvent: Sendable {
  /// In lower case.
  let organization: String
  let type: String
  /// Ids.
  let project: String
  let repository: String
  /// The short names of the branches that have moved; empty when none has.
  let branches: [String]
  let id: GUID
  /// The payload's resource.
  let resource: @Sendable (_ base: String, inout JSONWriter) -> Void
}

/// Finds what has happened between two states of the world.
struct HookEvents {
  let old: WorldIndex
  let new: WorldIndex
  let history: History
  /// Numbers pushes and events on.
  private(set) var lastPush: Int
  private(set) var events: [HookEvent] = []

  private static let none = String(repeating: "0", count: 40)

  /// - Parameter lastPush: The number of the last push before.
  init(from old: WorldIndex, to new: WorldIndex, history: History, lastPush: Int) {
    self.old = old
    self.new = new
    self.history = history
    self.lastPush = lastPush
    for organization in new.all {
      guard let before = old.organization(organization.name) else { continue }
      compare(before, organization)
    }
  }

  private mutating func compare(_ before: OrganizationIndex, _ after: OrganizationIndex) {
    for project in after.projects {
      for place in project.project.repositories.indices {
        let repository = project.repository(place)
        if let known = before.repository(repository.id.description, project: nil) {
          compare(known, repository)
        } else {
          add("git.repo.created", repository) { base, json in
            json.object("repository") { Self.fields(repository, base, &$0) }
          }
        }
      }
    }
    for project in before.projects {
      for place in project.project.repositories.indices {
        let repository = project.repository(place)
        guard after.repository(repository.id.description, project: nil) == nil else { continue }
        add("git.repo.deleted", repository) { base, json in
          json.object("project") { Self.fields(repository.project, base, &$0) }
          json.field("repositoryId", repository.id.description)
          json.field("repositoryName", repository.name)
          json.field("isHardDelete", false)
        }
      }
    }
  }

  private mutating func compare(_ before: RepositoryIndex, _ after: RepositoryIndex) {
    if before.name != after.name {
      add("git.repo.renamed", after) { base, json in
        json.field("oldName", before.name)
        json.field("newName", after.name)
        json.object("repository") { Self.fields(after, base, &$0) }
      }
    }
    if before.repository.isDisabled != after.repository.isDisabled {
      add("git.repo.statuschanged", after) { base, json in
        json.object("repository") { Self.fields(after, base, &$0) }
        json.field("disabled", after.repository.isDisabled)
      }
    }
    let (old, new) = (before.repository.branches, after.repository.branches)
    let moved = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    guard !moved.isEmpty else { return }
    let updates = moved.map { branch -> (name: String, old: String, new: String) in
      let ref = "refs/heads/\(branch)"
      let commits = history.commits(of: ref, in: after)
      let head = commits.last?.commit.description ?? Self.none
      let previous = old[branch] == nil ? Self.none : commits.dropLast().last?.commit.description ?? Self.none
      return (ref, previous, head)
    }
    lastPush += 1
    let push = lastPush
    add("git.push", after, branches: moved) { base, json in
      json.array("commits") { json in
        for update in updates where update.new != Self.none {
          json.object { $0.field("commitId", update.new) }
        }
      }
      json.array("refUpdates") { json in
        for update in updates {
          json.object {
            $0.field("name", update.name)
            $0.field("oldObjectId", update.old)
            $0.field("newObjectId", update.new)
          }
        }
      }
      json.object("repository") { Self.fields(after, base, &$0) }
      json.field("pushId", push)
      json.field("date", "2026-01-05T08:00:00Z")
    }
  }

  private mutating func add(
    _ type: String,
    _ repository: RepositoryIndex,
    branches: [String] = [],
    _ resource: @escaping @Sendable (String, inout JSONWriter) -> Void
  ) {
    events.append(
      HookEvent(
        organization: repository.project.organization.lowercased(),
        type: type,
        project: repository.project.id.description,
        repository: repository.id.description,
        branches: branches,
        id: GUID(name: "event/\(type)/\(repository.id)/\(lastPush)/\(events.count)"),
        resource: resource
      )
    )
  }

  private static func fields(_ repository: RepositoryIndex, _ base: String, _ json: inout JSONWriter) {
    let address = "\(base)/\(PercentEncoding.encoded(repository.project.organization))"
    json.field("id", repository.id.description)
    json.field("name", repository.name)
    json.field("url", "\(address)/_apis/git/repositories/\(repository.id)")
    json.object("project") { fields(repository.project, base, &$0) }
    if !repository.isEmpty {
      json.field("defaultBranch", "refs/heads/\(repository.repository.defaultBranch)")
    }
    let project = PercentEncoding.encoded(repository.project.project.name)
    json.field("remoteUrl", "\(address)/\(project)/_git/\(PercentEncoding.encoded(repository.name))")
  }

  private static func fields(_ project: ProjectIndex, _ base: String, _ json: inout JSONWriter) {
    json.field("id", project.id.description)
    json.field("name", project.project.name)
    json.field("url", "\(base)/\(PercentEncoding.encoded(project.organization))/_apis/projects/\(project.id)")
    json.field("state", "wellFormed")
  }
}
