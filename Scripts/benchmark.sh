#!/usr/bin/env bash
# Measures crawls on this machine and prints them as a table, in Markdown.
#
# Usage: Scripts/benchmark.sh [--peers DIR [--all [--ocean DIR]]] [--repositories N] [--repeat N] [--meter]
#        Scripts/benchmark.sh [--validate] [--hostile] [--repeat N]
#        Scripts/benchmark.sh --memory | --staleness
#        Scripts/benchmark.sh --readers [--repositories N] [--repeat N]
#        Scripts/benchmark.sh --entities N [--database FILE]
#        Scripts/benchmark.sh --pages FILE [--entities N]
#        Scripts/benchmark.sh --serve [--entities N] [--database FILE]
#   --peers DIR        the folder of peers.py: measures beside its aiohttp and libcurl baselines, on its
#                      nginx fixture; without it, on the simulator only
#   --all              with --peers: also beside curl --parallel, the azure-devops SDK, azdo-harvest and dlt, which are
#                      installed by pip in ~/.cache/catalog-crawler-benchmark (XDG_CACHE_HOME); those that are slow only
#                      on the fixture that does not wait. What cannot be installed is left out and said
#   --ocean DIR        with --all: also beside Port Ocean; DIR is a checkout of port-labs/ocean with
#                      integrations/azure-devops. Needs python3.12
#   --repositories N   default 2000
#   --repeat N         runs of each row, the median counts; default 5
#   --validate         measures `validate` on 10,000 documents, and no crawl
#   --hostile          measures `validate` on texts made to be slow, and no crawl; fails when one is
#   --readers          crawls while two other programs read; fails when one of a hundred answers takes 10 ms or more,
#                      or one is refused
#   --entities N       makes a database of N entities and measures what it is asked; fails when an answer takes longer
#                      than it may. A million takes 5 GB and some minutes. With --database FILE that file is made or,
#                      when it is there, asked, and stays
#   --pages FILE       times and weighs the web pages of a generated database, which is made (with --entities N, default
#                      100,000) when it is not there, and gets problems and relations besides; fails when a page takes
#                      50 ms or 100 kB
#   --serve            instead: asks the API over N entities (100,000 without --entities) with wrk, 16 connections for
#                      10 s each, while a writer changes 400 entities a second; the service has one core. Prints answers
#                      a second beside their goals; fails when one is an error. wrk is installed by apt where it is not
#   --meter            instead: one first crawl of a simulator that allows less, with the share of what it allows
#                      that is used (goal: 90 %) and the requests it was not to be sent (goal: 0); takes four minutes
#   --memory           instead: 100,000 repositories on the simulator, once first and once unchanged; fails when the
#                      crawler takes more than 150 MB
#   --staleness        instead: how far behind the catalog is when repositories are visited at intervals that follow
#                      their changes, and when they are visited in turn; simulated; fails above a half
# Run nothing else meanwhile: the machine's cores are what is measured.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=
all=
ocean=
repositories=2000
repeat=5
validate=()
meter=
memory=
staleness=
readers=
entities=
database=
pages=
serve=
while [ $# -gt 0 ]; do
  case $1 in
    --peers) peers=$(cd "$2" && pwd); shift 2 ;;
    --all) all=yes; shift ;;
    --ocean) ocean=$(cd "$2" && pwd); shift 2 ;;
    --repositories) repositories=$2; shift 2 ;;
    --repeat) repeat=$2; shift 2 ;;
    --validate | --hostile) validate+=("$1"); shift ;;
    --meter) meter=yes; shift ;;
    --memory) memory=yes; repositories=100000; repeat=1; shift ;;
    --staleness) staleness=yes; shift ;;
    --readers) readers=2; shift ;;
    --entities) entities=$2; shift 2 ;;
    --serve) serve=yes; shift ;;
    --database) database=$2; shift 2 ;;
    --pages) pages=$2; shift 2 ;;
    *) sed -n '2,39s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done

command -v python3 >/dev/null || { echo "benchmark: needs python3" >&2; exit 1; }
Scripts/setup.sh
if [ -n "$staleness" ]; then
  exec swift run -c release StalenessBenchmark
fi
if [ -n "$pages" ]; then
  swift build -c release --product catalog-benchmark
  log=$(mktemp)
  "$(swift build -c release --show-bin-path)/catalog-benchmark" serve --port 7017 --entities "${entities:-100000}" "$pages" >"$log" &
  server=$!
  trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
  until grep -q 'listening on' "$log"; do
    kill -0 "$server" 2>/dev/null || { echo "benchmark: the server did not start" >&2; exit 1; }
    sleep 0.1
  done
  python3 Scripts/benchmark/pages.py --prepare "$pages"
  python3 Scripts/benchmark/pages.py http://127.0.0.1:7017 --entities "${entities:-100000}" --pid "$server"
  exit
