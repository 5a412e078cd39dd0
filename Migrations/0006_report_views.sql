-- What people ask of the catalog, as views. Those named `report_...` are a contract: within a version of a view
-- (see `report_view`) columns are added, and none goes, is renamed or changes its meaning. The tables below them may
-- change with any version of the program.
--
-- Every view can be read from its beginning without being worked out to its end, at a million entities too. What a
-- view is usually limited to (an organization, a ref, the gaps among the owners) finds its rows by an index. The `+` before some columns keeps SQLite from making an index
-- of its own for them, which it takes to be more selective than it is.

-- What earlier files leave to the names of their columns:
--
-- crawl.started_at: When it began.
-- crawl_organization.started_at: When its part of the crawl began.
-- crawl_organization.ended_at: When it ended; null while it runs, and for ever when the process was killed.
-- crawl_organization.failure_message: The same as a sentence.
-- crawl_organization.files_failed: Those that could not be read.
-- crawl_organization.files_found: Those that are there.
-- crawl_organization.files_changed: Those whose content is not what it was.
-- crawl_organization.entities_added: Entities that are new.
-- crawl_organization.entities_changed: Entities that are not what they were.
-- crawl_organization.entities_removed: Entities that are gone.
-- crawl_organization.entities_unchanged: Entities of changed files that are what they were.
-- entity.api_version: `apiVersion`.
-- entity.kind: As the document writes it, and so are the next ones.
-- entity.namespace: `metadata.namespace`, `default` where the document has none.
-- entity.name: `metadata.name`.
-- entity.title: `metadata.title`.
-- entity.description: `metadata.description`.
-- entity.lifecycle: `spec.lifecycle`.
-- entity.owner: `spec.owner` as it is written; the entity that it stands for is the `ownedBy` in `relation`.
-- entity.system: `spec.system` as it is written.
-- entity.domain: `spec.domain` as it is written.
-- entity.changed_at: When the entity last changed, or was first seen.
-- entity.orphaned_in_crawl: The crawl that marked it.
-- file.commit_id: The commit that the content was first seen at.
-- file.etag: The answer's ETag, if it had one.
-- file.size: Bytes; null unless `present`.
-- file.origin_source: What stands at the beginning of that chain: `organization`, `registered` or `settings`.
-- location.since: When it was registered, or first stood in the settings.
-- location_target.type: `url` or `file`, as in `location`.
-- location_target.organization: The organization's name.
-- location_target.column: See `line`.
-- location_target.key_path: Its place in the document, such as `spec.targets[0]`.
-- organization.name: As the settings write it.
-- problem.severity: An `error` keeps a document from counting; a `warning` does not.
-- problem.message: A sentence for people.
-- problem.column: Counted in Unicode characters from 1.
-- project.guid: Azure DevOps' id of it.
-- project.name: Its name in the last list.
-- relation_type.type: What the source of a relation calls it.
-- relation_type.inverse: What its target calls it.
-- removed_ref.ref: The name, `kind:namespace/name` in lower case.
-- removed_ref.times: How often.
-- repository.guid: Azure DevOps' id of it.
-- repository.name: Its name in the last list.
-- repository.is_fork: 1 for a fork.
-- entity_relation.source_ref: One end.
-- entity_relation.type: What it is to the other end, such as `ownedBy`.
-- entity_relation.target_ref: The other end.
-- entity_relation.source_exists: 0 where nothing of that name is in the catalog.
-- entity_relation.target_exists: 0 where nothing of that name is in the catalog.
-- entity_conflict.ref: What the document calls itself.
-- entity_conflict.entity_id: `entity.id`.
-- entity_conflict.is_holder: 1 for the document that the ref stands for.
-- entity_conflict.url: The address of its file.
-- entity_conflict.line: The line that it begins at.
-- entity_conflict.claimed_in_crawl: The crawl that first saw it claim the ref.
-- entity_conflict.orphan_since: Since when nothing leads to it any more; null while something does.

