-- Changes belong to the crawl that has the lease; and questions for what few things have begin at these.

-- What files and repositories went through was ascribed to the newest crawl that had not ended, which may be one that
-- was killed while an older one goes on. Now it is the crawl that may write, or none.

DROP TRIGGER repository_changed;
DROP TRIGGER file_changed;

-- The size changes with every push and says nothing.
CREATE TRIGGER repository_changed
AFTER UPDATE OF project_id, name, default_branch, is_fork, state ON repository
WHEN old.project_id <> new.project_id OR old.name <> new.name OR old.default_branch IS NOT new.default_branch
  OR old.is_fork <> new.is_fork OR old.state <> new.state
BEGIN
  INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths)
  SELECT (SELECT crawl_id FROM crawl_lease), new.changed_at,
    'repository', o.host || '/' || o.name || '/' || new.guid, 'changed',
    json_object('project', (SELECT name FROM project WHERE id = old.project_id), 'name', old.name,
      'default_branch', old.default_branch, 'is_fork', old.is_fork, 'state', old.state),
    (SELECT json_group_array(path) FROM (
      SELECT 'project' AS path WHERE old.project_id <> new.project_id
      UNION ALL SELECT 'name' WHERE old.name <> new.name
      UNION ALL SELECT 'default_branch' WHERE old.default_branch IS NOT new.default_branch
      UNION ALL SELECT 'is_fork' WHERE old.is_fork <> new.is_fork
      UNION ALL SELECT 'state' WHERE old.state <> new.state))
  FROM organization o WHERE o.id = new.organization_id;
END;

CREATE TRIGGER file_changed AFTER UPDATE OF state, blob_id, url ON file
WHEN (old.state = 'present' OR new.state = 'present') AND (old.blob_id IS NOT new.blob_id OR old.url <> new.url)
BEGIN
  INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths)
  VALUES ((SELECT crawl_id FROM crawl_lease), new.checked_at,
    'file', new.url,
    CASE WHEN old.state <> 'present' THEN 'added' WHEN new.state <> 'present' THEN 'removed' ELSE 'changed' END,
    CASE WHEN old.state = 'present'
      THEN json_object('url', old.url, 'blob_id', old.blob_id, 'commit_id', old.commit_id, 'size', old.size) END,
    CASE WHEN old.state = 'present' AND new.state = 'present' THEN (SELECT json_group_array(path) FROM (
      SELECT 'url' AS path WHERE old.url <> new.url
      UNION ALL SELECT 'blob_id' WHERE old.blob_id <> new.blob_id)) END);
END;

-- The entities that may have links, in the order of the table: without it whoever reads the view below goes through
-- all documents. A word in a document's text is looked for faster than the document is read.
CREATE INDEX entity_with_links ON entity (id) WHERE is_holder = 1 AND instr(json, '"links"') > 0;

-- The files that are not there, for `report_repository_coverage`: a repository without a catalog file has one here.
CREATE INDEX file_not_present ON file (repository_id) WHERE state <> 'present';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('entity', 'entity_with_links', '100000 1'), ('file', 'file_not_present', '100000 1');

ANALYZE sqlite_schema;

DROP VIEW entity_link;

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
FROM entity e, json_each(e.json, '$.metadata.links') l
WHERE e.is_holder = 1 AND instr(e.json, '"links"') > 0;

DROP VIEW report_repository_coverage;

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
FROM repository_fact r
WHERE state = 'active' AND EXISTS (SELECT 1 FROM file n WHERE n.repository_id = r.repository_id AND n.state <> 'present')
  AND NOT EXISTS (SELECT 1 FROM file n WHERE n.repository_id = r.repository_id AND n.state = 'present')
  AND unread IS NULL AND errors = 0
UNION ALL
SELECT organization, project, repository, default_branch, is_fork, 'not asked', CAST(NULL AS TEXT), files,
  entities, errors, warnings, link, host, repository_id, project_id
FROM repository_fact
WHERE state = 'active' AND unread IS NULL AND errors = 0 AND files = 0 AND link IS NULL;
