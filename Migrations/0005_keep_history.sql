-- What changed and when; and what is searched, by key and value as Backstage does it and by words.
--
-- All of it follows from the tables of the catalog and is written in the transaction that changes them. The triggers
-- below note what a transaction changes and removes, whoever does it; what it adds the program notes by itself (a
-- trigger there would double what an insertion costs). Before it commits the program writes what follows. What did
-- not change is not touched.
--
-- The conditions of columns are written out: for a list of three values SQLite makes a table with each row it writes.

-- One change of an entity, a file or a repository, oldest first by `id`. Of an entity it is a change of what its
-- ref stands for: documents that claim a ref and do not hold it have no history, and a holder that another one
-- replaced within the same crawl, or within the one that continues it, has left none.
--
-- What was there before is kept, and not what came: that is what the next change of the same name found, and
-- with no next change it is what the catalog holds. So an entity that is added costs no second copy of it, and old
-- rows can go without a gap in the others. `report_entity_history` has both.
--
-- What the catalog held at a moment is what the first change after it found; who owned it at the end of March:
--   SELECT iif(count(*), owner_before, (SELECT owner FROM entity WHERE ref = :ref AND is_holder = 1)) FROM (
--     SELECT owner_before FROM report_entity_history
--     WHERE ref = :ref AND time >= '2026-04-01' ORDER BY id LIMIT 1);
CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  -- The crawl that found it; null for a command outside of a crawl, such as `location remove`.
  crawl_id INTEGER,
  -- When it was found.
  at TEXT NOT NULL,
  -- What has changed.
  subject TEXT NOT NULL CHECK (subject = 'entity' OR subject = 'file' OR subject = 'repository'),
  -- As text, so that the row outlives what it tells of. An entity's ref; a file's address, the new one when that
  -- changed; for a repository `host/organization/guid`, which stays when it is renamed.
  name TEXT NOT NULL,
  -- A file is `added` when its content is there and `removed` when it is not any more.
  change TEXT NOT NULL CHECK (change = 'added' OR change = 'changed' OR change = 'removed'),
  -- What was there, as JSON: the whole document of an entity, a few columns of the others. Null for `added`.
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  -- JSON array of the key paths that have another value than before, such as `spec.owner`; lists count as a
  -- whole: `metadata.tags`. Null unless `changed`.
  changed_paths TEXT CHECK (changed_paths IS NULL OR json_valid(changed_paths)),
  CHECK ((change = 'added') = (before IS NULL)),
  CHECK ((change = 'changed') = (changed_paths IS NOT NULL))
) STRICT;

CREATE INDEX history_by_name ON history (name, subject);

-- What a transaction has changed so far and is still to be written to `history` and `search_value`; empty between
-- transactions of the program. Rows that another program's changes left here are seen to by the next crawl.
CREATE TABLE pending_change (
  -- As in `history`.
  subject TEXT NOT NULL CHECK (subject = 'entity' OR subject = 'file' OR subject = 'repository'),
  -- As in `history`.
  name TEXT NOT NULL,
  -- The entity that held the ref before; null when none did, and for files and repositories.
  entity_id INTEGER,
  -- As in `history`; null when there was nothing.
  before TEXT,
  -- The uid that the entity had.
  uid TEXT,
  PRIMARY KEY (subject, name)
) STRICT, WITHOUT ROWID;

-- The size changes with every push and says nothing.
CREATE TRIGGER repository_changed
AFTER UPDATE OF project_id, name, default_branch, is_fork, state ON repository
WHEN old.project_id <> new.project_id OR old.name <> new.name OR old.default_branch IS NOT new.default_branch
  OR old.is_fork <> new.is_fork OR old.state <> new.state
BEGIN
  INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths)
  SELECT (SELECT iif(outcome = 'running', id, NULL) FROM crawl ORDER BY id DESC LIMIT 1), new.changed_at,
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

