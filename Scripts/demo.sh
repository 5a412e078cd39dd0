#!/usr/bin/env bash
# Shows catalog-crawler at work on this machine: builds it, starts a simulated Azure DevOps with two small
# organizations, crawls them, changes something, crawls again and asks the database. Ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/setup.sh
echo "demo: building (a few minutes the first time)"
build_log=$(mktemp)
swift build --product catalog-crawler >"$build_log" 2>&1 && swift build --product azure-simulator >>"$build_log" 2>&1 ||
  { cat "$build_log" >&2; rm -f "$build_log"; exit 1; }
rm -f "$build_log"
bin=$(swift build --show-bin-path)

folder=$(mktemp -d)
simulator=
finish() {
  if [ -n "$simulator" ]; then
    kill "$simulator" 2>/dev/null || true
    wait "$simulator" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

cp -R Scripts/demo/world "$folder/world"
cp Scripts/demo/app-config.yaml "$folder/"

"$bin/azure-simulator" --port 0 --world "$folder/world" >"$folder/simulator.log" 2>&1 &
simulator=$!
for _ in $(seq 100); do
  SIMULATOR=$(sed -n 's/^azure-simulator: serving on //p' "$folder/simulator.log")
  [ -n "$SIMULATOR" ] && break
  kill -0 "$simulator" 2>/dev/null || { cat "$folder/simulator.log" >&2; exit 1; }
  sleep 0.1
done
[ -n "$SIMULATOR" ] || { echo "demo: the simulator did not start" >&2; exit 1; }
export SIMULATOR CONTOSO_TOKEN=contoso-demo-token FABRIKAM_TOKEN=fabrikam-demo-token

database=$folder/catalog.sqlite
ask() { sqlite3 -readonly -box "$database" "$1"; }
crawl() {
  echo
  echo "\$ catalog-crawler $*"
  "$bin/catalog-crawler" "$@" --config "$folder/app-config.yaml" 2>"$folder/errors.log" ||
    { local code=$?; cat "$folder/errors.log" >&2; exit "$code"; }
}

echo
echo "A simulated Azure DevOps answers at $SIMULATOR for two organizations, contoso and fabrikam."
crawl sync

echo
echo "Entities by kind:"
ask "SELECT kind, count(*) AS entities FROM entity WHERE is_holder = 1 GROUP BY kind ORDER BY kind"
echo "Owners:"
ask "SELECT coalesce(owner, '(nobody)') AS owner, count(*) AS entities FROM entity
     WHERE is_holder = 1 AND kind NOT IN ('Group', 'User', 'Location') GROUP BY owner ORDER BY 2 DESC, 1"
echo "Problems, where they are:"
ask "SELECT f.url || ':' || p.line || ':' || p.column AS place, p.rule, p.message
     FROM problem p JOIN file f ON f.id = p.file_id ORDER BY f.url, p.line, p.column"
echo "Repositories without a catalog file, and why:"
ask "SELECT o.name || '/' || p.name || '/' || r.name AS repository,
            CASE r.state WHEN 'active' THEN 'no catalog file' ELSE r.state END AS reason
     FROM repository r JOIN project p ON p.id = r.project_id JOIN organization o ON o.id = r.organization_id
     WHERE NOT EXISTS (SELECT 1 FROM file f WHERE f.repository_id = r.id AND f.state = 'present') ORDER BY 1"

echo "Now people work: ledger changes its owner, payments-reports gets a catalog file, label-printer's is"
echo "deleted, and somebody breaks the one of payments-db."
cp -R Scripts/demo/changes/. "$folder/world/"
mv "$folder/world/fabrikam/Logistics/label-printer/catalog-info.yaml" \
  "$folder/world/fabrikam/Logistics/label-printer/README.md"
crawl sync

echo
echo "What the crawls did:"
ask "SELECT crawl_id AS crawl, o.name AS organization, requests, files_asked AS asked,
            entities_added AS added, entities_changed AS changed, entities_removed AS removed,
            entities_unchanged AS unchanged
     FROM crawl_organization c JOIN organization o ON o.id = c.organization_id ORDER BY 1, 2"
echo "The broken file's last good state is kept, and says so:"
ask "SELECT e.ref, e.owner, e.stale_since IS NOT NULL AS is_stale, p.line, p.message
     FROM entity e JOIN problem p ON p.file_id = e.file_id WHERE e.stale_since IS NOT NULL"

echo "Nothing more happens, and a last crawl writes nothing but its own row:"
before=$(Scripts/dump.sh "$database" | sha1sum)
crawl sync
[ "$before" = "$(Scripts/dump.sh "$database" | sha1sum)" ] || { echo "demo: rows changed" >&2; exit 1; }
crawl refresh 'https://dev.azure.com/contoso/Payments/_git/payments-api?path=/catalog-info.yaml'

echo
echo "Somebody writes files full of scripts, terminal sequences and names of ten thousand characters. They are texts:"
cp -R Scripts/demo/hostile/. "$folder/world/"
crawl sync
for name in hostile control-characters; do
  echo
  echo "\$ catalog-crawler show component:$name"
  "$bin/catalog-crawler" show "component:$name" --config "$folder/app-config.yaml" | tee "$folder/shown"
  # Nothing that a terminal would obey: control characters, of one byte or two.
  if LC_ALL=C grep -qP '[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$folder/shown"; then
    echo "demo: a control character got out" >&2
    exit 1
  fi
done

echo
echo "demo: done"
