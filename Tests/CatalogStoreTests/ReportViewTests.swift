import CatalogStore
import GRDB
import Testing

/// The views of the contract, row by row.
struct ReportViewTests {
  private let catalog: SmallCatalog

  init() throws { catalog = try SmallCatalog() }

  private func expect(_ sql: String, _ expected: [String], _ location: SourceLocation = #_sourceLocation)
    throws
  {
    let rows = try catalog.rows(sql)
    #expect(rows == expected, sourceLocation: location)
  }

  @Test func `entities say what they are and where they come from`() throws {
    try expect(
      "SELECT ref, kind, title, type, owner, owner_ref, tags, organization, project, repository, branch, path, line, "
        + "problems, stale_since, orphan_since, uid FROM report_entities ORDER BY ref",
      [
        "api:default/shop|API||openapi|team-a|group:default/team-a||contoso|Shop|web||/c.yaml|20|0|||u2",
        "component:default/cart|Component||service|team-x|group:default/team-x||contoso|Shop|cart||/c.yaml|5|1|||u3",
        "component:default/old|Component||service|team-a|group:default/team-a||contoso|Shop|gone||/c.yaml|1|0|||u9",
        "component:default/web|Component|Web|website|team-a|group:default/team-a|java, web|contoso|Shop|web||/c.yaml|1|0|||u1",
        "component:port/dock|Component||service|team-a|group:default/team-a||fabrikam|Port|dock||/c.yaml|1|0|||u11",
        "group:default/team-a|Group||team||||contoso|Shop|teams||/c.yaml|1|0|||u7",
        "resource:default/db|Resource||database|team-a|group:default/team-a||contoso|Shop|tools|dev|/c.yaml|30|0|2026-03-02T09:00:02.000Z||u5",
        "template:default/new|Template||service||||contoso|Shop|tools|dev|/c.yaml|1|0|||u4",
        "user:default/ada|User||||||contoso|Shop|teams||/c.yaml|9|0|||u8",
      ]
    )
  }

  // facts/backstage-azure.md 3.6
  @Test func `links open the line in Azure DevOps; files of this machine are their paths`() throws {
    try expect(
      "SELECT ref, link FROM report_entities WHERE ref IN "
        + "('api:default/shop', 'template:default/new', 'user:default/ada') ORDER BY ref",
      [
        "api:default/shop|https://h/web?path=/c.yaml&line=20&lineEnd=21&lineStartColumn=1&lineEndColumn=1",
        "template:default/new|https://h/tools?path=/c.yaml&version=GBdev&line=1&lineEnd=2&lineStartColumn=1&lineEndColumn=1",
        "user:default/ada|/srv/teams/c.yaml",
      ]
    )
  }

  @Test func `ownership tells owned, unknown and none apart, and leaves people and groups out`() throws {
    try expect(
      "SELECT ownership, ref, owner, owner_ref, organization, repository FROM report_ownership ORDER BY ref",
      [
        "owned|api:default/shop|team-a|group:default/team-a|contoso|web",
        "unknown|component:default/cart|team-x|group:default/team-x|contoso|cart",
        "owned|component:default/old|team-a|group:default/team-a|contoso|gone",
        "owned|component:default/web|team-a|group:default/team-a|contoso|web",
        "owned|component:port/dock|team-a|group:default/team-a|fabrikam|dock",
        "owned|resource:default/db|team-a|group:default/team-a|contoso|tools",
        "none|template:default/new|||contoso|tools",
      ]
    )
  }

  @Test func `relations are there from both ends, each once, and dangling ones are told`() throws {
    try expect(
      """
      SELECT source_ref, type, target_ref, target_exists, stated_by FROM report_relations
      WHERE type NOT IN ('ownedBy', 'ownerOf') ORDER BY 1, 2, 3
      """,
      [
        "api:default/shop|apiConsumedBy|component:default/cart|1|target",
        "api:default/shop|apiProvidedBy|component:default/web|1|target",
        "component:default/cart|consumesApi|api:default/shop|1|source",
        "component:default/cart|dependencyOf|component:default/web|1|target",
        "component:default/cart|dependsOn|component:default/lost|0|source",
        "component:default/cart|dependsOn|resource:default/db|1|target",
        "component:default/web|dependsOn|component:default/cart|1|source",
        "component:default/web|dependsOn|resource:default/db|1|source",
        "component:default/web|providesApi|api:default/shop|1|source",
        "group:default/team-a|hasMember|user:default/ada|1|source",
        "resource:default/db|dependencyOf|component:default/cart|1|source",
        "resource:default/db|dependencyOf|component:default/web|1|source",
        "user:default/ada|memberOf|group:default/team-a|1|target",
      ]
    )
    try expect(
      "SELECT source_ref, type, target_ref FROM report_relations WHERE target_exists = 0 ORDER BY 3",
      [
        "component:default/cart|dependsOn|component:default/lost",
        "component:default/cart|ownedBy|group:default/team-x",
      ]
    )
  }

  @Test func `relations are those of entity_relation whose source is there`() throws {
    let columns = "source_ref, type, target_ref, target_exists"
    let all = try catalog.rows(
      "SELECT \(columns) FROM entity_relation WHERE source_exists = 1 ORDER BY 1, 2, 3"
    )

    #expect(all.count > 20)
    try expect("SELECT \(columns) FROM report_relations ORDER BY 1, 2, 3", all)
  }

  @Test func `every repository has its coverage and its reason`() throws {
    try expect(
      """
      SELECT repository, coverage, reason, files, entities, errors, warnings, link FROM report_repository_coverage
      ORDER BY repository_id
      """,
      [
        "web|valid||1|2|0|0|https://h/web", "cart|valid||1|1|0|1|https://h/cart",
        "tools|invalid|broken|1|2|1|0|https://h/tools", "fork|valid||1|0|0|0|https://h/fork",
        "teams|valid||1|2|0|0|/srv/teams/c.yaml", "secret|unreadable|no right|0|0|0|0|https://h/secret",
        "empty|skipped|empty|0|0|0|0|", "gone|valid||1|1|0|0|https://h/gone",
        "docs|none||0|0|0|0|https://h/docs",
        "attic|not asked||0|0|0|0|", "dock|valid||1|1|0|0|https://h/dock",
      ]
    )
  }

  @Test func `problems have an age, an owner and a link to the line`() throws {
    try expect(
      """
      SELECT severity, class, rule, ref, owner_ref, organization, repository, line, link,
        age_days = CAST(julianday('now') - julianday(since) AS INTEGER)
      FROM report_problems ORDER BY problem_id
      """,
      [
        "warning|content|tag|component:default/cart|group:default/team-x|contoso|cart|7|https://h/cart?path=/c.yaml&line=7&lineEnd=8&lineStartColumn=1&lineEndColumn=1|1",
        "error|content|yaml||group:default/team-a|contoso|tools|31|https://h/tools?path=/c.yaml&version=GBdev&line=31&lineEnd=32&lineStartColumn=1&lineEndColumn=1|1",
        "error|read|forbidden|||contoso|secret||https://h/secret?path=/c.yaml|1",
        "error|read|sign-in|||fabrikam||||1",
      ]
    )
  }

  @Test func `a conflict shows both sides`() throws {
    try expect(
      """
      SELECT ref, repository, link, claimed_at, contender_repository, contender_link, contender_claimed_at,
        contender_orphan_since FROM report_conflicts
      """,
      [
        "component:default/web|web|https://h/web?path=/c.yaml&line=1&lineEnd=2&lineStartColumn=1&lineEndColumn=1|2026-03-01T09:00:00.000Z|fork|https://h/fork?path=/c.yaml&line=1&lineEnd=2&lineStartColumn=1&lineEndColumn=1|2026-03-02T09:00:00.000Z|2026-03-02T09:00:03.000Z"
      ]
    )
  }

  @Test func `what is kept though nothing says it any more has its reason`() throws {
    try expect(
      "SELECT reason, since, ref, is_holder, repository FROM report_orphans_and_stale ORDER BY 1, 3",
      [
        "orphan|2026-03-02T09:00:03.000Z|component:default/web|0|fork",
        "out of scope|2026-03-02T10:00:00.000Z|component:port/dock|1|dock",
        "stale|2026-03-02T09:00:02.000Z|resource:default/db|1|tools",
        "unlisted|2026-03-02T09:00:01.000Z|component:default/old|1|gone",
      ]
    )
  }

  @Test func `crawls are there by organization, and one that came to none`() throws {
    try expect(
      """
      SELECT crawl_id, command, scope, outcome, organization, seconds, failure_rule, requests, files_changed,
        entities_added, entities_changed, pauses, paused_seconds FROM report_crawls ORDER BY crawl_id, organization
      """,
      [
        "1|sync||complete|contoso|9.25||11|5|8|0|2|4.25", "1|sync||complete|fabrikam|1.0||2|1|1|0|0|0.0",
        "2|sync||partial|contoso|5.5||10|1|0|1||", "2|sync||partial|fabrikam|0.1|sign-in|1|0|0|0|0|0.0",
        "3|refresh|https://x|running|||||||||",
      ]
    )
  }

  @Test func `staleness says until when each repository is known to be as stored`() throws {
    try expect(
      "SELECT repository, is_current, as_of, reason, files FROM report_staleness WHERE repository IN "
        + "('web', 'secret', 'dock') ORDER BY repository_id",
      [
        "web|1|2026-03-02T09:00:00.000Z||1", "secret|0|2026-03-01T09:00:03.000Z|no right|0",
        "dock|0|2026-03-02T09:00:00.100Z|the token expired|1",
      ]
    )
  }

  @Test func `dependencies are direct edges, stated by either end`() throws {
    try expect(
      "SELECT source_ref, type, target_ref, target_exists FROM report_dependencies ORDER BY 1, 2, 3",
      [
        "api:default/shop|apiProvidedBy|component:default/web|1",
        "component:default/cart|consumesApi|api:default/shop|1",
        "component:default/cart|dependsOn|component:default/lost|0",
        "component:default/cart|dependsOn|resource:default/db|1",
        "component:default/web|dependsOn|component:default/cart|1",
        "component:default/web|dependsOn|resource:default/db|1",
      ]
    )
  }

  @Test func `tags, labels, annotations and links are rows`() throws {
    try expect(
      "SELECT ref, tag FROM entity_tag",
      ["component:default/web|java", "component:default/web|web"]
    )
    try expect(
      "SELECT ref, key, value FROM entity_label ORDER BY key",
      ["component:default/web|a|b", "component:default/web|tier|gold"]
    )
    try expect("SELECT ref, key, value FROM entity_annotation", ["component:default/web|x/y|z"])
    try expect(
      "SELECT ref, position, url, title, icon FROM entity_link",
      ["component:default/web|0|https://l|L|", "component:default/web|1|https://m||"]
    )
  }

  @Test func `the contract lists every report with its version`() throws {
    let views = try catalog.rows(
      "SELECT name FROM pragma_table_list WHERE type = 'view' AND name LIKE 'report\\_%' ESCAPE '\\' "
        + "AND name <> 'report_view' ORDER BY name"
    )

    try expect("SELECT name FROM report_view ORDER BY name", views)
    #expect(views.count >= 10)
    try expect("SELECT DISTINCT version FROM report_view", ["1"])
  }

  /// Columns that go or are renamed break other people's reports: then the version of the view is to be raised.
  @Test func `every view has the columns of its version`() throws {
    try expect(
      """
      SELECT v.name, group_concat(c.name, ' ') FROM report_view v, pragma_table_info(v.name) c
      WHERE v.name IN ('report_ownership', 'report_problems', 'report_crawls') GROUP BY v.name ORDER BY v.name
      """,
      [
        "report_crawls|crawl_id command scope outcome organization started_at ended_at seconds failure_rule failure_message requests repositories_listed files_asked files_failed files_found files_changed entities_added entities_changed entities_removed entities_unchanged program host pauses paused_seconds",
        "report_ownership|ownership ref kind type owner owner_ref organization project repository branch path link host repository_id project_id entity_id",
        "report_problems|severity class rule message ref owner_ref organization project repository path line column key_path since age_days link host problem_id",
      ]
    )
  }
}
