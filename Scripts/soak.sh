#!/usr/bin/env bash
# Lets the service run for long beside a world that changes all the time, faults and readers, and fails when its memory,
# its open files or its write-ahead log grow, when an answer is a 5xx, or when the database and the world differ at the
# end (docs/reliability.md).
#
# Usage: Scripts/soak.sh [--minutes N] [--seed N] [--folder DIR]
#   --minutes N    how long; default 30
#   --seed N       which changes come when; default 1
#   --folder DIR   keeps what was measured and the logs there
# Needs python3 and sqlite3.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=30
seed=1
kept=
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --folder) mkdir -p "$2"; kept=$(cd "$2" && pwd); shift 2 ;;
    *) sed -n '6,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done
for tool in python3 sqlite3; do
  command -v "$tool" >/dev/null || { echo "soak: needs $tool" >&2; exit 1; }
done

Scripts/setup.sh
echo "soak: building (a few minutes the first time)"
for product in catalog-crawler azure-simulator; do swift build -c release --product "$product" | tail -n 1; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 Scripts/soak/soak.py --bin "$(swift build -c release --show-bin-path)" --minutes "$minutes" --seed "$seed" \
  "${kept:-$folder}"
