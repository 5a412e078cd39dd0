-- What entities say of each other, and what leads to files besides the rules of the settings: locations of the
-- settings, locations that were registered by command, and entities of kind Location.

-- A relation that an entity's document states, such as `ownedBy`. Each is held once, with the document that
-- states it; the view `entity_relation` has both directions.
CREATE TABLE relation (
  entity_id INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
  type TEXT NOT NULL REFERENCES relation_type (type),
  -- `kind:namespace/name` in lower case; nothing of that name need be there.
  target_ref TEXT NOT NULL,
  PRIMARY KEY (entity_id, type, target_ref)
) STRICT, WITHOUT ROWID;

CREATE INDEX relation_by_target ON relation (target_ref, type);

-- How relations are called seen from their other end.
CREATE TABLE relation_type (
  type TEXT PRIMARY KEY NOT NULL,
  inverse TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO relation_type (type, inverse) VALUES
  ('ownedBy', 'ownerOf'), ('partOf', 'hasPart'), ('providesApi', 'apiProvidedBy'),
  ('consumesApi', 'apiConsumedBy'), ('dependsOn', 'dependencyOf'), ('dependencyOf', 'dependsOn'),
  ('memberOf', 'hasMember'), ('hasMember', 'memberOf'), ('childOf', 'parentOf'), ('parentOf', 'childOf');

-- Relations from both ends, each once, of the documents that hold their refs. `source_exists` and
-- `target_exists` are 0 where nothing of that name is in the catalog: the relation dangles.
CREATE VIEW entity_relation AS
SELECT source_ref, type, target_ref,
  EXISTS (SELECT 1 FROM entity e WHERE e.ref = source_ref AND e.is_holder = 1) AS source_exists,
  EXISTS (SELECT 1 FROM entity e WHERE e.ref = target_ref AND e.is_holder = 1) AS target_exists
FROM (
  SELECT e.ref AS source_ref, r.type AS type, r.target_ref AS target_ref
  FROM relation r JOIN entity e ON e.id = r.entity_id WHERE e.is_holder = 1
  UNION
  SELECT r.target_ref, t.inverse, e.ref
  FROM relation r JOIN relation_type t ON t.type = r.type JOIN entity e ON e.id = r.entity_id
  WHERE e.is_holder = 1
);

-- An address that is read besides what the rules find.
CREATE TABLE location (
  id INTEGER PRIMARY KEY,
  -- `settings`: it stands in `catalog.locations`. `registered`: somebody added it by command.
  source TEXT NOT NULL CHECK (source IN ('settings', 'registered')),
  -- `url`: a file of a repository, or several by a pattern. `file`: a file of this machine.
  type TEXT NOT NULL CHECK (type IN ('url', 'file')),
  -- In one spelling for each file: the URL as it is canonical here, or an absolute path.
  target TEXT NOT NULL,
  since TEXT NOT NULL,
  UNIQUE (source, type, target)
) STRICT;

-- One target of a location, or of an entity of kind Location. One that stands for no address at all is a
-- problem of its document and has no row.
CREATE TABLE location_target (
  id INTEGER PRIMARY KEY,
  -- Exactly one of these is set.
  location_id INTEGER REFERENCES location (id) ON DELETE CASCADE,
  entity_id INTEGER REFERENCES entity (id) ON DELETE CASCADE,
  -- Counted from 0 among the targets of the entity.
  position INTEGER NOT NULL,
  -- As it is written.
  target TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('url', 'file')),
  -- What it stands for, in one spelling for each file.
  address TEXT NOT NULL,
  -- The organization that the address is in; for files of this machine `file` and `local`.
  host TEXT NOT NULL COLLATE NOCASE,
  organization TEXT NOT NULL COLLATE NOCASE,
  -- Whether it is a problem when nothing is there.
  is_required INTEGER NOT NULL CHECK (is_required IN (0, 1)),
  -- Its place in the file of the entity.
  line INTEGER,
  column INTEGER,
  key_path TEXT,
  CHECK ((location_id IS NULL) <> (entity_id IS NULL))
) STRICT;

CREATE INDEX location_target_by_entity ON location_target (entity_id);
CREATE INDEX location_target_by_location ON location_target (location_id);

-- Which files a target stands for: one, or those that match its pattern.
CREATE TABLE location_file (
  target_id INTEGER NOT NULL REFERENCES location_target (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
  PRIMARY KEY (target_id, file_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX location_file_by_file ON location_file (file_id);

-- A file that a placeholder of a catalog file takes in, such as `$text: ./openapi.yaml`.
CREATE TABLE inclusion (
  file_id INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
  -- The address of the file that is taken in.
  address TEXT NOT NULL,
  -- Git's id of the content that was taken in; null when it could not be read.
  blob_id TEXT,
  PRIMARY KEY (file_id, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX inclusion_by_address ON inclusion (address);

-- How often everything of a name has gone. Whatever comes back under the name is another incarnation of it,
-- with another `entity.uid`.
CREATE TABLE removed_ref (
  ref TEXT PRIMARY KEY NOT NULL,
  times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 1 while a rule of the settings asks for the file; 0 for one that only locations lead to.
-- `out_of_scope_since` is set while neither does.
ALTER TABLE file ADD COLUMN is_asked INTEGER NOT NULL DEFAULT 1 CHECK (is_asked IN (0, 1));
-- Where the chain of locations began that led here, as `type:target`, and what stands there: an organization's
-- repositories, a registered location, or one of the settings. Null until the file is read again.
ALTER TABLE file ADD COLUMN origin TEXT;
ALTER TABLE file ADD COLUMN origin_source TEXT
  CHECK (origin_source IN ('organization', 'registered', 'settings'));

CREATE INDEX file_not_asked ON file (id) WHERE is_asked = 0;

-- The identity of the entity for other programs: the same as long as anything holds the ref, another one when
-- it comes back after it was gone. A UUID made of the ref (RFC 9562, 5.5). Null until the file is read again.
ALTER TABLE entity ADD COLUMN uid TEXT;
-- Since when nothing leads to the entity any more: no rule, no location, or the rules of the settings no
-- longer let its kind stand there. It is kept for a number of crawls, and gives way to others of its name.
ALTER TABLE entity ADD COLUMN orphan_since TEXT;
ALTER TABLE entity ADD COLUMN orphaned_in_crawl INTEGER;

CREATE INDEX entity_orphan ON entity (orphaned_in_crawl) WHERE orphan_since IS NOT NULL;
CREATE INDEX entity_contender ON entity (ref) WHERE is_holder = 0;

-- The target of a location that the problem is about; null for all other problems.
ALTER TABLE problem ADD COLUMN target_id INTEGER REFERENCES location_target (id) ON DELETE CASCADE;

CREATE INDEX problem_by_target ON problem (target_id) WHERE target_id IS NOT NULL;

-- Every document that claims a ref which another one claims too, and which of them holds it.
CREATE VIEW entity_conflict AS
SELECT e.ref, e.id AS entity_id, e.is_holder, f.url, e.line, e.claimed_in_crawl, e.orphan_since
FROM entity e JOIN file f ON f.id = e.file_id
WHERE e.ref IN (SELECT ref FROM entity WHERE is_holder = 0);
