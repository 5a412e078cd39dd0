-- How often repositories change, so that `refresh --due` visits those that change often more often than others.

-- What was seen of a repository by the visits of `refresh --due`; no row before the first one. A full crawl writes
-- nothing here: its last one counts as a visit of every repository.
CREATE TABLE repository_pace (
  repository_id INTEGER PRIMARY KEY REFERENCES repository (id) ON DELETE CASCADE,
  -- Changes that were seen, older ones counting less.
  changes REAL NOT NULL,
  -- Seconds over which they were seen, older ones counting less.
  seconds REAL NOT NULL,
  -- The last visit.
  visited_at TEXT NOT NULL,
  -- Seconds after a visit until the next one is due.
  interval REAL NOT NULL
) STRICT;
