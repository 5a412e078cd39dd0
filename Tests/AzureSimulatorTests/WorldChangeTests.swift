import Testing

@testable import AzureSimulator

/// What people do to repositories and projects while the service runs, and what it answers afterwards.
@Suite struct WorldChangeTests {
  private func asking() -> Asking {
    Asking(
      World(
        organizations: [
          World.Organization(
            "contoso",
            projects: [
              World.Project(
                "P",
                repositories: [
                  World.Repository("a", files: ["/x.yaml": "1\n"]),
                  World.Repository("b", files: ["/x.yaml": "2\n"]),
                ]
              ), World.Project("Q"),
            ]
          )
        ]
      )
    )
  }

  /// `project/name id` of every listed repository.
  private func listed(_ asking: Asking) -> [String] {
    (asking.get("/contoso/_apis/git/repositories").json?["value"]?.elements ?? []).map {
      "\($0["project"]?["name"]?.string ?? "")/\($0["name"]?.string ?? "") \($0["id"]?.string ?? "")"
    }
  }

  private func ids(_ asking: Asking, _ route: String) -> [String] {
    (asking.get("/contoso/\(route)").json?["value"]?.elements ?? []).compactMap { $0["id"]?.string }
  }

  private func id(_ asking: Asking, _ name: String) throws -> String {
    try #require(
      asking.simulator.world.repositoryID(organization: "contoso", project: "P", repository: name)
    )
  }

  @Test func `a repository that is renamed or moved keeps its id and its commits`() throws {
    let asking = asking()
    let id = try id(asking, "a")
    let item = "/contoso/_apis/git/repositories/\(id)/items?path=/x.yaml&$format=json&api-version=7.0"
    let commit = try #require(asking.get(item).json?["commitId"]?.string)

    asking.simulator.change { $0.renameRepository("contoso/P/A", to: "new") }
    #expect(listed(asking).contains("P/new \(id)"))
    #expect(asking.get("/contoso/P/_apis/git/repositories/a").status == 404)
    asking.simulator.change { $0.moveRepository("contoso/p/new", toProject: "Q") }
    asking.simulator.change { $0.moveRepository("contoso/P/b", toProject: "R") }

    #expect(listed(asking).contains("Q/new \(id)"))
    #expect(listed(asking).contains { $0.hasPrefix("R/b ") })
    #expect(asking.get(item).json?["commitId"]?.string == commit)
  }

  @Test func `a deleted repository is in the recycle bin, and one that is destroyed is only remembered`()
    throws
  {
    let asking = asking()
    let (a, b) = (try id(asking, "a"), try id(asking, "b"))

    asking.simulator.change { $0.deleteRepository("contoso/P/a") }
    asking.simulator.change { $0.destroyRepository("contoso/P/b") }

    #expect(listed(asking).isEmpty)
    #expect(asking.get("/contoso/_apis/git/repositories/\(a)").text.contains("TF401019"))
    #expect(ids(asking, "P/_apis/git/recycleBin/repositories") == [a])
    #expect(ids(asking, "P/_apis/git/deletedrepositories") == [a, b])
    #expect(ids(asking, "Q/_apis/git/deletedrepositories").isEmpty)
    let row = try #require(asking.get("/contoso/P/_apis/git/deletedrepositories").json?["value"]?[0])
    #expect(row.keys == ["id", "name", "project", "deletedBy", "createdDate", "deletedDate"])
    #expect(row["project"]?["name"]?.string == "P")

    asking.simulator.change { $0.destroyRepository("contoso/P/a") }
    #expect(ids(asking, "P/_apis/git/recycleBin/repositories").isEmpty)
    asking.simulator.change { $0.restoreRepository("contoso/P/a") }
    #expect(listed(asking).isEmpty, "what is destroyed cannot be restored")
  }

  @Test func `what is in the recycle bin can be restored as it was`() throws {
    let asking = asking()
    let before = listed(asking)

    asking.simulator.change { $0.deleteRepository("contoso/P/b") }
    asking.simulator.change { $0.restoreRepository("contoso/P/b") }

    #expect(listed(asking) == before)
    #expect(ids(asking, "P/_apis/git/deletedrepositories").isEmpty)
  }

  @Test func `a deleted project is shown only to those who ask for deleted ones`() throws {
    let asking = asking()
    let projects = ids(asking, "_apis/projects")

    asking.simulator.change { $0.deleteProject("contoso/P") }

    #expect(listed(asking).isEmpty)
    #expect(ids(asking, "_apis/projects") == [projects[1]])
    #expect(ids(asking, "_apis/projects?stateFilter=deleted") == [projects[0]])
    #expect(
      asking.get("/contoso/_apis/projects?stateFilter=deleted").json?["value"]?[0]?["state"]?.string
        == "deleted"
    )
    #expect(asking.get("/contoso/\(projects[0])/_apis/git/deletedrepositories").text.contains("VS800075"))
  }

  @Test func `a hidden project is as if it did not exist, and comes back as it was`() throws {
    let asking = asking()
    let (before, projects) = (listed(asking), ids(asking, "_apis/projects"))
    let id = try id(asking, "a")

    asking.simulator.change { $0.hideProject("contoso/P") }

    #expect(listed(asking).isEmpty)
    #expect(ids(asking, "_apis/projects?stateFilter=all") == [projects[1]])
    #expect(ids(asking, "_apis/projects?stateFilter=deleted").isEmpty)
    #expect(asking.get("/contoso/\(projects[0])/_apis/git/recycleBin/repositories").status == 404)
    #expect(asking.get("/contoso/_apis/git/repositories/\(id)").text.contains("TF401019"))
    asking.simulator.change { $0.hideProject("contoso/P", false) }
    #expect(listed(asking) == before)
  }

  @Test func `a project that is renamed keeps its id and those of its repositories`() throws {
    let asking = asking()
    let before = ids(asking, "_apis/projects") + ids(asking, "_apis/git/repositories")

    asking.simulator.change { $0.renameProject("contoso/P", to: "Payments") }

    #expect(ids(asking, "_apis/projects") + ids(asking, "_apis/git/repositories") == before)
    #expect(listed(asking).allSatisfy { $0.hasPrefix("Payments/") })
  }

  @Test func `a repository that was hidden from the caller is not shown when it is deleted either`() throws {
    let asking = asking()
    asking.simulator.change { $0.update("contoso/P/a") { $0.access = .invisible } }
    asking.simulator.change { $0.deleteRepository("contoso/P/a") }

    #expect(ids(asking, "P/_apis/git/deletedrepositories").isEmpty)
  }

  @Test(arguments: ["_apis/git/deletedrepositories", "_apis/git/recycleBin/repositories"])
  func `the deleted repositories are asked for by project`(route: String) {
    #expect(asking().get("/contoso/\(route)").status == 404)
    #expect(asking().post("/contoso/P/\(route)", "{}").status == 404)
  }

  @Test(arguments: [(0.01, 1), (0.1, 10), (0.5, 50), (1, 100)])
  func `a share of the catalog files is changed, spread over the projects`(share: Double, changed: Int) {
    let asking = Asking(.generated(.init(repositories: 100, projects: 7)))
    let before = asking.simulator.world

    let answer = asking.post("/__simulator/change?share=\(share)", "")

    #expect(answer.status == 204)
    let pairs = zip(before.organizations[0].projects, asking.simulator.world.organizations[0].projects)
    #expect(pairs.flatMap { zip($0.repositories, $1.repositories) }.count { $0.files != $1.files } == changed)
  }

  @Test(arguments: ["", "?share=0", "?share=1.5", "?share=x"])
  func `a change without a share is none`(query: String) {
    #expect(Asking(Sample.world).post("/__simulator/change\(query)", "").status == 400)
  }
}
