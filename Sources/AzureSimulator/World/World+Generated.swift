extension World {
  /// The size of a generated world.
  package struct Plan: Sendable, Equatable {
    /// Repositories of each organization.
    package var repositories: Int
    /// Projects of each organization; the repositories are spread over them in turn.
    package var projects: Int
    package var organizations: Int
    /// The share of repositories without a catalog file, from 0 to 1.
    package var missing: Double
    /// Documents in each catalog file, at least 1.
    package var documents: Int
    package var seed: UInt64

    package init(
      repositories: Int,
      projects: Int = 1,
      organizations: Int = 1,
      missing: Double = 0,
      documents: Int = 2,
      seed: UInt64 = 1
    ) {
      self.repositories = repositories
      self.projects = projects
      self.organizations = organizations
      self.missing = missing
      self.documents = documents
      self.seed = seed
    }
  }

  /// A world of organizations `org1` and on, each with projects `project-1` and on.
  ///
  /// The repositories are `service-000001` and on. Their content is written when it is asked for, so a world
  /// of 100,000 repositories is some ten MB. Exactly the planned share of each organization's repositories
  /// (rounded) has no catalog file; which ones depends on the seed. The token is ``defaultToken``.
  package static func generated(_ plan: Plan) -> World {
    precondition(plan.projects > 0 && plan.documents > 0, "a plan has projects and documents")
    return World(organizations: (1...max(plan.organizations, 1)).map { organization(number: $0, plan) })
  }

  private static func organization(number: Int, _ plan: Plan) -> Organization {
    let name = "org\(number)"
    var random = SeededGenerator(seed: plan.seed &+ UInt64(number))
    let missing = Int((Double(plan.repositories) * plan.missing).rounded())
    let withoutFile = Set(random.shuffled(Array(0..<plan.repositories)).prefix(missing))
    var projects = (1...plan.projects).map { Project("project-\($0)") }
    for place in 0..<plan.repositories {
      let files = GeneratedFiles(
        number: place + 1,
        organization: name,
        seed: plan.seed &+ UInt64(number),
        documents: withoutFile.contains(place) ? 0 : plan.documents
      )
      projects[place % plan.projects].repositories.append(Repository(files.name, files: Files(files)))
    }
    return Organization(name, projects: projects)
  }
}
