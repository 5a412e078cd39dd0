import Testing

@testable import AzureSimulator

/// The key `identity` of `world.json`.
@Suite struct IdentityWorldFileTests {
  private let folder = TemporaryFolder()

  @Test func `world.json says all that a world can`() throws {
    try folder.write("o/p/r/f", "x")
    try folder.write(
      "world.json",
      """
      {"organizations": {"o": {"tenant": "t2", "identities": ["a"]}},
       "identity": {
        "tenants": [{"id": "t1", "domains": ["d.example"]}, {"id": "t2", "knowsAzureDevOps": false}],
        "applications": [
         {"clientId": "a", "tenant": "t1", "multiTenant": true, "public": true, "tokenLifetime": 61,
          "principals": [{"tenant": "t1", "objectId": "o1"}, {"tenant": "t2", "enabled": false}],
          "secrets": [{"value": "s"}, {"value": "e", "expired": true}],
          "federatedCredentials": [
           {"issuer": "i", "subject": "s"}, {"issuer": "i", "subject": "s", "audience": "x"}]},
         {"clientId": "b", "tenant": "t2"}],
        "managedIdentities": [
         {"clientId": "m", "principalId": "p", "tenant": "t1", "resourceId": "/r", "tokenLifetime": 5},
         {"clientId": "n", "tenant": "t1", "systemAssigned": true}],
        "sources": {"identityHeader": "h", "secret": "c"},
        "user": "u"}}
      """
    )

    let world = try Simulator(folder: folder.address).world

    #expect(world.organizations[0].tenant == "t2")
    #expect(world.organizations[0].identities == ["a"])
    #expect(
      world.identity
        == World.Identity(
          tenants: [.init("t1", domains: ["d.example"]), .init("t2", knowsAzureDevOps: false)],
          applications: [
            .init(
              "a",
              tenant: "t1",
              principals: [.init(tenant: "t1", objectID: "o1"), .init(tenant: "t2", isEnabled: false)],
              isMultiTenant: true,
              isPublic: true,
              secrets: ["s", .init("e", isExpired: true)],
              federatedCredentials: [
                .init(issuer: "i", subject: "s", audience: "api://AzureADTokenExchange"),
                .init(issuer: "i", subject: "s", audience: "x"),
              ],
              tokenLifetime: 61
            ),
            .init("b", tenant: "t2", principals: [.init(tenant: "t2")], tokenLifetime: 3599),
          ],
          managedIdentities: [
            .init("m", principalID: "p", tenant: "t1", resourceID: "/r", tokenLifetime: 5),
            .init("n", tenant: "t1", isSystemAssigned: true, tokenLifetime: 86400),
          ],
          sources: .init(identityHeader: "h", secret: "c"),
          user: "u"
        )
    )
  }

  @Test func `without the key, and in a generated world, there is one of each`() throws {
    try folder.write("o/p/r/f", "x")
    let world = try Simulator(folder: folder.address).world

    #expect(world.identity == .standard)
    #expect(World.generated(.init(repositories: 1)).identity == .standard)
    #expect(world.identity.tenants.map(\.id) == ["10000000-0000-4000-8000-000000000001"])
    #expect(world.identity.applications.map(\.clientID) == ["10000000-0000-4000-8000-000000000002"])
    #expect(
      world.identity.managedIdentities.map(\.clientID)
        == ["10000000-0000-4000-8000-000000000003", "10000000-0000-4000-8000-000000000005"]
    )
  }

  @Test func `a key of another form is an error that names the file`() throws {
    try folder.write("world.json", #"{"identity": {"applications": [{"tenant": "t"}]}}"#)

    #expect {
      try Simulator(folder: folder.address)
    } throws: {
      "\($0)".contains("world.json") && "\($0)".contains("clientId")
    }
  }
}