-- Names that relations use and that nothing in the catalog holds. It could be worked out of `relation` and `entity`,
-- but only by looking at every relation there is. The triggers below keep it: one look by an index for each
-- relation and each entity that is written, and a row only for what is missing.
CREATE TABLE missing_ref (
  -- `kind:namespace/name` in lower case.
  ref TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO missing_ref (ref)
SELECT DISTINCT r.target_ref FROM relation r
WHERE NOT EXISTS (SELECT 1 FROM entity e WHERE e.ref = r.target_ref AND e.is_holder = 1);

CREATE TRIGGER missing_ref_relation_inserted AFTER INSERT ON relation
WHEN NOT EXISTS (SELECT 1 FROM entity e WHERE e.ref = NEW.target_ref AND e.is_holder = 1)
BEGIN
  INSERT INTO missing_ref (ref) VALUES (NEW.target_ref) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER missing_ref_relation_deleted AFTER DELETE ON relation
BEGIN
  DELETE FROM missing_ref
  WHERE ref = OLD.target_ref AND NOT EXISTS (SELECT 1 FROM relation WHERE target_ref = OLD.target_ref);
END;

CREATE TRIGGER missing_ref_entity_inserted AFTER INSERT ON entity WHEN NEW.is_holder = 1
BEGIN
  DELETE FROM missing_ref WHERE ref = NEW.ref;
END;

CREATE TRIGGER missing_ref_entity_held AFTER UPDATE OF is_holder ON entity WHEN NEW.is_holder = 1 AND OLD.is_holder = 0
BEGIN
  DELETE FROM missing_ref WHERE ref = NEW.ref;
END;

CREATE TRIGGER missing_ref_entity_not_held AFTER UPDATE OF is_holder ON entity WHEN NEW.is_holder = 0 AND OLD.is_holder = 1
BEGIN
  INSERT INTO missing_ref (ref)
  SELECT OLD.ref WHERE EXISTS (SELECT 1 FROM relation WHERE target_ref = OLD.ref)
  ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER missing_ref_entity_deleted AFTER DELETE ON entity WHEN OLD.is_holder = 1
BEGIN
  INSERT INTO missing_ref (ref)
  SELECT OLD.ref WHERE EXISTS (SELECT 1 FROM relation WHERE target_ref = OLD.ref)
  ON CONFLICT DO NOTHING;
END;

-- Each of these indexes has rows only for what is out of the ordinary, so that it costs a write next to nothing.

-- What nobody owns, for `report_ownership`; people and groups, and the files' own Locations, have no owner.
-- Not as a list, for which SQLite would make a table with every entity it writes.
CREATE INDEX entity_without_owner ON entity (ref)
WHERE is_holder = 1 AND owner IS NULL AND kind <> 'User' AND kind <> 'Group' AND kind <> 'Location';
-- What is kept in its last good state, for `report_orphans_and_stale`.
CREATE INDEX entity_stale ON entity (stale_since) WHERE stale_since IS NOT NULL;
-- Files that no rule asks for any more, for `report_orphans_and_stale`.
CREATE INDEX file_out_of_scope ON file (out_of_scope_since) WHERE out_of_scope_since IS NOT NULL;
-- The oldest problems of an organization first, for `report_problems`.
CREATE INDEX problem_by_age ON problem (organization_id, since);
-- Problems of an organization as a whole, for `report_staleness`: one or two rows for each that cannot be crawled.
CREATE INDEX problem_of_organization ON problem (organization_id) WHERE repository_id IS NULL;
-- Projects and repositories by name, the order in which reports go through an organization. They are written when
-- one is listed first or renamed.
CREATE INDEX project_by_name ON project (organization_id, name);
CREATE INDEX repository_by_name ON repository (project_id, name);
-- The last crawl of an organization, for `report_staleness`: one row for each crawl and organization.
CREATE INDEX crawl_organization_by_organization ON crawl_organization (organization_id, crawl_id);

-- What the planner is to think of the tables: how they grow in proportion to one another. Without it every table
-- counts as equally large, and a report of one organization goes through the entities of all. The numbers are those
-- of a large catalog and need not be those of this one; ANALYZE replaces them.
ANALYZE sqlite_schema;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('organization', 'sqlite_autoindex_organization_1', '10 10 1'),
  ('project', 'sqlite_autoindex_project_1', '1000 100 1'), ('project', 'project_by_name', '1000 100 1'),
  ('repository', 'sqlite_autoindex_repository_1', '100000 10000 1'),
  ('repository', 'repository_by_project', '100000 100'), ('repository', 'repository_by_name', '100000 100 1'),
  ('missing_repository', NULL, '100'),
  ('file', 'sqlite_autoindex_file_1', '200000 2 2 1'), ('file', 'file_out_of_scope', '100 2'),
  ('entity', 'sqlite_autoindex_entity_1', '1000000 5 1'), ('entity', 'entity_holder', '1000000 1'),
  ('entity', 'entity_by_ref', '1000000 1'), ('entity', 'entity_by_kind', '1000000 100000 10000'),
  ('entity', 'entity_contender', '100 1'), ('entity', 'entity_orphan', '100 100'),
  ('entity', 'entity_stale', '100 10'), ('entity', 'entity_without_owner', '1000 1'),
  ('relation', 'relation', '3000000 3 2 1'), ('relation', 'relation_by_target', '3000000 6 5'),
  ('missing_ref', 'missing_ref', '1000 1'),
  ('problem', 'problem_by_file', '10000 2'), ('problem', 'problem_by_organization', '10000 1000 500'),
  ('problem', 'problem_by_repository', '10000 2'), ('problem', 'problem_by_age', '10000 1000 2'),
  ('problem', 'problem_of_organization', '10 1'),
  ('crawl', NULL, '1000'),
  ('crawl_organization', 'crawl_organization', '10000 10 1'),
  ('crawl_organization', 'crawl_organization_by_organization', '10000 1000 1');

ANALYZE sqlite_schema;

-- The entities, one row for each: the documents that hold their refs.
CREATE VIEW report_entities AS
SELECT
  -- `kind:namespace/name` in lower case: what other entities call it.
  e.ref AS ref,
  -- As the document writes it.
  e.kind AS kind,
  -- `metadata.namespace`, `default` where the document has none.
  e.namespace AS namespace,
  -- `metadata.name`.
  e.name AS name,
  -- `metadata.title`.
  e.title AS title,
  -- `metadata.description`.
  e.description AS description,
  -- `spec.type`.
  e.type AS type,
  -- `spec.lifecycle`.
  e.lifecycle AS lifecycle,
  -- `spec.owner` as it is written.
  e.owner AS owner,
  -- The entity that `spec.owner` stands for, whether it is there or not (see `report_ownership`); null without one.
  (SELECT min(r.target_ref) FROM relation r WHERE r.entity_id = e.id AND r.type = 'ownedBy') AS owner_ref,
  -- `spec.system` as it is written.
  e.system AS system,
  -- `spec.domain` as it is written.
  e.domain AS domain,
  -- The tags in the order of the document, with commas between them; null without any. One by one: `entity_tag`.
  (SELECT group_concat(t.value, ', ') FROM json_each(e.json, '$.metadata.tags') t) AS tags,
  -- The organization of the file that says it.
  o.name AS organization,
  -- The project's name.
  p.name AS project,
  -- The repository's name.
  g.name AS repository,
  -- The branch that a rule names; empty for the default branch.
  f.branch AS branch,
  -- The file's path in the repository.
  f.path AS path,
  -- The line that the document begins at.
  e.line AS line,
  -- Opens that line in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- How many problems are open of this entity.
  (SELECT count(*) FROM problem b WHERE b.file_id = e.file_id AND b.ref = e.ref) AS problems,
  -- Since when this is the last good state of a document that is invalid by now; null when it is what the file says.
  e.stale_since AS stale_since,
  -- Since when nothing leads to the entity any more; null while something does.
  e.orphan_since AS orphan_since,
  -- When the entity last changed, or was first seen.
  e.changed_at AS changed_at,
  -- The identity for other programs: the same as long as anything holds the ref.
  e.uid AS uid,
  -- A hash of what the entity says.
  e.etag AS etag,
  -- The whole document as JSON.
  e.json AS json,
  -- The host of the organization.
  o.host AS host,
  -- `repository.id`, to join with the tables.
  g.id AS repository_id,
  -- `project.id`, to join with the tables.
  p.id AS project_id,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
WHERE +e.is_holder = 1;

-- Who owns what: one row for each entity that can have an owner. Entities of kinds that the catalog does not know
-- have no relations; they are here when they name no owner at all.
CREATE VIEW report_ownership AS
SELECT
  -- `owned`: the owner is in the catalog. `unknown`: an owner is named and nothing of that name is there. `none`: no
  -- owner is named; people, groups and Locations have none and are left out.
  'owned' AS ownership,
  -- The entity that is owned, or ought to be.
  e.ref AS ref,
  -- As the document writes it.
  e.kind AS kind,
  -- `spec.type`.
  e.type AS type,
  -- `spec.owner` as it is written.
  e.owner AS owner,
  -- The entity that `spec.owner` stands for: `kind:namespace/name` in lower case; null without one.
  r.target_ref AS owner_ref,
  -- The organization, project, repository and path of the file that says it.
  o.name AS organization,
  -- The project's name.
  p.name AS project,
  -- The repository's name.
  g.name AS repository,
  -- The branch that a rule names; empty for the default branch.
  f.branch AS branch,
  -- The file's path in the repository.
  f.path AS path,
  -- Opens the document's first line in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- The host of the organization.
  o.host AS host,
  -- `repository.id`, to join with the tables.
  g.id AS repository_id,
  -- `project.id`, to join with the tables.
  p.id AS project_id,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN relation r ON r.entity_id = e.id AND r.type = 'ownedBy'
WHERE +e.is_holder = 1 AND NOT EXISTS (SELECT 1 FROM missing_ref m WHERE m.ref = r.target_ref)
UNION ALL
SELECT 'unknown', e.ref, e.kind, e.type, e.owner, r.target_ref,
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, g.id, p.id, e.id
FROM missing_ref m
  JOIN relation r ON r.target_ref = m.ref AND r.type = 'ownedBy'
  JOIN entity e ON e.id = r.entity_id
  JOIN file f ON f.id = e.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE +e.is_holder = 1
UNION ALL
SELECT 'none', e.ref, e.kind, e.type, CAST(NULL AS TEXT), CAST(NULL AS TEXT),
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, g.id, p.id, e.id
FROM entity e
  JOIN file f ON f.id = e.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE e.is_holder = 1 AND e.owner IS NULL AND e.kind <> 'User' AND e.kind <> 'Group' AND e.kind <> 'Location';

-- Relations of the entities that are in the catalog, from both ends, each once.
CREATE VIEW report_relations AS
SELECT
  -- The entity that has the relation.
  e.ref AS source_ref,
  -- What it is to the target, such as `ownedBy`.
  r.type AS type,
  -- The entity that it has it to.
  r.target_ref AS target_ref,
  -- 0 where nothing of the target's name is in the catalog: the relation dangles.
  1 AS target_exists,
  -- Whose document says it: `source`, or `target` when only the other end does.
  'source' AS stated_by,
  -- The organization of the source's file.
  o.name AS organization,
  -- Its project.
  p.name AS project,
  -- Its repository.
  g.name AS repository,
  -- Its branch; empty for the default branch.
  f.branch AS branch,
  -- Its path.
  f.path AS path,
  -- Opens the document that says it in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- The host of the organization.
  o.host AS host,
  -- `repository.id` of the source, to join with the tables.
  g.id AS repository_id,
  -- `project.id` of the source, to join with the tables.
  p.id AS project_id,
  -- `entity.id` of the source, to join with the tables.
  e.id AS entity_id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN relation r ON r.entity_id = e.id
WHERE +e.is_holder = 1 AND NOT EXISTS (SELECT 1 FROM missing_ref m WHERE m.ref = r.target_ref)
UNION ALL
SELECT e.ref, r.type, r.target_ref, 0, 'source',
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, g.id, p.id, e.id
FROM missing_ref m
  JOIN relation r ON r.target_ref = m.ref
  JOIN entity e ON e.id = r.entity_id
  JOIN file f ON f.id = e.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE +e.is_holder = 1
UNION ALL
SELECT e.ref, t.inverse, s.ref, 1, 'target',
  o.name, p.name, g.name, f.branch, f.path,
  sf.url || iif(substr(sf.url, 1, 4) = 'http', '&line=' || s.line || '&lineEnd=' || (s.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, g.id, p.id, e.id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN relation r ON r.target_ref = e.ref
  JOIN relation_type t ON t.type = r.type
  JOIN entity s ON s.id = r.entity_id
  JOIN file sf ON sf.id = s.file_id
WHERE +e.is_holder = 1 AND +s.is_holder = 1 AND NOT EXISTS (
  SELECT 1 FROM relation b WHERE b.entity_id = e.id AND b.type = t.inverse AND b.target_ref = s.ref);

-- What is counted of each repository, for `report_repository_coverage` and `report_staleness`.
CREATE VIEW repository_fact AS
SELECT
  -- The organization's name.
  o.name AS organization,
  -- The project's name.
  p.name AS project,
  -- The repository's name.
  g.name AS repository,
  -- Without `refs/heads/`; null for a repository without branches.
  g.default_branch AS default_branch,
  -- 1 for a fork.
  g.is_fork AS is_fork,
  -- Why it is asked for files or not, as in `repository`.
  g.state AS state,
  -- Catalog files that are there.
  (SELECT count(*) FROM file f WHERE f.repository_id = g.id AND f.state = 'present') AS files,
  -- Entities of these files that hold their refs.
  (SELECT count(*) FROM file f JOIN entity e ON e.file_id = f.id
    WHERE f.repository_id = g.id AND +e.is_holder = 1) AS entities,
  -- Open errors in what was read.
  (SELECT count(*) FROM problem b WHERE b.repository_id = g.id AND b.class = 'content'
    AND b.severity = 'error') AS errors,
  -- Open warnings.
  (SELECT count(*) FROM problem b WHERE b.repository_id = g.id AND b.severity = 'warning') AS warnings,
  -- The first of the open errors in what was read; null without any.
  (SELECT b.message FROM problem b WHERE b.repository_id = g.id AND b.class = 'content'
    AND b.severity = 'error' ORDER BY b.id LIMIT 1) AS error,
  -- Why something of it could not be read; null when everything could.
  (SELECT b.message FROM problem b WHERE b.repository_id = g.id AND b.class = 'read' AND b.severity = 'error'
    ORDER BY b.since, b.id LIMIT 1) AS unread,
  -- Since when something of it could not be read; null when everything could.
  (SELECT min(b.since) FROM problem b WHERE b.repository_id = g.id AND b.class = 'read'
    AND b.severity = 'error') AS unread_since,
  -- When its files last changed; null without any.
  (SELECT max(f.checked_at) FROM file f WHERE f.repository_id = g.id) AS changed_at,
  -- Opens the repository in the browser; null where none of its files was ever asked for.
  (SELECT substr(f.url, 1, instr(f.url || '?', '?') - 1) FROM file f WHERE f.repository_id = g.id
    LIMIT 1) AS link,
  -- The host of the organization.
  o.host AS host,
  -- `repository.id`.
  g.id AS repository_id,
  -- `project.id`.
  p.id AS project_id,
  -- `organization.id`.
  o.id AS organization_id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id;

-- Every repository, and whether the catalog has anything from it and why not.
CREATE VIEW report_repository_coverage AS
SELECT
  -- The organization's name.
  organization,
  -- The project's name.
  project,
  -- The repository's name.
  repository,
  -- Without `refs/heads/`; null for a repository without branches.
  default_branch,
  -- 1 for a fork.
  is_fork,
  -- `valid`: it has catalog files and no errors in them. `invalid`: it has, and there are errors. `unreadable`: it
  -- could not be read, or not all of it; what was read before is kept. `none`: it has no catalog file where one is
  -- looked for. `skipped`: it cannot be asked, see `reason`. `not asked`: no rule of the settings asks for it.
  'valid' AS coverage,
  -- For `unreadable` and `invalid` the message of the first such problem, for `skipped` the repository's state:
  -- `empty`, `disabled`, `maintenance` or `unlisted`; else null.
  CAST(NULL AS TEXT) AS reason,
  -- Catalog files that are there.
  files,
  -- Entities of these files that hold their refs.
  entities,
  -- Open errors in what was read.
  errors,
  -- Open warnings.
  warnings,
  -- Opens the repository in the browser; null where none of its files was ever asked for.
  link,
  -- The host of the organization.
  host,
  -- `repository.id`, to join with the tables.
  repository_id,
  -- `project.id`, to join with the tables.
  project_id
FROM repository_fact
WHERE unread IS NULL AND errors = 0 AND files > 0
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'invalid', error, files, entities, errors,
  warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE unread IS NULL AND repository_id IN (
  SELECT b.repository_id FROM problem b WHERE b.class = 'content' AND b.severity = 'error')
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'unreadable', unread, files, entities, errors,
  warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE repository_id IN (
  SELECT b.repository_id FROM problem b WHERE b.class = 'read' AND b.severity = 'error')
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'skipped', state, files, entities, errors,
  warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE state <> 'active' AND unread IS NULL AND errors = 0 AND files = 0
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'none', CAST(NULL AS TEXT), files, entities,
  errors, warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE state = 'active' AND unread IS NULL AND errors = 0 AND files = 0 AND link IS NOT NULL
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'not asked', CAST(NULL AS TEXT), files,
  entities, errors, warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE state = 'active' AND unread IS NULL AND errors = 0 AND files = 0 AND link IS NULL;

-- What is wrong, since when, and whose it is.
CREATE VIEW report_problems AS
SELECT
  -- `error` or `warning`.
  b.severity AS severity,
  -- `read`: something could not be read and is as it was before. `content`: what was read is not right.
  b.class AS class,
  -- A short stable word for the kind of problem.
  b.rule AS rule,
  -- A sentence for people.
  b.message AS message,
  -- The entity it is about; null when it is not known or not about one.
  b.ref AS ref,
  -- Who owns that entity; where it is not stored, who owns another one of the same file, else of the same
  -- repository; null when nobody does.
  coalesce(
    (SELECT min(r.target_ref) FROM entity e JOIN relation r ON r.entity_id = e.id AND r.type = 'ownedBy'
      WHERE e.file_id = b.file_id AND e.ref = b.ref),
    (SELECT min(r.target_ref) FROM entity e JOIN relation r ON r.entity_id = e.id AND r.type = 'ownedBy'
      WHERE e.file_id = b.file_id),
    (SELECT min(r.target_ref) FROM file n JOIN entity e ON e.file_id = n.id
      JOIN relation r ON r.entity_id = e.id AND r.type = 'ownedBy' WHERE n.repository_id = b.repository_id)
  ) AS owner_ref,
  -- The organization it was met in.
  o.name AS organization,
  -- The project; null for a problem of the whole organization.
  p.name AS project,
  -- The repository; null for a problem of the whole organization.
  g.name AS repository,
  -- The file's path in the repository; null for a problem of the whole repository or organization.
  f.path AS path,
  -- Its place in the file, counted from 1; null for what has none.
  b.line AS line,
  -- Its column, counted in Unicode characters from 1; null for what has none.
  b.column AS column,
  -- The place in the document, such as `metadata.tags[0]`.
  b.key_path AS key_path,
  -- When it was first seen.
  b.since AS since,
  -- Whole days since then.
  CAST(julianday('now') - julianday(b.since) AS INTEGER) AS age_days,
  -- Opens the line in the browser, or the file where there is no line; null without a file.
  CASE WHEN b.line IS NULL THEN f.url ELSE
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || b.line || '&lineEnd=' || (b.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') END AS link,
  -- The host of the organization.
  o.host AS host,
  -- `problem.id`, to join with the tables.
  b.id AS problem_id
FROM problem b
  JOIN organization o ON o.id = b.organization_id
  LEFT JOIN file f ON f.id = b.file_id
  LEFT JOIN repository g ON g.id = b.repository_id
  LEFT JOIN project p ON p.id = g.project_id;

-- Refs that more than one document claims: one row for each document that did not get its ref.
CREATE VIEW report_conflicts AS
SELECT
  -- What both call themselves.
  c.ref AS ref,
  -- Where the document is that holds the ref.
  ho.name AS organization,
  -- Its project.
  hp.name AS project,
  -- Its repository.
  hg.name AS repository,
  -- Opens it in the browser.
  hf.url || iif(substr(hf.url, 1, 4) = 'http', '&line=' || h.line || '&lineEnd=' || (h.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- When it was first seen to claim the ref; null when that crawl is not remembered.
  (SELECT w.started_at FROM crawl w WHERE w.id = h.claimed_in_crawl) AS claimed_at,
  -- Where the document is that claims it too.
  o.name AS contender_organization,
  -- Its project.
  p.name AS contender_project,
  -- Its repository.
  g.name AS contender_repository,
  -- Opens it in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || c.line || '&lineEnd=' || (c.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS contender_link,
  -- When it was first seen to claim the ref.
  (SELECT w.started_at FROM crawl w WHERE w.id = c.claimed_in_crawl) AS contender_claimed_at,
  -- Since when nothing leads to the contender any more; null while something does.
  c.orphan_since AS contender_orphan_since,
  -- `entity.id` of the holder, to join with the tables.
  h.id AS entity_id,
  -- `entity.id` of the contender, to join with the tables.
  c.id AS contender_entity_id
FROM entity c
  JOIN entity h ON h.ref = c.ref AND h.is_holder = 1
  JOIN file f ON f.id = c.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
  JOIN file hf ON hf.id = h.file_id
  JOIN repository hg ON hg.id = hf.repository_id
  JOIN project hp ON hp.id = hg.project_id
  JOIN organization ho ON ho.id = hp.organization_id
WHERE c.is_holder = 0;

-- Entities that are kept though nothing says any more that they are so: one row for each reason.
CREATE VIEW report_orphans_and_stale AS
SELECT
  -- `orphan`: nothing leads to it any more, no rule and no location. `stale`: its document is invalid by now and
  -- this is its last good state. `out of scope`: the settings do not ask for its file any more. `unlisted`: its
  -- repository left the list and is not confirmed to be gone.
  'orphan' AS reason,
  -- Since when.
  e.orphan_since AS since,
  -- Whole days since then.
  CAST(julianday('now') - julianday(e.orphan_since) AS INTEGER) AS age_days,
  -- The entity.
  e.ref AS ref,
  -- As the document writes it.
  e.kind AS kind,
  -- 1 when it is the document that the ref stands for.
  e.is_holder AS is_holder,
  -- `spec.owner` as it is written.
  e.owner AS owner,
  -- The organization, project, repository and path of the file that said it.
  o.name AS organization,
  -- The project's name.
  p.name AS project,
  -- The repository's name.
  g.name AS repository,
  -- The branch that a rule names; empty for the default branch.
  f.branch AS branch,
  -- The file's path in the repository.
  f.path AS path,
  -- Opens the document's first line in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- The host of the organization.
  o.host AS host,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM entity e
  JOIN file f ON f.id = e.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE e.orphan_since IS NOT NULL
UNION ALL
SELECT 'stale', e.stale_since, CAST(julianday('now') - julianday(e.stale_since) AS INTEGER),
  e.ref, e.kind, e.is_holder, e.owner,
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, e.id
FROM entity e
  JOIN file f ON f.id = e.file_id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE e.stale_since IS NOT NULL
UNION ALL
SELECT 'out of scope', f.out_of_scope_since,
  CAST(julianday('now') - julianday(f.out_of_scope_since) AS INTEGER),
  e.ref, e.kind, e.is_holder, e.owner,
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, e.id
FROM file f
  JOIN entity e ON e.file_id = f.id
  JOIN repository g ON g.id = f.repository_id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id
WHERE f.out_of_scope_since IS NOT NULL
UNION ALL
SELECT 'unlisted', g.changed_at, CAST(julianday('now') - julianday(g.changed_at) AS INTEGER),
  e.ref, e.kind, e.is_holder, e.owner,
  o.name, p.name, g.name, f.branch, f.path,
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, e.id
FROM missing_repository m
  JOIN repository g ON g.id = m.repository_id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN project p ON p.id = g.project_id
  JOIN organization o ON o.id = p.organization_id;

-- What the crawls did: one row for each crawl and organization; one without an organization for a crawl that came to
-- none.
CREATE VIEW report_crawls AS
SELECT
  -- `crawl.id`: later crawls have larger numbers.
  c.id AS crawl_id,
  -- `sync` or `refresh`.
  c.command AS command,
  -- For a refresh, what it was limited to; null for everything.
  c.scope AS scope,
  -- How the whole crawl ended: `running`, `complete`, `partial`, `failed` or `interrupted`.
  c.outcome AS outcome,
  -- The organization's name.
  o.name AS organization,
  -- When its part began.
  coalesce(w.started_at, c.started_at) AS started_at,
  -- When its part ended; null while it runs, and for ever when the process was killed.
  iif(w.crawl_id IS NULL, c.ended_at, w.ended_at) AS ended_at,
  -- How long it took.
  round((julianday(iif(w.crawl_id IS NULL, c.ended_at, w.ended_at))
    - julianday(coalesce(w.started_at, c.started_at))) * 86400, 3) AS seconds,
  -- Why the organization could not be crawled to its end, as a short stable word; null when it could.
  w.failure_rule AS failure_rule,
  -- The same as a sentence.
  w.failure_message AS failure_message,
  -- Requests sent, sign-in not counted.
  w.requests AS requests,
  -- Repositories in the list; 0 when a refresh did not ask for it.
  w.repositories_listed AS repositories_listed,
  -- Files asked for.
  w.files_asked AS files_asked,
  -- Those that could not be read.
  w.files_failed AS files_failed,
  -- Those that are there.
  w.files_found AS files_found,
  -- Those whose content is not what it was.
  w.files_changed AS files_changed,
  -- Entities that are new.
  w.entities_added AS entities_added,
  -- Entities that are not what they were.
  w.entities_changed AS entities_changed,
  -- Entities that are gone.
  w.entities_removed AS entities_removed,
  -- Entities of changed files that are what they were.
  w.entities_unchanged AS entities_unchanged,
  -- The version of the program.
  c.program AS program,
  -- The host of the organization.
  o.host AS host
FROM crawl c
  LEFT JOIN crawl_organization w ON w.crawl_id = c.id
  LEFT JOIN organization o ON o.id = w.organization_id;

-- How old our knowledge of each repository is.
CREATE VIEW report_staleness AS
SELECT
  -- The organization's name.
  organization,
  -- The project's name.
  project,
  -- The repository's name.
  repository,
  -- 1 when the last sync read all of it; 0 when something of it could not be read since `as_of`.
  coalesce(unread_since, organization_unread_since) IS NULL AS is_current,
  -- Until when what is stored is known to be so: the start of the last sync of the organization, or for what could not
  -- be read the first time that it could not. Null when the organization was never read.
  coalesce(unread_since, organization_unread_since, synced_at) AS as_of,
  -- Whole days since then.
  CAST(julianday('now') - julianday(coalesce(unread_since, organization_unread_since, synced_at)) AS INTEGER)
    AS age_days,
  -- Why something could not be read; null when everything could.
  coalesce(unread, organization_unread) AS reason,
  -- When its files last changed; null without any.
  changed_at,
  -- Catalog files that are there.
  files,
  -- The host of the organization.
  host,
  -- `repository.id`, to join with the tables.
  repository_id,
  -- `project.id`, to join with the tables.
  project_id
FROM (
  SELECT r.*,
    (SELECT w.started_at FROM crawl_organization w JOIN crawl c ON c.id = w.crawl_id
      WHERE w.organization_id = r.organization_id AND w.failure_rule IS NULL AND +c.command = 'sync'
        AND c.outcome IN ('complete', 'partial') ORDER BY w.crawl_id DESC LIMIT 1) AS synced_at,
    (SELECT b.message FROM problem b
      WHERE b.organization_id = r.organization_id AND b.repository_id IS NULL AND +b.class = 'read'
        AND b.severity = 'error' ORDER BY b.since, b.id LIMIT 1) AS organization_unread,
    (SELECT min(b.since) FROM problem b
      WHERE b.organization_id = r.organization_id AND b.repository_id IS NULL AND +b.class = 'read'
        AND b.severity = 'error') AS organization_unread_since
  FROM repository_fact r
);

-- What needs what to work: direct edges. All that an entity needs, over any number of edges, is
-- `catalog-crawler report dependencies ENTITY_REF`: a recursive view could not be limited to one entity before it is
-- worked out for all.
CREATE VIEW report_dependencies AS
SELECT
  -- The entity that needs the target.
  e.ref AS source_ref,
  -- How: `dependsOn` and `consumesApi` as relations are called, whichever end states them; `apiProvidedBy`: an API
  -- needs the component that provides it.
  r.type AS type,
  -- The entity that is needed.
  r.target_ref AS target_ref,
  -- 0 where nothing of the target's name is in the catalog.
  NOT EXISTS (SELECT 1 FROM missing_ref m WHERE m.ref = r.target_ref) AS target_exists,
  -- The organization of the source's file.
  o.name AS organization,
  -- Its project.
  p.name AS project,
  -- Its repository.
  g.name AS repository,
  -- Its branch; empty for the default branch.
  f.branch AS branch,
  -- Its path.
  f.path AS path,
  -- Opens the document that says it in the browser.
  f.url || iif(substr(f.url, 1, 4) = 'http', '&line=' || e.line || '&lineEnd=' || (e.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', '') AS link,
  -- The host of the organization.
  o.host AS host,
  -- `repository.id` of the source, to join with the tables.
  g.id AS repository_id,
  -- `project.id` of the source, to join with the tables.
  p.id AS project_id,
  -- `entity.id` of the source, to join with the tables.
  e.id AS entity_id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN relation r ON r.entity_id = e.id
WHERE +e.is_holder = 1 AND r.type IN ('dependsOn', 'consumesApi')
UNION ALL
SELECT e.ref, CAST(iif(r.type = 'dependencyOf', 'dependsOn', 'apiProvidedBy') AS TEXT), s.ref, 1,
  o.name, p.name, g.name, f.branch, f.path,
  sf.url || iif(substr(sf.url, 1, 4) = 'http', '&line=' || s.line || '&lineEnd=' || (s.line + 1)
    || '&lineStartColumn=1&lineEndColumn=1', ''),
  o.host, g.id, p.id, e.id
FROM organization o
  JOIN project p ON p.organization_id = o.id
  JOIN repository g ON g.project_id = p.id
  JOIN file f ON f.repository_id = g.id
  JOIN entity e ON e.file_id = f.id
  JOIN relation r ON r.target_ref = e.ref
  JOIN entity s ON s.id = r.entity_id
  JOIN file sf ON sf.id = s.file_id
WHERE +e.is_holder = 1 AND +s.is_holder = 1 AND r.type IN ('dependencyOf', 'providesApi')
  AND NOT (r.type = 'dependencyOf' AND EXISTS (
    SELECT 1 FROM relation b WHERE b.entity_id = e.id AND b.type = 'dependsOn' AND b.target_ref = s.ref));

-- The tags of the entities. Read out of `entity.json`, so that it costs a write nothing; who asks for one tag of many
-- entities goes through them all.
CREATE VIEW entity_tag AS
SELECT
  -- The entity.
  e.ref AS ref,
  -- The tag.
  t.value AS tag,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM entity e, json_each(e.json, '$.metadata.tags') t WHERE +e.is_holder = 1;

-- The labels of the entities; see `entity_tag`.
CREATE VIEW entity_label AS
SELECT
  -- The entity.
  e.ref AS ref,
  -- The label's key.
  l.key AS key,
  -- Its value.
  l.value AS value,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM entity e, json_each(e.json, '$.metadata.labels') l WHERE +e.is_holder = 1;

-- The annotations of the entities, those of the catalog among them; see `entity_tag`.
CREATE VIEW entity_annotation AS
SELECT
  -- The entity.
  e.ref AS ref,
  -- The annotation's key, such as `backstage.io/managed-by-location`.
  a.key AS key,
  -- Its value.
  a.value AS value,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM entity e, json_each(e.json, '$.metadata.annotations') a WHERE +e.is_holder = 1;

-- The links of the entities; see `entity_tag`.
CREATE VIEW entity_link AS
SELECT
  -- The entity.
  e.ref AS ref,
  -- Its place among the links of the entity, counted from 0.
  l.key AS position,
  -- Where it leads.
  json_extract(l.value, '$.url') AS url,
  -- What people call it; null without a title.
  json_extract(l.value, '$.title') AS title,
  -- A word for the picture beside it; null without one.
  json_extract(l.value, '$.icon') AS icon,
  -- A word for the kind of link; null without one.
  json_extract(l.value, '$.type') AS type,
  -- `entity.id`, to join with the tables.
  e.id AS entity_id
FROM entity e, json_each(e.json, '$.metadata.links') l WHERE +e.is_holder = 1;

-- The views that are the contract, with their versions.
CREATE VIEW report_view (
  -- The view's name.
  name,
  -- Raised when a column goes, is renamed or changes its meaning; not when one is added.
  version,
  -- What it answers.
  purpose
) AS VALUES
  ('report_conflicts', 1, 'refs that more than one document claims'),
  ('report_crawls', 1, 'what the crawls did in each organization'),
  ('report_dependencies', 1, 'what needs what to work, direct edges'),
  ('report_entities', 1, 'every entity, and where it comes from'),
  ('report_entity_history', 1, 'what became of each entity, and who owned it when'),
  ('report_orphans_and_stale', 1, 'entities that nothing says any more'),
  ('report_ownership', 1, 'who owns what, what nobody owns, owners that are not there'),
  ('report_problems', 1, 'what is wrong, since when, and whose it is'),
  ('report_relations', 1, 'relations from both ends, and those that dangle'),
  ('report_repository_coverage', 1, 'every repository: does it have a catalog file, is it valid, why not'),
  ('report_source_history', 1, 'what became of each file and repository'),
  ('report_staleness', 1, 'how old our knowledge of each repository is');