-- Before and not after it: its organization and its project are needed, and may go in the same moment.
CREATE TRIGGER repository_removed BEFORE DELETE ON repository BEGIN
  INSERT OR IGNORE INTO pending_change (subject, name, before)
  SELECT 'repository', o.host || '/' || o.name || '/' || old.guid,
    json_object('project', (SELECT name FROM project WHERE id = old.project_id), 'name', old.name,
      'default_branch', old.default_branch, 'is_fork', old.is_fork, 'state', old.state)
  FROM organization o WHERE o.id = old.organization_id;
END;

CREATE TRIGGER file_changed AFTER UPDATE OF state, blob_id, url ON file
WHEN (old.state = 'present' OR new.state = 'present') AND (old.blob_id IS NOT new.blob_id OR old.url <> new.url)
BEGIN
  INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths)
  VALUES ((SELECT iif(outcome = 'running', id, NULL) FROM crawl ORDER BY id DESC LIMIT 1), new.checked_at,
    'file', new.url,
    CASE WHEN old.state <> 'present' THEN 'added' WHEN new.state <> 'present' THEN 'removed' ELSE 'changed' END,
    CASE WHEN old.state = 'present'
      THEN json_object('url', old.url, 'blob_id', old.blob_id, 'commit_id', old.commit_id, 'size', old.size) END,
    CASE WHEN old.state = 'present' AND new.state = 'present' THEN (SELECT json_group_array(path) FROM (
      SELECT 'url' AS path WHERE old.url <> new.url
      UNION ALL SELECT 'blob_id' WHERE old.blob_id <> new.blob_id)) END);
END;

CREATE TRIGGER file_removed AFTER DELETE ON file WHEN old.state = 'present' BEGIN
  INSERT OR IGNORE INTO pending_change (subject, name, before)
  VALUES ('file', old.url,
    json_object('url', old.url, 'blob_id', old.blob_id, 'commit_id', old.commit_id, 'size', old.size));
END;

-- The first change of a ref in a transaction is the one that knows what was there before.
CREATE TRIGGER entity_changed AFTER UPDATE OF is_holder, json, uid ON entity
WHEN old.is_holder <> new.is_holder OR new.is_holder = 1 AND (old.json <> new.json OR old.uid IS NOT new.uid)
BEGIN
  INSERT OR IGNORE INTO pending_change (subject, name, entity_id, before, uid)
  VALUES ('entity', new.ref, iif(old.is_holder, old.id, NULL), iif(old.is_holder, old.json, NULL),
    iif(old.is_holder, old.uid, NULL));
END;

CREATE TRIGGER entity_removed AFTER DELETE ON entity WHEN old.is_holder = 1 BEGIN
  INSERT OR IGNORE INTO pending_change (subject, name, entity_id, before, uid)
  VALUES ('entity', old.ref, old.id, old.json, old.uid);
END;

-- What happened to entities: before and after, and who owned them (`spec.owner` as it is written).
CREATE VIEW report_entity_history AS
SELECT
  -- Grows with time: the order of changes.
  id,
  -- The entity, `kind:namespace/name` in lower case.
  ref,
  -- The organization that it is in by now; null for what is gone.
  (SELECT o.name FROM entity e JOIN file f ON f.id = e.file_id JOIN repository r ON r.id = f.repository_id
    JOIN organization o ON o.id = r.organization_id WHERE e.ref = v.ref AND e.is_holder = 1) AS organization,
  -- `crawl.id` of the crawl that found the change; null for a command outside of one.
  crawl,
  -- When it was found.
  time,
  -- `added`, `changed` or `removed`.
  change,
  -- `spec.owner` as it was written before; null when there was none.
  json_extract(before, '$.spec.owner') AS owner_before,
  -- The same after the change.
  json_extract(after, '$.spec.owner') AS owner_after,
  -- JSON array of the key paths that have another value, such as `spec.owner`; null unless `changed`.
  changed_paths,
  -- The whole document before, as JSON; null for `added`.
  before,
  -- The whole document after the change, as JSON; null for `removed`.
  after,
  -- Where it stands now; for what is gone, where it stood.
  coalesce(
    (SELECT f.url || iif(instr(f.url, '?'), '&line=' || e.line || '&lineEnd=' || (e.line + 1)
        || '&lineStartColumn=1&lineEndColumn=1', '')
      FROM entity e JOIN file f ON f.id = e.file_id WHERE e.ref = v.ref AND e.is_holder = 1),
    json_extract(before, '$.metadata.annotations."backstage.io/view-url"')) AS link
