/// One row of the table of resources that OPTIONS answers with (facts/azure-devops-api.md 1.3).
struct Location: Sendable {
  let id: String
  let area: String
  let resource: String
  let template: String
  var version = 1
  var lowest = "1.0"
  var released = "7.1"

  /// The newest version of every resource; as text, like the others.
  private static let newest = "7.2"

  func write(_ json: inout JSONWriter) {
    json.field("id", id)
    json.field("area", area)
    json.field("resourceName", resource)
    json.field("routeTemplate", template)
    json.field("resourceVersion", version)
    json.field("minVersion", lowest)
    json.field("maxVersion", Self.newest)
    json.field("releasedVersion", released)
  }

  private static let inProject = "{project}/_apis/{area}/"
  private static let inRepository = "{project}/_apis/{area}/repositories/{repositoryId}/"

  static let all: [Location] = [
    Location(
      id: "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
      area: "core",
      resource: "projects",
      template: "_apis/{resource}/{*projectId}",
      version: 4
    ),
    Location(
      id: "225f7195-f9c7-4d14-ab28-a83f7ff77e1f",
      area: "git",
      resource: "repositories",
      template: inProject + "{resource}/{repositoryId}"
    ),
    Location(
      id: "fb93c0db-47ed-4a31-8c20-47552878fb44",
      area: "git",
      resource: "items",
      template: inRepository + "{resource}/{*path}"
    ),
    Location(
      id: "630fd2e4-fb88-4f85-ad21-13f3fd1fbca9",
      area: "git",
      resource: "itemsBatch",
      template: inRepository + "{resource}"
    ),
    Location(
      id: "2d874a60-a811-4f62-9c9f-963a6ea0a55b",
      area: "git",
      resource: "refs",
      template: inRepository + "{resource}/{*filter}",
      version: 2
    ),
    Location(
      id: "d5e42319-9c64-4acd-a906-f524a578a7fe",
      area: "git",
      resource: "refsBatch",
      template: inRepository + "{resource}",
      lowest: "2.1"
    ),
    Location(
      id: "f1d5d07a-6b89-4384-bef6-446461e31a39",
      area: "git",
      resource: "limitedRefCriteria",
      template: inRepository + "{resource}",
      lowest: "2.2"
    ),
    Location(
      id: "40c1f5b7-2bb6-4c28-b844-0f47cd6bb610",
      area: "git",
      resource: "branchStats",
      template: inRepository + "stats/branches/{*name}"
    ),
    Location(
      id: "d5b216de-d8d5-4d32-ae76-51df755b16d3",
      area: "git",
      resource: "branchStats",
      template: inRepository + "stats/branches",
      version: 2
    ),
    Location(
      id: "c2570c3b-5b3f-41b8-98bf-5407bfde8d58",
      area: "git",
      resource: "commits",
      template: inRepository + "{resource}/{commitId}",
      version: 2
    ),
    Location(
      id: "6400dfb2-0bcb-462b-b992-5a57f8f1416c",
      area: "git",
      resource: "commitsBatch",
      template: inRepository + "{resource}",
      version: 2
    ),
    Location(
      id: "5bf884f5-3e07-42e9-afb8-1b872267bf16",
      area: "git",
      resource: "changes",
      template: inRepository + "commits/{commitId}/{resource}"
    ),
    Location(
      id: "ea98d07b-3c87-4971-8ede-a613694ffb55",
      area: "git",
      resource: "pushes",
      template: inRepository + "{resource}/{pushId}",
      version: 3
    ),
    Location(
      id: "615588d5-c0c7-4b88-88f8-e625306446e8",
      area: "git",
      resource: "commitDiffs",
      template: inRepository + "diffs/commits"
    ),
    Location(
      id: "e264ef02-4e92-4cfc-a4b1-5e71894d7b31",
      area: "git",
      resource: "treeDiffs",
      template: inRepository + "diffs/trees",
      lowest: "3.0"
    ),
    Location(
      id: "729f6437-6f92-44ec-8bee-273a7111063c",
      area: "git",
      resource: "trees",
      template: inRepository + "{resource}/{sha1}"
    ),
    Location(
      id: "7b28e929-2c99-405d-9c5c-6167a06e6816",
      area: "git",
      resource: "blobs",
      template: inRepository + "{resource}/{sha1}"
    ),
    Location(
      id: "e74b530c-edfa-402b-88e2-8d04671134f7",
      area: "git",
      resource: "filePaths",
      template: inRepository + "{resource}/{*scopepath}",
      lowest: "3.0"
    ),
    Location(
      id: "616a5255-74b3-40f5-ae1d-bbae2eec8db5",
      area: "git",
      resource: "repositoryStats",
      template: inRepository + "stats",
      lowest: "3.0"
    ),
    Location(
      id: "82aea7e8-9501-45dd-ac58-b069aa73b926",
      area: "git",
      resource: "repositoriesPaged",
      template: "_apis/{area}/{projectId}/repositoriesPaged",
      lowest: "7.2",
      released: "0.0"
    ),
    Location(
      id: "5e8a8081-3851-4626-b677-9891cc04102e",
      area: "git",
      resource: "annotatedTags",
      template: inRepository + "{resource}/{objectId}",
      lowest: "3.1"
    ),
    Location(
      id: "2b6869c4-cb25-42b5-b7a3-0d3e6be0a11a",
      area: "git",
      resource: "deletedRepositories",
      template: inProject + "{resource}",
      lowest: "2.2"
    ),
    Location(
      id: "a663da97-81db-4eb3-8b83-287670f63073",
      area: "git",
      resource: "recycleBinRepositories",
      template: inProject + "recycleBin/repositories/{repositoryId}",
      lowest: "4.1"
    ),
    Location(
      id: "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
      area: "Location",
      resource: "ConnectionData",
      template: "_apis/{resource}",
      released: "0.0"
    ),
    Location(
      id: "e81700f7-3be2-46de-8624-2eb35882fcaa",
      area: "Location",
      resource: "ResourceAreas",
      template: "_apis/{resource}/{areaId}",
      lowest: "3.2",
      released: "0.0"
    ),
    Location(
      id: "fc50d02a-849f-41fb-8af1-0a5216103269",
      area: "hooks",
      resource: "subscriptions",
      template: "_apis/{area}/{resource}/{subscriptionId}"
    ),
    Location(
      id: "c7c3c1cf-9e05-4c0d-a425-a0f922c2c6ed",
      area: "hooks",
      resource: "subscriptionsQuery",
      template: "_apis/{area}/{resource}"
    ),
  ]
}
