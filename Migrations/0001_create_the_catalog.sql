-- The catalog: what was found where, when it was last read, and what it says.
--
-- Times are UTC, ISO-8601 text with milliseconds. Ids named `..._id` are this database's own and mean
-- nothing outside it; a `guid` is Azure DevOps' own and stays when a thing is renamed. A crawl that finds
-- nothing new writes rows of `crawl` and `crawl_organization` only.

-- One run of `sync` or `refresh`.
CREATE TABLE crawl (
  id INTEGER PRIMARY KEY,
  -- What was asked for: everything in the settings, or a part of it.
  command TEXT NOT NULL CHECK (command IN ('sync', 'refresh')),
  -- For a refresh, what it was limited to, as people wrote it; null for everything.
  scope TEXT,
  -- The version of the program.
  program TEXT NOT NULL,
  started_at TEXT NOT NULL,
  -- Null while the crawl runs, and for ever when its process was killed.
  ended_at TEXT,
  -- `complete`: everything was read. `partial`: something could not be read and is as it was before.
  -- `failed`: no organization could be listed. `interrupted`: it was asked to stop.
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'complete', 'partial', 'failed', 'interrupted'))
) STRICT;

-- An organization of Azure DevOps Services, or a collection of Azure DevOps Server.
CREATE TABLE organization (
  id INTEGER PRIMARY KEY,
  -- The host as in the settings: `dev.azure.com`, `contoso.visualstudio.com`, an on-premises host.
  host TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  -- When its repository list was last read to the end and was different from what is stored here.
  listed_at TEXT,
  UNIQUE (host, name)
) STRICT;

-- What one crawl did in one organization. All counts are of this crawl.
CREATE TABLE crawl_organization (
  crawl_id INTEGER NOT NULL REFERENCES crawl (id) ON DELETE CASCADE,
  organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  -- Why the organization could not be crawled to its end; null when it could.
  failure_rule TEXT,
  failure_message TEXT,
  -- Requests sent, sign-in not counted.
  requests INTEGER NOT NULL DEFAULT 0,
  -- Repositories in the list; 0 when a refresh did not ask for it.
  repositories_listed INTEGER NOT NULL DEFAULT 0,
  -- Files asked for (one for each repository and rule that wants it), those that could not be read, and
  -- those that are there.
  files_asked INTEGER NOT NULL DEFAULT 0,
  files_failed INTEGER NOT NULL DEFAULT 0,
  files_found INTEGER NOT NULL DEFAULT 0,
  files_changed INTEGER NOT NULL DEFAULT 0,
  entities_added INTEGER NOT NULL DEFAULT 0,
  entities_changed INTEGER NOT NULL DEFAULT 0,
  entities_removed INTEGER NOT NULL DEFAULT 0,
  entities_unchanged INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (crawl_id, organization_id)
) STRICT, WITHOUT ROWID;

-- A project, as far as repositories of it were listed.
CREATE TABLE project (
  id INTEGER PRIMARY KEY,
  organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
  guid TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (organization_id, guid)
) STRICT;

-- A git repository that was ever listed.
CREATE TABLE repository (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
  guid TEXT NOT NULL,
  name TEXT NOT NULL,
  -- Without `refs/heads/`; null for a repository without branches.
  default_branch TEXT,
  -- Bytes, as Azure DevOps says it.
  size INTEGER NOT NULL,
  is_fork INTEGER NOT NULL CHECK (is_fork IN (0, 1)),
  -- Why it is asked for files or not. `active`: it is. `empty`: it has no branches. `disabled` and
  -- `maintenance`: Azure DevOps answers no questions about it. `unlisted`: the last complete list did not
  -- have it; what is known of it is kept, because a missing right looks the same as a deletion.
  state TEXT NOT NULL CHECK (state IN ('active', 'empty', 'disabled', 'maintenance', 'unlisted')),
  -- When the row last changed.
  changed_at TEXT NOT NULL,
  UNIQUE (organization_id, guid)
) STRICT;

CREATE INDEX repository_by_project ON repository (project_id);

