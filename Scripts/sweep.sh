#!/usr/bin/env bash
# Lets everything go wrong that the simulator can, at every request of a crawl, and kills the program at every request:
# nothing may be lost, the report must name it, and the next crawl must end in the rows of an undisturbed one
# (docs/reliability.md).
#
# Usage: Scripts/sweep.sh [--sample | --every N]
#   --sample    only a few of the requests
#   --every N   every N-th request; default 1
set -euo pipefail
cd "$(dirname "$0")/.."

extent=1
while [ $# -gt 0 ]; do
  case $1 in
    --sample) extent=sample; shift ;;
    --every) extent=$2; shift 2 ;;
    *) sed -n '6,8s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
Scripts/setup.sh
echo "sweep: building (a few minutes the first time)"
swift build --build-tests >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

begin=$(date +%s)
code=0
CATALOG_SWEEP=$extent swift test --skip-build --filter EndToEndTests.SweepTests 2>&1 | tee "$log" |
  grep --line-buffered '^sweep: ' || code=1
# The sentences of failures, in whichever form they come.
grep -E 'recorded an issue|failed after' "$log" >&2 && code=1
grep -q 'Test run with .* passed' "$log" || code=1
[ "$code" = 0 ] || { echo "sweep: failed" >&2; exit 1; }
echo "sweep: nothing was lost ($(($(date +%s) - begin)) s)"
