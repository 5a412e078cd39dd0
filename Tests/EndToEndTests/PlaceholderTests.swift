import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// Values that come out of other files.
@Suite(.timeLimit(.minutes(2)))
struct PlaceholderTests {
  private func api(_ definition: String, name: String = "web") -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: API
    metadata: {name: \(name)}
    spec: {type: openapi, lifecycle: production, owner: team-a, definition: {\(definition)}}

    """
  }

  private func definition(_ crawling: Crawling, _ name: String = "web") async throws -> String? {
    try await crawling.rows("SELECT json ->> '$.spec.definition' FROM entity WHERE name = '\(name)'").first
  }

  @Test func `C091: a text is taken in from beside the file, and followed when it changes`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/api": [
          "/catalog-info.yaml": api("$text: ./docs/openapi.yaml"), "/docs/openapi.yaml": "openapi: 3.0.0\n",
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      let first = try await crawling.crawl(at: 1)
      #expect(try await definition(crawling) == "openapi: 3.0.0\n")
      #expect(first.totals.requests == 3)
      #expect(
        try await crawling.rows("SELECT address FROM inclusion")
          == ["https://dev.azure.com/contoso/P/_git/api?path=/docs/openapi.yaml"]
      )

      // Nothing in the repository has changed: its commit says so, and the text is not asked for.
      let everything = try await crawling.everything()
      let second = try await crawling.crawl(at: 2)
      #expect(second.totals.requests == 2)
      #expect(try await crawling.everything() == everything)

      // Something else has changed: the text is looked at, and is as it was.
      setFile("x", "/README.md", of: "api", in: simulator)
      let third = try await crawling.crawl(at: 3)
      #expect(third.totals.requests == 3)
      #expect(third.totals.entitiesChanged == 0)
      #expect(try await crawling.crawl(at: 4).totals.requests == 2)

      setFile("openapi: 3.1.0\n", "/docs/openapi.yaml", of: "api", in: simulator)
      let fifth = try await crawling.crawl(at: 5)
      #expect(fifth.totals.entitiesChanged == 1)
      #expect(try await definition(crawling) == "openapi: 3.1.0\n")
    }
  }

  @Test func `C098: a file that is not there fails its entity alone, and the last good state stays`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/api": [
          "/catalog-info.yaml": api("$text: ./a.yaml") + "---\n" + api("$text: ./b.yaml", name: "other"),
          "/a.yaml": "a", "/b.yaml": "b",
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)

      setFile(nil, "/a.yaml", of: "api", in: simulator)
      setFile("b2", "/b.yaml", of: "api", in: simulator)
      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(
        try await crawling.rows(
          "SELECT name, json ->> '$.spec.definition', stale_since IS NOT NULL FROM entity ORDER BY name"
        ) == ["other|b2|0", "web|a|1"]
      )
      #expect(
        try await crawling.rows("SELECT rule, ref, line, column, key_path FROM problem")
          == ["placeholder-file|api:default/web|4|81|spec.definition"]
      )

      setFile("a3", "/a.yaml", of: "api", in: simulator)
      try await crawling.crawl(at: 3)
      #expect(try await definition(crawling) == "a3")
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `a definition of several files becomes one text, across repositories and organizations`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/api": [
          "/catalog-info.yaml": api("$openapi: ./openapi.yaml"),
          "/openapi.yaml": """
          openapi: 3.0.0
          paths:
            /pets:
              $ref: './paths/pets.yaml'
          components:
            schemas:
              Pet:
                $ref: 'https://dev.azure.com/fabrikam/Q/_git/schemas?path=/pet.json#/definitions/Pet'
          """,
          "/paths/pets.yaml": """
          get:
            responses:
              '200': {$ref: '../openapi.yaml#/components/schemas/Pet'}
          """,
        ],
        "fabrikam/Q/schemas": [
          "/pet.json":
            ##"{"definitions": {"Pet": {"type": "object", "properties": {"tag": {"$ref": "#/definitions/Tag"}, "friend": {"$ref": "#/definitions/Pet"}}}, "Tag": {"type": "string", "example": "a: b"}}}"##
        ],
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, tokens: ["contoso": "simulator-token", "fabrikam": "simulator-token"])

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(
        try await definition(crawling) == """
          openapi: "3.0.0"
          paths:
            "/pets":
              get:
                responses:
                  "200":
                    "$ref": "#/components/schemas/Pet"
          components:
            schemas:
              Pet:
                type: object
                properties:
                  tag:
                    type: string
                    example: "a: b"
                  friend:
                    "$ref": "#/components/schemas/Pet"

          """
      )
    }
  }

  @Test func `a throttled placeholder keeps what is stored and is read by the next crawl`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/api": ["/catalog-info.yaml": api("$text: ./a.yaml"), "/a.yaml": "a"]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      setFile("a2", "/a.yaml", of: "api", in: simulator)
      // The first is the catalog file.
      simulator.setFaults([FaultRule(route: "items", numbers: .only(Set(2...40)), answer: .serverError)])
      let second = try await crawling.crawl(at: 2)

      #expect(second.exitCode == 2)
      #expect(try await definition(crawling) == "a")

      simulator.setFaults([])
      let third = try await crawling.crawl(at: 3)
      #expect(third.exitCode == 0)
      #expect(try await definition(crawling) == "a2")
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }
}