FROM (
  SELECT h.id, h.name AS ref, h.crawl_id AS crawl, h.at AS time, h.change, h.changed_paths, h.before,
    CASE WHEN h.change <> 'removed' THEN coalesce(
      (SELECT next.before FROM history next
        WHERE next.name = h.name AND next.subject = 'entity' AND next.id > h.id ORDER BY next.id LIMIT 1),
      (SELECT e.json FROM entity e WHERE e.ref = h.name AND e.is_holder = 1)) END AS after
  FROM history h WHERE h.subject = 'entity'
) v;

-- What files and repositories went through, newest last by `id`.
CREATE VIEW report_source_history AS
SELECT
  -- Grows with time: the order of changes.
  id,
  -- `file` or `repository`.
  subject,
  -- A file's address, or for a repository `host/organization/guid`.
  name,
  -- `crawl.id` of the crawl that found the change; null for a command outside of one.
  crawl_id AS crawl,
  -- When it was found.
  at AS time,
  -- `added`, `changed` or `removed`; a file is `removed` when its content is not there any more.
  change,
  -- JSON array of the columns that have another value; null unless `changed`.
  changed_paths,
  -- JSON of the columns before; null for `added`.
  before
FROM history WHERE subject <> 'entity';

-- The keys of search rows, such as `metadata.tags`, in lower case. One that no row has any more stays.
CREATE TABLE search_key (
  id INTEGER PRIMARY KEY,
  -- The names on the way to the value, joined by dots.
  key TEXT NOT NULL UNIQUE
) STRICT;

-- Every scalar of an entity's document, under the path of its keys, as Backstage searches it; read it as the view
-- `search`, and ask it by key: what one entity's rows are follows from its document, and is not looked up here. Only
-- entities that hold their ref have rows. Entity and key have no foreign keys: they would be looked up for each of
-- some twenty rows of an entity; `database check` looks.
CREATE TABLE search_value (
  -- `search_key.id`.
  key_id INTEGER NOT NULL,
  -- In lower case.
  value TEXT NOT NULL,
  -- `entity.id`.
  entity_id INTEGER NOT NULL,
  -- As it is written; null when that is the same.
  original_value TEXT,
  PRIMARY KEY (key_id, value, entity_id)
) STRICT, WITHOUT ROWID;

-- The scalars without a value: null, and what has more than 200 characters.
CREATE TABLE search_null (
  -- `search_key.id`.
  key_id INTEGER NOT NULL,
  -- `entity.id`.
  entity_id INTEGER NOT NULL,
  PRIMARY KEY (key_id, entity_id)
) STRICT, WITHOUT ROWID;

-- `relations.` and the type in lower case: the key of a relation's search row.
ALTER TABLE relation_type ADD COLUMN search_key TEXT;
-- The same for the relation seen from its other end.
ALTER TABLE relation_type ADD COLUMN inverse_search_key TEXT;
UPDATE relation_type SET search_key = 'relations.' || lower(type), inverse_search_key = 'relations.' || lower(inverse);

CREATE UNIQUE INDEX relation_type_by_search_key ON relation_type (search_key);
CREATE UNIQUE INDEX relation_type_by_inverse_search_key ON relation_type (inverse_search_key);

-- The search rows as Backstage has them: `value` in lower case, `original_value` as it is written. Relations are
-- those of `entity_relation`, from both ends; they are stored as relations only.
CREATE VIEW search AS
SELECT
  -- `entity.id`.
  v.entity_id AS entity_id,
  -- The names on the way to the value, joined by dots, in lower case.
  k.key AS key,
  -- The value as it is written; null for null and for what is too long.
  coalesce(v.original_value, v.value) AS original_value,
  -- The same in lower case.
  v.value AS value
