-- Which process crawls, so that there is one at a time; and how far a crawl is, so that one that was cut off is
-- continued and not begun anew.

-- The process that writes the catalog; no row while none does. It says again and again that it is still there:
-- one that stopped to say so, or whose process is gone, has lost its place, and can write nothing more.
CREATE TABLE crawl_lease (
  -- There is one.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Null while a command changes the catalog without a crawl.
  crawl_id INTEGER REFERENCES crawl (id) ON DELETE CASCADE,
  -- A random text; what writes must know it.
  holder TEXT NOT NULL,
  -- The machine, for people the first word of it; the rest tells apart what has process ids of its own.
  machine TEXT NOT NULL,
  -- The process's id on the machine.
  pid INTEGER NOT NULL,
  -- When the process began, as the machine counts it: a process id is given out again. Null where that is not known.
  process_started TEXT,
  -- When it began.
  since TEXT NOT NULL,
  -- Until when it holds unless it is renewed.
  expires_at TEXT NOT NULL
) STRICT;

-- What was asked for, with a number for the settings that decide what that is: a crawl that was cut off is
-- continued by the same request only. Null for crawls of older programs.
ALTER TABLE crawl ADD COLUMN request TEXT;

-- The files of all repositories up to this id are visited, and what they said is stored. 0: of none for certain.
-- Counts of a crawl that was cut off are those of its last part; what was visited before counts as asked for.
ALTER TABLE crawl_organization ADD COLUMN visited_through INTEGER NOT NULL DEFAULT 0;
-- Whether a complete list was read in this crawl: a second one, after the crawl was cut off, counts for nothing
-- against repositories that are missing from both.
ALTER TABLE crawl_organization ADD COLUMN is_list_counted INTEGER NOT NULL DEFAULT 0
  CHECK (is_list_counted IN (0, 1));

-- The crawl that last found the file to be other than it was stored; null for files of older programs.
ALTER TABLE file ADD COLUMN stored_in_crawl INTEGER;
