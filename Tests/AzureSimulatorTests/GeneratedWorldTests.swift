import Testing

@testable import AzureSimulator

@Suite struct GeneratedWorldTests {
  @Test func `exactly the planned share has no catalog file`() {
    let world = World.generated(.init(repositories: 200, projects: 7, organizations: 2, missing: 0.1))

    for organization in world.organizations {
      let repositories = organization.projects.flatMap(\.repositories)
      #expect(organization.projects.count == 7)
      #expect(repositories.count == 200)
      #expect(repositories.count { $0.files["/catalog-info.yaml"] == nil } == 20)
      #expect(repositories.allSatisfy { $0.files["/README.md"] != nil })
    }
  }

  @Test func `the same plan gives the same world, another seed another one`() {
    let plan = World.Plan(repositories: 50, missing: 0.2, seed: 1)
    let other = World.Plan(repositories: 50, missing: 0.2, seed: 2)

    #expect(World.generated(plan) == World.generated(plan))
    let missing = { (plan: World.Plan) in
      World.generated(plan).organizations[0].projects[0].repositories.filter {
        $0.files["/catalog-info.yaml"] == nil
      }.map(\.name)
    }
    #expect(missing(plan) != missing(other))
  }

  @Test(arguments: [1, 2, 5])
  func `a catalog file has the planned number of documents of about half a kilobyte`(documents: Int) throws {
    let world = World.generated(.init(repositories: 3, documents: documents))
    let file = try #require(world.organizations[0].projects[0].repositories[1].files["/catalog-info.yaml"])

    let text = String(decoding: file.bytes, as: UTF8.self)
    #expect(text.split(separator: "\n").count { $0 == "---" } == documents - 1)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("kind: ") } == documents)
    #expect((300...700).contains(file.bytes.count / documents))
    #expect(text.contains("  name: org1-service-000002\n"))
    #expect(!text.contains("\t"))
  }

  @Test func `names of entities are unique in the whole world`() {
    let world = World.generated(.init(repositories: 40, projects: 3, organizations: 2, documents: 3))
    let names = world.organizations.flatMap(\.projects).flatMap(\.repositories).flatMap { repository in
      String(decoding: repository.files["/catalog-info.yaml"]?.bytes ?? [], as: UTF8.self)
        .split(separator: "\n").filter { $0.hasPrefix("  name: ") }
    }

    #expect(names.count == 2 * 40 * 3)
    #expect(Set(names).count == names.count)
  }

  @Test func `a test changes one generated repository like any other`() {
    let asking = Asking(.generated(.init(repositories: 3)))
    let address =
      "/org1/project-1/_apis/git/repositories/service-000002/items?path=/catalog-info.yaml&$format=text"
    asking.simulator.change {
      $0.organizations[0].projects[0].repositories[1].files["/catalog-info.yaml"] = "new"
    }

    #expect(asking.get(address).text == "new")
    #expect(
      asking.get("/org1/project-1/_apis/git/repositories/service-000002/commits").json?["count"]?.number == 2
    )
  }
}
