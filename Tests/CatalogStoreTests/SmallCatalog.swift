import CatalogStore
import Foundation
import GRDB
import Reporting
import TestSupport

/// A database with one of everything that reports tell apart.
///
/// `contoso/Shop`: `web` (a component, owned; and the API it provides), `cart` (owner unknown, a dangling dependency, a
/// warning), `tools` (a template that nobody owns, an entity of a kind that is invalid by now), `fork` (claims what
/// `web` holds), `teams` (a group and a user), `secret` (could not be read), `empty`, `gone` (unlisted), `docs`
/// (nothing there), `attic` (nothing asks for it). `fabrikam/Port`: `dock`, whose file is out of scope.
struct SmallCatalog {
  let folder: TemporaryFolder
  let database: CatalogDatabase

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
    try database.pool.write { try $0.execute(sql: Self.sql) }
  }

  static let sql = """
    INSERT INTO crawl (id, command, scope, program, started_at, ended_at, outcome) VALUES
      (1, 'sync', NULL, 'p/1', '2026-03-01T09:00:00.000Z', '2026-03-01T09:00:10.000Z', 'complete'),
      (2, 'sync', NULL, 'p/1', '2026-03-02T09:00:00.000Z', '2026-03-02T09:00:05.500Z', 'partial'),
      (3, 'refresh', 'https://x', 'p/1', '2026-03-03T09:00:00.000Z', NULL, 'running');
    INSERT INTO organization (id, host, name) VALUES (1, 'dev.azure.com', 'contoso'), (2, 'dev.azure.com', 'fabrikam');
    INSERT INTO crawl_organization (crawl_id, organization_id, started_at, ended_at, failure_rule, failure_message,
      requests, repositories_listed, files_asked, files_failed, files_found, files_changed, entities_added,
      entities_changed, entities_removed, entities_unchanged, pauses, paused_seconds) VALUES
      (1, 1, '2026-03-01T09:00:00.000Z', '2026-03-01T09:00:09.250Z', NULL, NULL, 11, 10, 9, 0, 5, 5, 8, 0, 0, 0, 2, 4.25),
      (1, 2, '2026-03-01T09:00:00.000Z', '2026-03-01T09:00:01.000Z', NULL, NULL, 2, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0),
      (2, 1, '2026-03-02T09:00:00.000Z', '2026-03-02T09:00:05.500Z', NULL, NULL, 10, 9, 9, 1, 5, 1, 0, 1, 0, 0, NULL, NULL),
      (2, 2, '2026-03-02T09:00:00.000Z', '2026-03-02T09:00:00.100Z', 'sign-in', 'the token expired', 1, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0);
    INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p1', 'Shop'), (2, 2, 'p2', 'Port');
    INSERT INTO repository (id, project_id, organization_id, guid, name, default_branch, size, is_fork, state, changed_at)
    VALUES
      (1, 1, 1, 'r1', 'web', 'main', 1, 0, 'active', 't'), (2, 1, 1, 'r2', 'cart', 'main', 1, 0, 'active', 't'),
      (3, 1, 1, 'r3', 'tools', 'main', 1, 0, 'active', 't'), (4, 1, 1, 'r4', 'fork', 'main', 1, 1, 'active', 't'),
      (5, 1, 1, 'r5', 'teams', 'main', 1, 0, 'active', 't'), (6, 1, 1, 'r6', 'secret', 'main', 1, 0, 'active', 't'),
      (7, 1, 1, 'r7', 'empty', NULL, 0, 0, 'empty', 't'),
      (8, 1, 1, 'r8', 'gone', 'main', 1, 0, 'unlisted', '2026-03-02T09:00:01.000Z'),
      (9, 1, 1, 'r9', 'docs', 'main', 1, 0, 'active', 't'), (10, 1, 1, 'r10', 'attic', 'main', 1, 0, 'active', 't'),
      (11, 2, 2, 'r11', 'dock', 'main', 1, 0, 'active', 't');
    INSERT INTO missing_repository (repository_id, listings, identity) VALUES (8, 1, 'i');
    INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, out_of_scope_since, url) VALUES
      (1, 1, '', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', NULL, 'https://h/web?path=/c.yaml'),
      (2, 2, '', '/c.yaml', 'present', 'b', '2026-03-02T09:00:01.000Z', NULL, 'https://h/cart?path=/c.yaml'),
      (3, 3, 'dev', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', NULL, 'https://h/tools?path=/c.yaml&version=GBdev'),
      (4, 4, '', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', NULL, 'https://h/fork?path=/c.yaml'),
      (5, 5, '', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', NULL, '/srv/teams/c.yaml'),
      (6, 6, '', '/c.yaml', 'unread', NULL, '2026-03-02T09:00:01.000Z', NULL, 'https://h/secret?path=/c.yaml'),
      (8, 8, '', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', NULL, 'https://h/gone?path=/c.yaml'),
      (9, 9, '', '/c.yaml', 'absent', NULL, '2026-03-01T09:00:01.000Z', NULL, 'https://h/docs?path=/c.yaml'),
      (11, 11, '', '/c.yaml', 'present', 'b', '2026-03-01T09:00:01.000Z', '2026-03-02T10:00:00.000Z',
        'https://h/dock?path=/c.yaml');
    INSERT INTO entity (id, file_id, ref, is_holder, claimed_in_crawl, line, stale_since, orphan_since,
      orphaned_in_crawl, api_version, kind, namespace, name, title, type, lifecycle, owner, json, etag, changed_at, uid)
    VALUES
      (1, 1, 'component:default/web', 1, 1, 1, NULL, NULL, NULL, 'v', 'Component', 'default', 'web', 'Web', 'website',
        'production', 'team-a', '{"metadata":{"tags":["java","web"],"labels":{"tier":"gold","a":"b"},
          "annotations":{"x/y":"z"},"links":[{"url":"https://l","title":"L"},{"url":"https://m"}]}}', 'e1', 't1', 'u1'),
      (2, 1, 'api:default/shop', 1, 1, 20, NULL, NULL, NULL, 'v', 'API', 'default', 'shop', NULL, 'openapi',
        'production', 'team-a', '{}', 'e2', 't1', 'u2'),
      (3, 2, 'component:default/cart', 1, 1, 5, NULL, NULL, NULL, 'v', 'Component', 'default', 'cart', NULL, 'service',
        'production', 'team-x', '{}', 'e3', 't2', 'u3'),
      (4, 3, 'template:default/new', 1, 1, 1, NULL, NULL, NULL, 'v', 'Template', 'default', 'new', NULL, 'service',
        NULL, NULL, '{}', 'e4', 't1', 'u4'),
      (5, 3, 'resource:default/db', 1, 1, 30, '2026-03-02T09:00:02.000Z', NULL, NULL, 'v', 'Resource', 'default', 'db',
        NULL, 'database', NULL, 'team-a', '{}', 'e5', 't1', 'u5'),
      (6, 4, 'component:default/web', 0, 2, 1, NULL, '2026-03-02T09:00:03.000Z', 2, 'v', 'Component', 'default', 'web',
        NULL, 'website', NULL, 'team-b', '{}', 'e6', 't2', NULL),
      (7, 5, 'group:default/team-a', 1, 1, 1, NULL, NULL, NULL, 'v', 'Group', 'default', 'team-a', NULL, 'team', NULL,
        NULL, '{}', 'e7', 't1', 'u7'),
      (8, 5, 'user:default/ada', 1, 1, 9, NULL, NULL, NULL, 'v', 'User', 'default', 'ada', NULL, NULL, NULL, NULL,
        '{}', 'e8', 't1', 'u8'),
      (9, 8, 'component:default/old', 1, 1, 1, NULL, NULL, NULL, 'v', 'Component', 'default', 'old', NULL, 'service',
        NULL, 'team-a', '{}', 'e9', 't1', 'u9'),
      (11, 11, 'component:port/dock', 1, 1, 1, NULL, NULL, NULL, 'v', 'Component', 'port', 'dock', NULL, 'service',
        NULL, 'team-a', '{}', 'e11', 't1', 'u11');
    INSERT INTO relation (entity_id, type, target_ref) VALUES
      (1, 'ownedBy', 'group:default/team-a'), (1, 'providesApi', 'api:default/shop'),
      (1, 'dependsOn', 'component:default/cart'), (1, 'dependsOn', 'resource:default/db'),
      (2, 'ownedBy', 'group:default/team-a'),
      (3, 'ownedBy', 'group:default/team-x'), (3, 'dependsOn', 'component:default/lost'),
      (3, 'consumesApi', 'api:default/shop'),
      (5, 'ownedBy', 'group:default/team-a'), (5, 'dependencyOf', 'component:default/web'),
      (5, 'dependencyOf', 'component:default/cart'),
      (6, 'ownedBy', 'group:default/team-b'), (7, 'hasMember', 'user:default/ada'),
      (9, 'ownedBy', 'group:default/team-a'), (11, 'ownedBy', 'group:default/team-a');
    INSERT INTO missing_ref (ref) VALUES ('component:default/lost'), ('group:default/team-b'), ('group:default/team-x');
    INSERT INTO problem (id, organization_id, repository_id, file_id, class, severity, rule, message, ref, line, column,
      key_path, since) VALUES
      (1, 1, 2, 2, 'content', 'warning', 'tag', 'a strange tag', 'component:default/cart', 7, 3, 'metadata.tags[0]',
        '2026-03-01T09:00:01.000Z'),
      (2, 1, 3, 3, 'content', 'error', 'yaml', 'broken', NULL, 31, 2, NULL, '2026-03-02T09:00:02.000Z'),
      (3, 1, 6, 6, 'read', 'error', 'forbidden', 'no right', NULL, NULL, NULL, NULL, '2026-03-01T09:00:03.000Z'),
      (4, 2, NULL, NULL, 'read', 'error', 'sign-in', 'the token expired', NULL, NULL, NULL, NULL,
        '2026-03-02T09:00:00.100Z');
    INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths) VALUES
      (1, '2026-03-01T09:00:01.000Z', 'repository', 'dev.azure.com/contoso/g1', 'added', NULL, NULL),
      (1, '2026-03-01T09:00:01.000Z', 'entity', 'component:default/web', 'added', NULL, NULL),
      (2, '2026-03-02T09:00:01.000Z', 'entity', 'component:default/web', 'changed', '{"spec":{"owner":"team-b"}}',
        '["spec.owner"]');
    """

  /// The rows of a question, columns joined by bars.
  func rows(_ sql: String) throws -> [String] {
    var collector = Rows()
    try CatalogDatabase.openForReading(at: database.path).answer(sql, to: &collector)
    return collector.rows
  }
}

/// Collects rows as texts.
struct Rows: RowReceiver {
  var columns: [String] = []
  var rows: [String] = []

  mutating func begin(columns: [String]) { self.columns = columns }
  mutating func receive(_ row: [Cell]) { rows.append(row.map { $0.text ?? "" }.joined(separator: "|")) }
}
