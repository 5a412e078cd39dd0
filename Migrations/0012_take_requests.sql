-- What a running service is asked to crawl, by itself, by other processes and over its API: kept here so that an answer
-- is found again after a restart.

-- The service that is running; no row while none is. It says again and again that it is still there, whether or not it
-- crawls at the moment: what other processes want crawled is handed to it.
CREATE TABLE crawl_service (
  -- There is one.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- A random text.
  holder TEXT NOT NULL,
  -- The machine, as in crawl_lease.
  machine TEXT NOT NULL,
  -- The process's id on the machine.
  pid INTEGER NOT NULL,
  -- When the process began, as the machine counts it. Null where that is not known.
  process_started TEXT,
  -- When the service began.
  since TEXT NOT NULL,
  -- Until when it counts as running unless it says so again.
  expires_at TEXT NOT NULL
) STRICT;

-- Something that is to be crawled. Those that were asked for together or while others waited may be answered by one crawl.
-- What is done is kept for some weeks.
CREATE TABLE crawl_request (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- sync or refresh.
  command TEXT NOT NULL CHECK (command IN ('sync', 'refresh')),
  -- What is to be crawled, as JSON.
  request TEXT NOT NULL CHECK (json_valid(request)),
  -- The same for people; null for everything.
  scope TEXT,
  -- Why, such as schedule: sync or api: token dashboard.
  reason TEXT NOT NULL,
  -- Who asked: the process and its machine.
  requested_by TEXT NOT NULL,
  -- When.
  requested_at TEXT NOT NULL,
  -- waiting, running, done (a crawl has answered it, whatever came of that), failed (there could be no crawl) or cancelled.
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- The crawl that answers it. Null as long as there is none.
  crawl_id INTEGER REFERENCES crawl (id) ON DELETE SET NULL,
  -- When that crawl took it up.
  started_at TEXT,
  -- When it was answered.
  ended_at TEXT,
  -- How far the crawl is or was, as JSON: repositories and visited. Null before it has begun.
  progress TEXT CHECK (progress IS NULL OR json_valid(progress)),
  -- The crawl's outcome.
  outcome TEXT,
  -- What a command ends with that has asked for it.
  exit_code INTEGER,
  -- Why there was no crawl. Null when there was one.
  error TEXT,
  -- What came of the crawl, as JSON. Null when there was none.
  report TEXT CHECK (report IS NULL OR json_valid(report))
) STRICT;

CREATE INDEX crawl_request_open ON crawl_request (id) WHERE state IN ('waiting', 'running');
CREATE INDEX crawl_request_reason ON crawl_request (reason, requested_at);
CREATE INDEX crawl_request_crawl ON crawl_request (crawl_id) WHERE crawl_id IS NOT NULL;