FROM search_key k JOIN search_value v ON v.key_id = k.id
UNION ALL
SELECT n.entity_id, k.key, NULL, NULL FROM search_key k JOIN search_null n ON n.key_id = k.id
UNION ALL
SELECT r.entity_id, t.search_key, r.target_ref, r.target_ref
FROM relation_type t JOIN relation r ON r.type = t.type JOIN entity e ON e.id = r.entity_id
WHERE e.is_holder = 1
UNION ALL
SELECT target.id, t.inverse_search_key, e.ref, e.ref
FROM relation_type t JOIN relation r ON r.type = t.type JOIN entity e ON e.id = r.entity_id
  JOIN entity target ON target.ref = r.target_ref AND target.is_holder = 1
WHERE e.is_holder = 1 AND NOT EXISTS (
  SELECT 1 FROM relation own WHERE own.entity_id = target.id AND own.type = t.inverse AND own.target_ref = e.ref);

-- What is searched by words, of the entities that hold their ref: parts of their documents, the tags as a JSON array.
CREATE VIEW entity_text AS
SELECT
  -- `entity.id`.
  id,
  -- `metadata.name`.
  json_extract(json, '$.metadata.name') AS name,
  -- `metadata.title`.
  json_extract(json, '$.metadata.title') AS title,
  -- `metadata.description`.
  json_extract(json, '$.metadata.description') AS description,
  -- `metadata.tags`.
  json_extract(json, '$.metadata.tags') AS tags,
  -- `spec.owner`.
  json_extract(json, '$.spec.owner') AS owner
FROM entity WHERE is_holder = 1;

-- The index over `entity_text`; `rowid` is the entity's id. Texts are not stored in it. Words are found without
-- regard to letter case and accents, in any script, and by how they begin:
--   SELECT e.ref FROM entity_fts f JOIN entity e ON e.id = f.rowid WHERE entity_fts MATCH 'zahl*' ORDER BY rank;
-- Whoever searches for text with other characters puts it into double quotes: '"Zahlungs-API"'.
CREATE VIRTUAL TABLE entity_fts USING fts5 (
  -- As in `entity_text`.
  name,
  -- As in `entity_text`.
  title,
  -- As in `entity_text`.
  description,
  -- As in `entity_text`.
  tags,
  -- As in `entity_text`.
  owner,
  content = 'entity_text', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO entity_fts (rowid, name, title, description, tags, owner)
SELECT id, name, title, description, tags, owner FROM entity_text ORDER BY id;

DROP VIEW entity_relation;

-- Relations from both ends, each once, of the documents that hold their refs. A relation that both ends state is left
-- out where it is the other's view of it, so that a question for one end is answered by indexes.
CREATE VIEW entity_relation AS
SELECT
  -- The entity that has the relation.
  e.ref AS source_ref,
  -- Such as `ownedBy`, or its inverse.
  r.type AS type,
  -- The entity that it leads to.
  r.target_ref AS target_ref,
  -- Whether something holds `source_ref`.
  1 AS source_exists,
  -- Whether something holds `target_ref`.
  EXISTS (SELECT 1 FROM entity x WHERE x.ref = r.target_ref AND x.is_holder = 1) AS target_exists
FROM entity e JOIN relation r ON r.entity_id = e.id
WHERE e.is_holder = 1
UNION ALL
SELECT r.target_ref, t.inverse, e.ref,
  EXISTS (SELECT 1 FROM entity x WHERE x.ref = r.target_ref AND x.is_holder = 1), 1
FROM relation r JOIN relation_type t ON t.type = r.type JOIN entity e ON e.id = r.entity_id
WHERE e.is_holder = 1 AND NOT EXISTS (
  SELECT 1 FROM entity x JOIN relation own ON own.entity_id = x.id
  WHERE x.ref = r.target_ref AND x.is_holder = 1 AND own.type = t.inverse AND own.target_ref = e.ref);

-- A repository by the name that people know.
CREATE INDEX repository_by_plain_name ON repository (name COLLATE NOCASE);

-- Pages of a kind, with or without a type, in the order of refs.
DROP INDEX entity_by_kind;

CREATE INDEX entity_by_kind ON entity (kind, type, ref);
CREATE INDEX entity_page ON entity (kind, ref) WHERE is_holder = 1;
