#!/usr/bin/env bash
# Writes the part of docs/database.md below its marker out of the comments of Migrations/*.sql.
# Usage: Scripts/database-reference.sh [--bin DIR]
set -euo pipefail
cd "$(dirname "$0")/.."

bin=
if [ "${1:-}" = --bin ]; then bin=${2:?--bin needs a folder}; fi
if [ -z "$bin" ]; then
  swift build --product catalog-crawler >&2
  bin=$(swift build --show-bin-path)
fi
page=docs/database.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed '/^<!-- below: Scripts\/database-reference.sh -->$/q' "$page" >"$new"
"$bin/catalog-crawler" database-reference >>"$new"
cat "$new" >"$page"