fi
if [ -n "$serve" ]; then
  command -v wrk >/dev/null || apt-get install -y -qq wrk >/dev/null
  swift build -c release --product catalog-benchmark
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  python3 Scripts/benchmark/load.py --program "$(swift build -c release --show-bin-path)/catalog-benchmark" \
    --entities "${entities:-100000}" --database "${database:-$folder/entities.sqlite}"
  exit
fi
if [ -n "$entities" ]; then
  swift build -c release --product catalog-benchmark
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  "$(swift build -c release --show-bin-path)/catalog-benchmark" --entities "$entities" \
    "${database:-$folder/entities.sqlite}"
  exit
fi
swift build -c release --product catalog-crawler
[ ${#validate[@]} -gt 0 ] || swift build -c release --product azure-simulator
bin=$(swift build -c release --show-bin-path)

folder=$(mktemp -d)
chmod 755 "$folder"  # nginx reads it as a user of its own
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  [ -f "$folder/fixture/nginx.pid" ] && kill "$(cat "$folder/fixture/nginx.pid")" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

if [ ${#validate[@]} -gt 0 ]; then
  python3 Scripts/benchmark/validate.py --program "$bin/catalog-crawler" --folder "$folder" \
    --repeat "$repeat" "${validate[@]}"
  exit
fi

limits=()
budget=$((repositories * 2 / 9))  # four windows and a half
window=60
[ -z "$meter" ] || limits=(--meter "$budget" --meter-window "${window}s")
"$bin/azure-simulator" --port 0 --repositories "$repositories" --projects 20 "${limits[@]}" \
  >"$folder/simulator.log" &
pids+=($!)
until grep -qs 'serving on' "$folder/simulator.log"; do
  kill -0 "${pids[0]}" 2>/dev/null || { echo "benchmark: the simulator did not start" >&2; exit 1; }
  sleep 0.1
done
simulator=$(sed -n 's/^azure-simulator: serving on //p' "$folder/simulator.log")

python=python3
if [ -n "$meter" ]; then
  meter_options=(--meter-budget "$budget" --meter-window "$window")
  "$python" Scripts/benchmark/measure.py --program "$bin/catalog-crawler" --simulator "$simulator" \
    --folder "$folder" "${meter_options[@]}"
  exit
fi
arguments=()
if [ -z "$memory$readers" ]; then
  # One file in all repositories.
  for number in $(seq "$repositories"); do
    mkdir -p "$folder/copies/org1/Copies/service-$number"
    cat >"$folder/copies/org1/Copies/service-$number/catalog-info.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: copied
spec:
  type: service
  lifecycle: production
  owner: team-1
YAML
  done
  "$bin/azure-simulator" --port 0 --world "$folder/copies" >"$folder/copies.log" &
  pids+=($!)
  until grep -qs 'serving on' "$folder/copies.log"; do
    kill -0 "${pids[-1]}" 2>/dev/null || { echo "benchmark: the simulator did not start" >&2; exit 1; }
    sleep 0.1
  done
  arguments+=(--copies "$(sed -n 's/^azure-simulator: serving on //p' "$folder/copies.log")")
fi
[ -z "$memory" ] || arguments+=(--max-memory 150)
[ -z "$readers" ] || arguments+=(--readers "$readers")
if [ -n "$peers" ]; then
  for package in nginx-light libnginx-mod-http-lua python3-venv gcc ${all:+curl}; do
    dpkg -s "$package" >/dev/null 2>&1 || apt-get install -y -qq "$package" >/dev/null
  done
  Scripts/benchmark/peers.sh ${all:+--all} ${ocean:+--ocean "$ocean"} >"$folder/peers"
  python=$(sed -n 's/^aiohttp=//p' "$folder/peers")
  "$python" "$peers/peers.py" fixture --out "$folder/fixture" --port 28490 --projects 20 \
    --repos "$repositories" >/dev/null
  nginx -c "$folder/fixture/nginx.conf"
  arguments+=(--peers "$peers/peers.py" --fixture http://127.0.0.1:28490
    --delayed "20 ms=http://127.0.0.1:28491" --delayed "80 ms=http://127.0.0.1:28492")
  while read -r peer; do arguments+=(--peer "$peer"); done <"$folder/peers"
  [ -z "$ocean" ] || arguments+=(--ocean "$ocean/integrations/azure-devops")
fi
"$python" Scripts/benchmark/measure.py --program "$bin/catalog-crawler" --simulator "$simulator" \
  --repeat "$repeat" --folder "$folder" "${arguments[@]}"
