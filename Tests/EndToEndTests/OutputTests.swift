import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// What the commands do when nobody takes what they print, or there is no room for it.
@Suite(.timeLimit(.minutes(2)))
struct OutputTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
    try database.pool.write { db in
      try db.execute(
        sql: #"""
          INSERT INTO organization (id, host, name) VALUES (1, 'dev.azure.com', 'contoso');
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p', 'P');
          INSERT INTO repository (id, project_id, organization_id, guid, name, size, is_fork, state, changed_at)
            VALUES (1, 1, 1, 'r', 'web', 0, 0, 'active', 't');
          INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, url)
            VALUES (1, 1, '', '/c', 'present', 'b', 't', 'https://dev.azure.com/contoso/P/_git/web?path=/c');
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
          INSERT INTO entity (file_id, ref, is_holder, claimed_in_crawl, line, api_version, kind, namespace, name, json,
            etag, changed_at)
          SELECT 1, 'component:default/c' || i, 1, 1, 3, 'v', 'Component', 'default', 'c' || i,
            '{"kind":"Component","apiVersion":"v","metadata":{"name":"c' || i || '","namespace":"default"}}', 'e', 't'
          FROM n;
          """#
      )
    }
    try database.pool.close()
    try folder.write("kind: Component\n", to: "catalog-info.yaml")
  }

  /// Runs a line of the shell, in which `$program` is the program.
  private func shell(_ line: String) async throws -> ProgramRun {
    let environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
      "program": ProgramRun.program.path(percentEncoded: false),
    ]
    return try await ProgramRun(
      ["-c", line],
      in: folder,
      environment: environment,
      executable: URL(filePath: "/bin/sh")
    )
  }

  static let commands = [
    "query 'SELECT ref, json FROM entity' --format csv --database catalog.sqlite",
    "report entities --json --database catalog.sqlite",
    "export --format ndjson - --database catalog.sqlite",
    "export --format csv - --database catalog.sqlite",
  ]

  private static let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")

  @Test(
    .enabled(if: hasFullDevice),
    arguments: commands + [
      "query 'SELECT 1' --database catalog.sqlite", "validate catalog-info.yaml",
      "status --database catalog.sqlite",
      "show component:default/c1 --database catalog.sqlite", "database migrate --database catalog.sqlite",
    ]
  )
  func `a full disk is told and is a failure`(command: String) async throws {
    let ended = try await shell("\"$program\" \(command) > /dev/full")

    #expect(ended.code == 1)
    #expect(ended.errors == "error: the standard output cannot be written: No space left on device\n")
  }

  @Test(
    "a reader that has seen enough ends the command quietly",
    arguments: commands,
    ["", "trap '' PIPE; "]
  )
  func closedPipe(command: String, trap: String) async throws {
    let ended = try await shell("{ \(trap)\"$program\" \(command); echo \"code $?\" >&2; } | head -1")

    #expect(ended.errors == "code 141\n")
    #expect(ended.output.split(separator: "\n").count == 1)
  }

  @Test(.enabled(if: hasFullDevice))
  func `what cannot be told does not hide the exit code`() async throws {
    let ended = try await shell("\"$program\" query 'SELECT nope' --database catalog.sqlite 2> /dev/full")

    #expect(ended.code == 64)
  }
}
