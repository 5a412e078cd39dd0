-- What is known of repositories that left the list, so that nothing of them is removed before Azure DevOps says
-- that they are gone; and the folders that paths with wildcards look below.

-- A repository that the last complete list did not have: `repository.state` is `unlisted`. The row goes when it
-- is listed again, or answers a question of its own.
CREATE TABLE missing_repository (
  repository_id INTEGER PRIMARY KEY REFERENCES repository (id) ON DELETE CASCADE,
  -- How many complete lists in a row did not have it, all read by the same identity; counted up to 2, which is
  -- as many as a removal needs.
  listings INTEGER NOT NULL CHECK (listings IN (1, 2)),
  -- Who read them: the identity's id in the organization, or the credential where Azure DevOps does not tell.
  -- Another one begins to count anew: what it may not see looks the same as what is deleted.
  identity TEXT NOT NULL,
  -- Since when Azure DevOps shows it as deleted while it is kept all the same, because more would go at once than
  -- `crawler.removals.maxShare` allows: another crawl that finds the same removes it. Null when that is not so.
  held_since TEXT
) STRICT;

-- Where a path with wildcards is looked for: the folder of a repository that holds everything that can match. What
-- stands here is true of the tree for ever; whether the files that are stored are those of the tree is seen by
-- comparing their paths and blob ids with `files_id`.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  -- As in `file`.
  branch TEXT NOT NULL,
  -- The path with its wildcards, with a slash before it.
  pattern TEXT NOT NULL,
  -- Git's id of the folder when it was last listed; null when it was not there or could not be listed.
  tree_id TEXT,
  -- Stands for the paths and blob ids of all files in it that match; null when it was never listed.
  files_id TEXT,
  -- The rules by which files match, as in `file`.
  rules_version INTEGER NOT NULL,
  UNIQUE (repository_id, branch, pattern)
) STRICT;

-- The folder that the problem is about, for what keeps one from being listed; null for all other problems.
ALTER TABLE problem ADD COLUMN folder_id INTEGER REFERENCES folder (id) ON DELETE CASCADE;

CREATE INDEX problem_by_folder ON problem (folder_id) WHERE folder_id IS NOT NULL;
