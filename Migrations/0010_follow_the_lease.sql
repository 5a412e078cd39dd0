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
