-- The lines that problems are in, so that they can be shown beside them.

-- The line of the file that the problem is in: 80 characters before its column and 80 from it on, with an ellipsis where the
-- line goes on. Null for what is in no line, and until the file was read again.
ALTER TABLE problem ADD COLUMN line_text TEXT;

-- Files with problems are read again by the next crawl.
UPDATE file SET rules_version = 0
WHERE id IN (SELECT file_id FROM problem WHERE line IS NOT NULL AND file_id IS NOT NULL AND target_id IS NULL);
UPDATE folder SET rules_version = 0
WHERE repository_id IN (
  SELECT repository_id FROM problem
  WHERE line IS NOT NULL AND file_id IS NOT NULL AND repository_id IS NOT NULL AND target_id IS NULL);

-- The problems of one rule, for pages that list them; and how many an organization has, counted in the index alone.
CREATE INDEX problem_by_rule ON problem (rule, severity);

DROP INDEX problem_by_organization;

CREATE INDEX problem_by_organization ON problem (organization_id, class, severity);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('problem', 'problem_by_rule', '10000 500 400'), ('problem', 'problem_by_organization', '10000 1000 500 400');

ANALYZE sqlite_schema;
