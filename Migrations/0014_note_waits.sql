-- How often and how long crawls were made to wait.

-- How often Azure DevOps made it wait: it said so, or refused requests. Pauses that overlap are one. Null for crawls of
-- versions that did not note it.
ALTER TABLE crawl_organization ADD COLUMN pauses INTEGER;

-- For how many seconds together no request could be sent.
ALTER TABLE crawl_organization ADD COLUMN paused_seconds REAL;

DROP VIEW report_crawls;

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
  o.host AS host,
  -- How often Azure DevOps made it wait: it said so, or refused requests. Pauses that overlap are one. Null for crawls of
  -- versions that did not note it.
  w.pauses AS pauses,
  -- For how many seconds together no request could be sent.
  w.paused_seconds AS paused_seconds
FROM crawl c
  LEFT JOIN crawl_organization w ON w.crawl_id = c.id
  LEFT JOIN organization o ON o.id = w.organization_id;