-- A place where a catalog file is looked for: a path on a branch of a repository.
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  -- The branch that a rule names; empty for the default branch, whichever it is.
  branch TEXT NOT NULL,
  -- From the repository's root, with a slash before it.
  path TEXT NOT NULL,
  -- `present`: its content is what the entities below it say. `absent`: Azure DevOps said that it is not
  -- there. `unread`: it has never been read, see the problems.
  state TEXT NOT NULL CHECK (state IN ('present', 'absent', 'unread')),
  -- Version tags, written in the same transaction as the entities they stand for: git's id of the content,
  -- the commit it was first seen at, and the answer's ETag if it had one. Null unless `present`.
  blob_id TEXT,
  commit_id TEXT,
  etag TEXT,
  -- Stands for the rules and limits that the content was judged by; another number means that it is to be
  -- judged again.
  rules_version INTEGER NOT NULL DEFAULT 0,
  size INTEGER,
  -- When it was last read with another result than before. A crawl that finds the file as it was writes
  -- nothing here.
  checked_at TEXT NOT NULL,
  -- Since when no rule of the settings asks for it any more; null while one does. Its entities stay.
  out_of_scope_since TEXT,
  -- The address of the file as a browser shows it.
  url TEXT NOT NULL,
  UNIQUE (repository_id, branch, path),
  CHECK ((state = 'present') = (blob_id IS NOT NULL))
) STRICT;

-- One document of a file that is an entity. Several documents may claim one ref; one of them holds it.
CREATE TABLE entity (
  id INTEGER PRIMARY KEY,
  file_id INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
  -- `kind:namespace/name` in lower case: what other entities call it.
  ref TEXT NOT NULL,
  -- 1 for the document that the ref stands for, 0 for the others that claim it. The holder is one that is
  -- still looked at (listed and in scope) where there is one; of those the one with the oldest claim; of
  -- those the one with the smallest file address.
  is_holder INTEGER NOT NULL CHECK (is_holder IN (0, 1)),
  -- The crawl that first saw this file claim this ref; when crawls before it were cut off, the first of
  -- those, because it is their work that is continued.
  claimed_in_crawl INTEGER NOT NULL,
  -- The line of the file that the document begins at.
  line INTEGER NOT NULL,
  -- Since when what is here is the last good state of a document that is invalid by now; null when it is
  -- what the file says.
  stale_since TEXT,
  api_version TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT,
  description TEXT,
  -- `spec.type`, `spec.lifecycle`, `spec.owner`, `spec.system`, `spec.domain` as they are written.
  type TEXT,
  lifecycle TEXT,
  owner TEXT,
  system TEXT,
  domain TEXT,
  -- The whole document as JSON, `metadata.namespace` filled in.
  json TEXT NOT NULL CHECK (json_valid(json)),
  -- A hash of `json`, or the one that the document gives itself.
  etag TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  UNIQUE (file_id, ref)
) STRICT;

CREATE UNIQUE INDEX entity_holder ON entity (ref) WHERE is_holder = 1;
CREATE INDEX entity_by_ref ON entity (ref);
CREATE INDEX entity_by_kind ON entity (kind, type);

-- Something wrong with a file, a repository or an organization. A row goes when what it tells is mended.
CREATE TABLE problem (
  id INTEGER PRIMARY KEY,
  organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
  -- Null for a problem of the whole organization.
  repository_id INTEGER REFERENCES repository (id) ON DELETE CASCADE,
  -- Null for a problem of the whole repository.
  file_id INTEGER REFERENCES file (id) ON DELETE CASCADE,
  -- `read`: something could not be read and is as it was before. `content`: what was read is not right.
  class TEXT NOT NULL CHECK (class IN ('read', 'content')),
  severity TEXT NOT NULL CHECK (severity IN ('error', 'warning')),
  -- A short stable word for the kind of problem.
  rule TEXT NOT NULL,
  message TEXT NOT NULL,
  -- The entity it is about, `kind:namespace/name`; null when it is not known or not about one.
  ref TEXT,
  -- Of the file, counted from 1; null for what has no place in a file.
  line INTEGER,
  column INTEGER,
  -- The place in the document, such as `metadata.tags[0]`.
  key_path TEXT,
  -- When it was first seen. The crawl that no longer sees it removes the row.
  since TEXT NOT NULL
) STRICT;

CREATE INDEX problem_by_file ON problem (file_id);
CREATE INDEX problem_by_organization ON problem (organization_id, class);
CREATE INDEX problem_by_repository ON problem (repository_id);
