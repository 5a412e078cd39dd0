/// What is to be done so that an address is told of an organization's events: pure.
package struct HookPlan: Sendable, Equatable {
  /// The kinds of events that a catalog file can follow from (facts/azure-devops-api.md 7.1).
  package static let eventTypes = [
    "git.push", "git.repo.created", "git.repo.deleted", "git.repo.renamed", "git.repo.statuschanged",
  ]

  package struct Step: Sendable, Equatable {
    package enum Action: String, Sendable {
      /// It is there.
      case keep
      case create
      /// It is there, and is deleted and made anew.
      case replace
      case delete
    }

    package var action: Action
    package var eventType: String
    package var projectID: String
    /// What is there; empty for what is to be made.
    package var existing: [String]

    package init(_ action: Action, _ eventType: String, _ projectID: String, existing: [String] = []) {
      self.action = action
      self.eventType = eventType
      self.projectID = projectID
      self.existing = existing
    }
  }

  /// In the order of projects and events.
  package var steps: [Step]

  /// So that each project has each event once, and none of them is disabled.
  ///
  /// - Parameters:
  ///   - renew: Whether what is there is replaced: its secret cannot be read back, and may be another one.
  package init(
    installing url: String,
    projects: [String],
    existing: [HookSubscription],
    renew: Bool
  ) {
    let ours = existing.filter { Self.isSame($0.url, url) }
    steps = projects.flatMap { project in
      Self.eventTypes.map { type in
        let found = ours.filter { $0.projectID == project && $0.eventType == type }
        let ids = found.map(\.id)
        guard let first = found.first else { return Step(.create, type, project) }
        let isWell = found.count == 1 && first.isActive && !renew
        return Step(isWell ? .keep : .replace, type, project, existing: ids)
      }
    }
  }

  /// So that nothing is sent to the address any more, whatever the project.
  package init(removing url: String, existing: [HookSubscription]) {
    steps = existing.filter { Self.isSame($0.url, url) }
      .map { Step(.delete, $0.eventType, $0.projectID, existing: [$0.id]) }
      .sorted { ($0.projectID, $0.eventType, $0.existing[0]) < ($1.projectID, $1.eventType, $1.existing[0]) }
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    var (a, b) = (a, b)
    if a.hasSuffix("/") { a.removeLast() }
    if b.hasSuffix("/") { b.removeLast() }
    return a == b
  }
}
