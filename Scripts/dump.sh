#!/usr/bin/env bash
# Prints what a catalog database says, in one order and without what differs between two crawls of the same
# world: times, durations, crawl ids, request counts and this database's own ids.
# Usage: Scripts/dump.sh DATABASE [--history]
#   --history   also what has changed on the way to it, which differs between a first crawl and later ones
set -euo pipefail
ask() { sqlite3 -readonly -noheader -separator '|' "$@"; }
database=${1:?usage: Scripts/dump.sh DATABASE [--history]}
ask "$database" <<'SQL'
SELECT 'organization', host, name FROM organization ORDER BY 2, 3;
SELECT 'project', o.name, p.guid, p.name
FROM project p JOIN organization o ON o.id = p.organization_id ORDER BY 2, 3;
SELECT 'repository', o.name, p.name, r.guid, r.name, r.default_branch, r.size, r.is_fork, r.state
FROM repository r JOIN project p ON p.id = r.project_id JOIN organization o ON o.id = r.organization_id
ORDER BY 2, 4;
SELECT 'missing_repository', o.name, r.guid, m.listings, m.identity, m.held_since IS NOT NULL
FROM missing_repository m JOIN repository r ON r.id = m.repository_id
  JOIN organization o ON o.id = r.organization_id ORDER BY 2, 3;
SELECT 'folder', o.name, r.guid, f.branch, f.pattern, f.tree_id, f.files_id, f.rules_version
FROM folder f JOIN repository r ON r.id = f.repository_id JOIN organization o ON o.id = r.organization_id
ORDER BY 2, 3, 4, 5;
SELECT 'file', f.url, f.state, f.blob_id, f.commit_id, f.etag, f.rules_version, f.size, f.is_asked,
  f.origin_source, f.origin, f.out_of_scope_since IS NOT NULL
FROM file f ORDER BY 2;
SELECT 'entity', e.ref, f.url, e.is_holder, e.line, e.stale_since IS NOT NULL, e.orphan_since IS NOT NULL,
  e.api_version, e.kind, e.namespace, e.name, e.title, e.description, e.type, e.lifecycle, e.owner, e.system,
  e.domain, e.etag, e.uid, e.json
FROM entity e JOIN file f ON f.id = e.file_id ORDER BY 2, 3;
SELECT 'relation', e.ref, f.url, r.type, r.target_ref
FROM relation r JOIN entity e ON e.id = r.entity_id JOIN file f ON f.id = e.file_id ORDER BY 2, 3, 4, 5;
SELECT 'search', e.ref, k.key, v.value, v.original_value
FROM search_value v JOIN entity e ON e.id = v.entity_id JOIN search_key k ON k.id = v.key_id
WHERE k.key <> 'metadata.uid'
UNION ALL
SELECT 'search', e.ref, k.key, NULL, NULL
FROM search_null n JOIN entity e ON e.id = n.entity_id JOIN search_key k ON k.id = n.key_id
ORDER BY 2, 3, 4;
SELECT 'missing_ref', ref FROM missing_ref ORDER BY 2;
SELECT 'location', l.source, l.type, l.target FROM location l ORDER BY 2, 3, 4;
SELECT 'location_target', l.source, e.ref, d.url, t.position, t.type, t.address, t.is_required, t.line, f.url
FROM location_target t LEFT JOIN location l ON l.id = t.location_id LEFT JOIN entity e ON e.id = t.entity_id
  LEFT JOIN file d ON d.id = e.file_id LEFT JOIN location_file lf ON lf.target_id = t.id
  LEFT JOIN file f ON f.id = lf.file_id
ORDER BY 4, 3, 2, 7, 5, 10;
SELECT 'inclusion', f.url, i.address, i.blob_id FROM inclusion i JOIN file f ON f.id = i.file_id ORDER BY 2, 3;
SELECT 'problem', o.name, f.url, p.class, p.severity, p.rule, p.ref, p.line, p.column, p.key_path, p.message
FROM problem p JOIN organization o ON o.id = p.organization_id LEFT JOIN file f ON f.id = p.file_id
ORDER BY 2, 3, 8, 9, 6, 10, 11;
SQL
[ "${2:-}" = --history ] || exit 0
ask "$database" <<'HISTORY'
SELECT 'history', h.subject, h.name, h.change, h.changed_paths, h.before FROM history h ORDER BY 2, 3, h.id;
HISTORY
