import AzureDevOps
import CatalogStore
import Foundation

/// Finds out which repositories that are not listed are gone, and removes those, when everything else of their
/// organization is done: a file that has moved to another repository is read there first, and its entities go on.
struct RemovalPhase: Sendable {
  let session: OrganizationSession
  let database: CatalogDatabase
  let rule: RemovalRule
  let now: @Sendable () -> Date

  /// Asks about the missing repositories, project by project, and removes those that are gone.
  ///
  /// Asked are only projects with a repository that holds something and is missing for long enough. What cannot be
  /// found out is kept and said, and fails nothing.
  ///
  /// - Parameter mayRemove: Whether to ask and to remove at all; else only to say what is kept.
  /// - Returns: How many entities were removed, and what is kept.
  /// - Throws: What the database throws, and `CancellationError`.
  func run(mayRemove: Bool) async throws -> (removed: Int, heldBack: HeldBackRemovals) {
    let projects = try await database.missingProjects(of: session.id)
    guard !projects.isEmpty else { return (0, HeldBackRemovals()) }
    if mayRemove, rule.isAccepted {
      return (try await database.acceptRemovals(of: session.id, at: now()), HeldBackRemovals())
    }
    let rule = mayRemove ? rule : RemovalRule(maxShare: rule.maxShare, isAccepted: false)
    var plan = RemovalPlan(rule)
    var deletedProjects: Result<Set<String>, FetchError>?
    for project in projects {
      let missing = try await database.missingRepositories(ofProject: project.id)
      let answers =
        mayRemove ? await answers(about: missing, of: project, all: projects, &deletedProjects) : [:]
      for repository in missing { plan.add(repository, answers[repository.guid] ?? .notAsked) }
      try Task.checkCancellation()
    }
    let decision = plan.decision(of: try await database.entityCount(of: session.id))
    if mayRemove { try await database.hold(decision.held, release: plan.released, at: now()) }
    let removed = try await database.removeMissing(decision.removed, of: session.id, at: now())
    return (removed, decision.heldBack)
  }

  private func answers(
    about missing: [MissingRepository],
    of project: MissingProject,
    all projects: [MissingProject],
    _ deletedProjects: inout Result<Set<String>, FetchError>?
  ) async -> [String: DeletionAnswer] {
    let ripe = missing.filter { $0.listings >= RemovalRule.neededListings }
    guard ripe.contains(where: { $0.entities > 0 }) else { return [:] }
    var answers: [String: DeletionAnswer] = [:]
    var left = Set(ripe.map(\.guid))
    func note(_ ids: Set<String>, _ answer: DeletionAnswer) {
      for id in ids { answers[id] = answer }
      left.subtract(ids)
    }
    do throws(FetchError) {
      note(
        try await session.client.deletedRepositories(projectID: project.guid, among: left),
        .shown(.deleted)
      )
      guard !left.isEmpty else { return answers }
      note(
        try await session.client.recycledRepositories(projectID: project.guid, among: left),
        .shown(.recycled)
      )
      note(left, .notShown)
    } catch {
      guard error.meaning == .projectUnavailable else {
        note(left, .unreadable)
        return answers
      }
      let shown: Result<Set<String>, FetchError>
      if let known = deletedProjects {
        shown = known
      } else {
        shown = await self.deletedProjects(among: Set(projects.map(\.guid)))
        deletedProjects = shown
      }
      switch shown {
      case .success(let ids): note(left, ids.contains(project.guid) ? .shown(.projectDeleted) : .notShown)
      case .failure: note(left, .unreadable)
      }
    }
    return answers
  }

  private func deletedProjects(among ids: Set<String>) async -> Result<Set<String>, FetchError> {
    do throws(FetchError) {
      return .success(try await session.client.deletedProjects(among: ids))
    } catch {
      return .failure(error)
    }
  }
}
