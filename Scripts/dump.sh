#!/usr/bin/env bash
# Prints what a catalog database says, in one order and without what differs between two crawls of the same
# world: times, durations, crawl ids, request counts and this database's own ids.
# Usage: Scripts/dump.sh DATABASE
set -euo pipefail
sqlite3 -readonly -noheader -separator '|' "${1:?usage: Scripts/dump.sh DATABASE}" <<'SQL'
SELECT 'organization', host, name FROM organization ORDER BY 2, 3;
SELECT 'project', o.name, p.guid, p.name
FROM project p JOIN organization o ON o.id = p.organization_id ORDER BY 2, 3;
SELECT 'repository', o.name, p.name, r.guid, r.name, r.default_branch, r.size, r.is_fork, r.state
FROM repository r JOIN project p ON p.id = r.project_id JOIN organization o ON o.id = r.organization_id
ORDER BY 2, 4;
SELECT 'file', f.url, f.state, f.blob_id, f.commit_id, f.etag, f.rules_version, f.size
FROM file f ORDER BY 2;
SELECT 'entity', e.ref, f.url, e.is_holder, e.line, e.stale_since IS NOT NULL, e.api_version, e.kind,
  e.namespace, e.name, e.title, e.description, e.type, e.lifecycle, e.owner, e.system, e.domain, e.etag,
  e.json
FROM entity e JOIN file f ON f.id = e.file_id ORDER BY 2, 3;
SELECT 'problem', o.name, f.url, p.class, p.severity, p.rule, p.ref, p.line, p.column, p.key_path, p.message
FROM problem p JOIN organization o ON o.id = p.organization_id LEFT JOIN file f ON f.id = p.file_id
ORDER BY 2, 3, 8, 9, 6, 10, 11;
SQL
