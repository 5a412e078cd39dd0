import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// The commands that read the database, run as people run them.
@Suite(.timeLimit(.minutes(2)))
struct ReadingCommandTests {
  private let folder: TemporaryFolder

  /// Of two files: `web` is owned by a group that is there and needs `db`, which is not; `api` is broken YAML.
  init() async throws {
    folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
    try await database.pool.write { db in
      try db.execute(
        sql: #"""
          INSERT INTO crawl (id, command, program, started_at, ended_at, outcome)
            VALUES (1, 'sync', 'p', '2026-03-01T09:00:00.000Z', '2026-03-01T09:00:01.000Z', 'complete');
          INSERT INTO organization (id, host, name) VALUES (1, 'dev.azure.com', 'contoso');
          INSERT INTO crawl_organization (crawl_id, organization_id, started_at)
            VALUES (1, 1, '2026-03-01T09:00:00.000Z');
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p', 'P');
          INSERT INTO repository (id, project_id, organization_id, guid, name, size, is_fork, state, changed_at)
            VALUES (1, 1, 1, 'r', 'web', 0, 0, 'active', 't');
          INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, url)
            VALUES (1, 1, '', '/c', 'present', 'b', 't', 'https://dev.azure.com/contoso/P/_git/web?path=/c');
          INSERT INTO entity (id, file_id, ref, is_holder, claimed_in_crawl, line, api_version, kind, namespace, name,
            title, type, owner, json, etag, changed_at, uid) VALUES
            (1, 1, 'component:default/web', 1, 1, 3, 'v', 'Component', 'default', 'web', char(27) || '[31mWeb', 'site',
              'team-a', '{"kind":"Component","apiVersion":"v","metadata":{"name":"web","namespace":"default"}}', 'e', 't',
              'u1'),
            (2, 1, 'group:default/team-a', 1, 1, 20, 'v', 'Group', 'default', 'team-a', NULL, 'team', NULL,
              '{"kind":"Group","apiVersion":"v","metadata":{"name":"team-a","namespace":"default"}}', 'e', 't', 'u2'),
            (3, 1, 'api:default/web', 1, 1, 30, 'v', 'API', 'default', 'web', NULL, NULL, NULL,
              '{"kind":"API","apiVersion":"v","metadata":{"name":"web","namespace":"default"}}', 'e', 't', 'u3');
          INSERT INTO relation (entity_id, type, target_ref) VALUES
            (1, 'ownedBy', 'group:default/team-a'), (1, 'dependsOn', 'resource:default/db');
          INSERT INTO missing_ref (ref) VALUES ('resource:default/db');
          INSERT INTO problem (organization_id, repository_id, file_id, class, severity, rule, message, ref, line, column,
            since) VALUES (1, 1, 1, 'content', 'error', 'x', 'wrong', 'component:default/web', 4, 2,
            '2026-03-01T09:00:00.000Z');
          """#
      )
    }
    try database.pool.close()
  }

  private func run(_ arguments: String...) async throws -> ProgramRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await ProgramRun(
      arguments + ["--database", "catalog.sqlite"],
      in: folder,
      environment: ["PATH": path]
    )
  }

  @Test func `query prints rows and needs no settings`() async throws {
    let table = try await run("query", "SELECT ref, title FROM entity WHERE id = 1")
    let csv = try await run("query", "--format", "csv", "SELECT ref FROM entity ORDER BY ref")
    let json = try await run("query", "--json", "SELECT count(*) AS n FROM entity")

    #expect(
      table.output
        == "ref                    title\n---------------------  --------\ncomponent:default/web  ␛[31mWeb\n"
    )
    #expect(csv.output == "ref\r\napi:default/web\r\ncomponent:default/web\r\ngroup:default/team-a\r\n")
    #expect(json.output == "[\n{\"n\":3}\n]\n")
    #expect([table.code, csv.code, json.code] == [0, 0, 0])
  }

  @Test func `query refuses to write and says where a question is wrong`() async throws {
    let write = try await run("query", "DELETE FROM entity")
    let wrong = try await run("query", "SELECT nope FROM entity")

    #expect(write.code == 64)
    #expect(write.errors.hasSuffix("got DELETE; a query only reads\n"))
    #expect(wrong.code == 64)
    #expect(wrong.errors == "error: line 1, column 8: no such column: nope\n")
  }

  @Test func `report lists, prints and refuses`() async throws {
    let list = try await run("report")
    let ownership = try await run("report", "ownership", "--organization", "contoso")
    let columns = try await run(
      "report",
      "report_entities",
      "--columns",
      "ref,line",
      "--format",
      "ndjson",
      "--limit",
      "2"
    )
    let unknown = try await run("report", "nonsense")
    let nobody = try await run("report", "entities", "--organization", "nobody")
    let column = try await run("report", "entities", "--columns", "nope")

    #expect(list.output.contains("\nownership "))
    #expect(
      ownership.output.split(separator: "\n").dropFirst(2).map {
        $0.split(separator: " ").prefix(2).joined(separator: " ")
      }
        == ["none api:default/web", "owned component:default/web"]
    )
    #expect(
      columns.output
        == "{\"ref\":\"api:default/web\",\"line\":30}\n{\"ref\":\"component:default/web\",\"line\":3}\n"
    )
    #expect(
      [list.code, ownership.code, columns.code, unknown.code, nobody.code, column.code] == [
        0, 0, 0, 64, 1, 64,
      ]
    )
    #expect(
      unknown.errors.contains("there is no report 'report_nonsense'; expected one of conflicts, crawls")
    )
    #expect(column.errors.contains("report_entities has no column 'nope'; expected some of ref, kind"))
  }

  @Test func `report dependencies follows one entity`() async throws {
    let needs = try await run("report", "dependencies", "component:web", "--format", "csv")
    let needed = try await run("report", "dependencies", "resource:db", "--reverse", "--format", "csv")

    #expect(
      needs.output
        == "depth,ref,type,via,exists\r\n1,resource:default/db,dependsOn,component:default/web,0\r\n"
    )
    #expect(needed.code == 1, "nothing of that name is there")
  }

  @Test func `show takes short names, lists several and finds near ones`() async throws {
    let entity = try await run("show", "component:web")
    let several = try await run("show", "web")
    let near = try await run("show", "component:wbe")

    #expect(entity.code == 0)
    #expect(
      entity.output == """
        component:default/web
          ␛[31mWeb
          kind        Component
          type        site
          owner       group:default/team-a
          from        contoso/P/web /c line 3
          link        https://dev.azure.com/contoso/P/_git/web?path=/c&line=3&lineEnd=4&lineStartColumn=1&lineEndColumn=1
          changed     t
        relations
          dependsOn      resource:default/db  (not in the catalog)
          ownedBy        group:default/team-a
        problems
          error: line 4, column 2: wrong [x] since 2026-03-01T09:00:00.000Z

        """
    )
    #expect(several.code == 1)
    #expect(several.errors.hasSuffix("name one of them:\n  api:default/web\n  component:default/web\n"))
    #expect(near.code == 1)
    #expect(near.errors == "error: there is no entity 'component:wbe'; did you mean component:default/web?\n")
  }

  @Test func `show prints JSON for programs`() async throws {
    let run = try await run("show", "group:default/team-a", "--json")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])

    #expect(json["ref"] as? String == "group:default/team-a")
    #expect((json["entity"] as? [String: Any])?["kind"] as? String == "Group")
    #expect(
      (json["relations"] as? [[String: Any]])?.compactMap { $0["target"] as? String } == [
        "component:default/web"
      ]
    )
  }

  @Test func `export writes the same text for the same catalog`() async throws {
    let ndjson = try await run("export", "--format", "ndjson", "-")
    let again = try await run("export", "--format", "ndjson", "-")
    let locations = try await run("export", "--format", "backstage-locations", "-")

    #expect(
      ndjson.output == """
        {"apiVersion":"v","kind":"API","metadata":{"etag":"e","name":"web","namespace":"default","uid":"u3"},"relations":[]}
        {"apiVersion":"v","kind":"Component","metadata":{"etag":"e","name":"web","namespace":"default","uid":"u1"},"relations":[{"targetRef":"resource:default/db","type":"dependsOn"},{"targetRef":"group:default/team-a","type":"ownedBy"}]}
        {"apiVersion":"v","kind":"Group","metadata":{"etag":"e","name":"team-a","namespace":"default","uid":"u2"},"relations":[{"targetRef":"component:default/web","type":"ownerOf"}]}

        """
    )
    #expect(again.output == ndjson.output)
    #expect(
      locations.output == """
        ---
        apiVersion: backstage.io/v1alpha1
        kind: Location
        metadata:
          name: catalog-crawler-contoso
        spec:
          type: url
          targets:
            - "https://dev.azure.com/contoso/P/_git/web?path=/c"

        """
    )
  }

  @Test func `export fills a folder that it may replace, and no other`() async throws {
    try folder.write("mine", to: "taken/notes.txt")
    let yaml = try await run("export", "--format", "yaml", "out")
    let taken = try await run("export", "--format", "yaml", "taken")
    let formats = try await run("export", "out")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path("out")).sorted()

    #expect([yaml.code, taken.code, formats.code] == [0, 1, 64], "\(yaml.errors)")
    #expect(
      files == [
        ".catalog-export", "api", "api/default", "api/default/web.yaml", "component", "component/default",
        "component/default/web.yaml", "group", "group/default", "group/default/team-a.yaml",
      ]
    )
    let csv = try await run("export", "--format", "csv", "out")
    #expect(csv.code == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted() == [
        ".catalog-export", "entities.csv",
      ]
    )
  }
}
