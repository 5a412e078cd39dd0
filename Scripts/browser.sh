#!/usr/bin/env bash
# Uses the web pages in a headless Chromium: every page, light and dark, wide and 360 pixels narrow; search, open,
# follow a relation, refresh, see progress. Fails for an error in the browser's console, a violation of the
# Content-Security-Policy, something hostile that runs, a page wider than its window, and what keeps people out: labels,
# headings, contrast.
#
# Usage: Scripts/browser.sh [FOLDER]
#   FOLDER   where screenshots go; default a temporary one that is removed
# Needs Debian's package chromium, and python3.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v python3 >/dev/null || { echo "browser: needs python3" >&2; exit 1; }
if ! command -v chromium >/dev/null; then
  [ "$(id -u)" -eq 0 ] || { echo "browser: run as root: apt-get install chromium" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi

Scripts/setup.sh
echo "browser: building (a few minutes the first time)"
for product in catalog-crawler azure-simulator; do swift build --product "$product" | tail -n 1; done
bin=$(swift build --show-bin-path)

folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
screenshots=${1:-$folder/screenshots}

# Starts a server and leaves its address in `address`.
serve() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    address=$(sed -nE 's/^([a-z-]*: serving|listening) on //p' "$log")
    [ -n "$address" ] && return
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$log" >&2
  exit 1
}

cp -R Scripts/demo/world "$folder/world"
cp -R Scripts/demo/hostile/. "$folder/world/"
mkdir -p "$folder/world/contoso/Strange/hub"
python3 Scripts/browser/hub.py >"$folder/world/contoso/Strange/hub/catalog-info.yaml"
cp Scripts/demo/app-config.yaml "$folder/"
serve "$folder/simulator.log" "$bin/azure-simulator" --port 0 --latency 100ms --world "$folder/world"
export SIMULATOR=$address CONTOSO_TOKEN=contoso-demo-token FABRIKAM_TOKEN=fabrikam-demo-token
crawl() { "$bin/catalog-crawler" sync --config "$folder/app-config.yaml" >/dev/null 2>"$folder/errors.log" || { cat "$folder/errors.log" >&2; exit 1; }; }
crawl
cp -R Scripts/demo/changes/. "$folder/world/"
crawl
crawl

# One request at a time, so that a crawl of everything can be watched; runs that are to come, at night.
cat >"$folder/slow.yaml" <<'YAML'
crawler:
  listen: 127.0.0.1:0
  concurrency: 1
  schedule:
    sync: {cron: "17 3 * * *", timeZone: UTC}
    refresh: {cron: "47 4 * * *", timeZone: UTC}
YAML
serve "$folder/pages.log" "$bin/catalog-crawler" serve --config "$folder/app-config.yaml" --config "$folder/slow.yaml" \
  --database "$folder/catalog.sqlite"
python3 Scripts/browser/drive.py "$address" "$screenshots"
