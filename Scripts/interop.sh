#!/usr/bin/env bash
# Checks against other people's programs, unchanged: each prints one line per check and fails loudly.
#
#   Scripts/interop.sh [--bin DIR] [identity|database|settings|api|sdk]...
#
# identity: azure-identity gets tokens from the simulator, and the simulator's organizations accept them.
# database: Datasette, sqlite-utils, DuckDB and Python's sqlite3 read the views, also while a crawl writes; DuckDB and
#   PostgreSQL load what `export` writes. Installs PostgreSQL where it is missing.
# sdk: the official `azure-devops` client reads projects, repositories, refs, items, trees, blobs and commits from the
#   simulator, so that the simulator is what a real client expects.
# api: backstage-catalog-client runs every method against a running service, and schemathesis asks what its API document
#   allows and more: nothing may be answered with 5xx or with a status that is not documented.
# settings: Python's jsonschema accepts the schema of the settings, and by it the settings of the demo and of init.
# Without a name everything is checked. --bin: where the built programs are; otherwise they are built.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --bin) bin=${2:?--bin needs a folder}; shift 2 ;;
    identity | database | settings | api | sdk) parts+=("$1"); shift ;;
    *) echo "interop: unknown argument '$1'; expected [--bin DIR] [identity|database|settings|api|sdk]..." >&2; exit 64 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(identity database settings api sdk)
if [ -z "$bin" ]; then
  swift build --product azure-simulator >&2
  swift build --product catalog-crawler >&2
  bin=$(swift build --show-bin-path)
fi

folder=$(mktemp -d)
simulator=
service=
postgres=
stop_simulator() {
  if [ -n "$simulator" ]; then
    kill "$simulator" 2>/dev/null || true
    wait "$simulator" 2>/dev/null || true
    simulator=
  fi
}
stop_service() {
  if [ -n "$service" ]; then
    kill "$service" 2>/dev/null || true
    wait "$service" 2>/dev/null || true
    service=
  fi
}
finish() {
  stop_service
  stop_simulator
  if [ -n "$postgres" ]; then as_user "$postgres/pg_ctl" -D "$folder/postgres/data" -m immediate stop >/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT

# Starts the simulator with these arguments; its addresses are then in $plain and $secure.
start_simulator() {
  "$bin/azure-simulator" --port 0 --tls "$folder/tls" "$@" >"$folder/simulator.log" 2>&1 &
  simulator=$!
  secure=
  for _ in $(seq 100); do
    plain=$(sed -n 's|^azure-simulator: serving on \(http://.*\)|\1|p' "$folder/simulator.log")
    secure=$(sed -n 's|^azure-simulator: serving on \(https://.*\)|\1|p' "$folder/simulator.log")
    [ -n "$secure" ] && return
    kill -0 "$simulator" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/simulator.log" >&2
  echo "interop: the simulator did not start" >&2
  exit 1
}

# Installs Debian packages; says what is needed where it cannot.
install_packages() {
  echo "interop: installing $*" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
    >/dev/null || { echo "interop: needs $*; install them" >&2; return 1; }
}

# Python with the packages that a file lists; it is then in $folder/NAME/bin.
make_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv || return 1
  # The shell does not stop at failures in a function whose result is asked for.
  python3 -m venv "$folder/$1" || return 1
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check -r "Scripts/interop/$1.txt"
}

identity() {
  make_python identity || return 1
  local arc_folder=/var/opt/azcmagent/tokens arc=()
  # The clients accept no other folder; it is there on machines that are set up for this check.
  if [ -w "$arc_folder" ]; then arc=(--arc-keys "$arc_folder"); fi
  start_simulator --repositories 2 "${arc[@]}"

  local failures=0 kind
  for kind in client-secret imds-system imds-user app-service azure-ml cloud-shell service-fabric arc \
    workload-identity client-assertion wrong-secret; do
    if [ "$kind" = arc ] && [ ${#arc[@]} -eq 0 ]; then
      echo "skip  azure-identity arc: $arc_folder is not there or not writable"
      continue
    fi
    # A clean environment: what this machine has set must not decide.
    env -i PATH="$PATH" HOME="$folder" PLAIN="$plain" SECURE="$secure" TLS="$folder/tls" \
      timeout 60 "$folder/identity/bin/python" Scripts/interop/identity.py "$kind" || failures=$((failures + 1))
  done
  stop_simulator
  return "$failures"
}

sdk() {
  make_python sdk || return 1
  start_simulator --repositories 30 --projects 3
  local failures=0
  env -i PATH="$PATH" HOME="$folder" ORGANIZATION_URL="$plain/org1" \
    timeout 60 "$folder/sdk/bin/python" Scripts/interop/sdk.py || failures=$?
  stop_simulator
  return "$failures"
}

# Runs a program of PostgreSQL, which refuses to be root.
as_user() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

# Prints one line for a check.
check() {
  if [ "$2" = "$3" ]; then
    echo "ok    $1: $2"
  else
    echo "FAIL  $1: expected $3, got $2"
    return 1
  fi
}

database() {
  make_python database || return 1
  local repositories=2000 failures=0
  # So slow that the readers have some seconds.
  start_simulator --repositories "$repositories" --projects 20 --latency 20ms
  cat >"$folder/app-config.yaml" <<YAML
integrations:
  azure:
    - host: dev.azure.com
      credentials:
        - organizations: [org1]
          personalAccessToken: simulator-token
crawler:
  concurrency: 8
  endpoints: {dev.azure.com: "$plain"}
YAML
  local catalog=("$bin/catalog-crawler") options=(--config "$folder/app-config.yaml")
  # The first crawl makes the schema; readers find it there.
  "${catalog[@]}" refresh --quiet --project no-such-project "${options[@]}" 2>/dev/null || true
  "${catalog[@]}" sync --quiet "${options[@]}" &
  local crawl=$!
  timeout 100 "$folder/database/bin/python" Scripts/interop/database.py "$folder/catalog.sqlite" "$folder" while ||
    failures=$((failures + $?))
  wait "$crawl" || { echo "FAIL  the crawl beside the readers ended with $?"; failures=$((failures + 1)); }

  for format in ndjson csv; do
    "${catalog[@]}" export --format "$format" --database "$folder/catalog.sqlite" "$folder/$format" || return 1
    mv "$folder/$format/entities.$format" "$folder/"
  done
  timeout 100 "$folder/database/bin/python" Scripts/interop/database.py "$folder/catalog.sqlite" "$folder" after ||
    failures=$((failures + $?))
  load_into_postgres || failures=$((failures + 1))
  stop_simulator
  return "$failures"
}

# The commands of docs/scaling.md.
load_into_postgres() {
  local bin_folder
  find_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
  bin_folder=$(find_postgres)
  if [ -z "$bin_folder" ]; then install_packages postgresql || return 1; bin_folder=$(find_postgres); fi
  chmod 755 "$folder"
  chmod 644 "$folder"/entities.*
  mkdir -p "$folder/postgres"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder/postgres"; fi
  as_user "$bin_folder/initdb" -D "$folder/postgres/data" --auth=trust --encoding=UTF8 >/dev/null || return 1
  as_user "$bin_folder/pg_ctl" -D "$folder/postgres/data" -w -l "$folder/postgres/log" \
    -o "-c listen_addresses='' -k $folder/postgres" start >/dev/null || return 1
  postgres=$bin_folder
  ask() { as_user psql -X -q -A -t -h "$folder/postgres" -d postgres -v ON_ERROR_STOP=1 "$@"; }
  ask -v folder="$folder" -f Scripts/interop/postgres.sql || return 1

  local expected
  count() { "$bin/catalog-crawler" query --database "$folder/catalog.sqlite" --format csv "$1" | tail -n 1 | tr -d '\r'; }
  expected=$(count "SELECT count(*) FROM report_entities")
  check "PostgreSQL loads the CSV export" "$(ask -c 'SELECT count(*) FROM entity_row')" "$expected" || return 1
  check "PostgreSQL loads the NDJSON export" "$(ask -c 'SELECT count(*) FROM entity')" "$expected" || return 1
  check "PostgreSQL counts relations" "$(ask -c 'SELECT count(*) FROM relation')" \
    "$(count "SELECT count(*) FROM report_relations")" || return 1
  check "PostgreSQL counts kinds" \
    "$(ask -c "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM entity_row GROUP BY kind) k")" \
    "$("$bin/catalog-crawler" query --database "$folder/catalog.sqlite" --format ndjson \
      "SELECT kind, count(*) AS n FROM report_entities GROUP BY kind ORDER BY kind" |
      sed 's/{"kind":"\(.*\)","n":\(.*\)}/\1 \2/' | paste -sd, | sed 's/,/, /g')"
}

# Runs a service until it says that it lives; its address is then in $base.
start_service() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  base=http://127.0.0.1:$port
  PORT=$port "$@" >"$folder/service.log" 2>&1 &
  service=$!
  for _ in $(seq 100); do
    if python3 - "$base" 2>/dev/null <<'PYTHON'
import json, sys, urllib.request
answer = json.load(urllib.request.urlopen(sys.argv[1] + "/healthz", timeout=2))
sys.exit(0 if answer["status"] == "ok" else 1)
PYTHON
    then return; fi
    kill -0 "$service" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/service.log" >&2
  echo "interop: the service did not start" >&2
  return 1
}

api() {
  make_python api || return 1
  local failures=0
  start_simulator --repositories 200 --projects 4
  cat >"$folder/api-config.yaml" <<YAML
integrations:
  azure:
    - host: dev.azure.com
      credentials:
        - organizations: [org1]
          personalAccessToken: simulator-token
crawler:
  database: $folder/api.sqlite
  listen: "127.0.0.1:\${PORT}"
  endpoints: {dev.azure.com: "$plain"}
YAML
  PORT=0 "$bin/catalog-crawler" sync --quiet --config "$folder/api-config.yaml" || return 1
  start_service "$bin/catalog-crawler" serve --config "$folder/api-config.yaml" || return 1
  timeout 100 "$folder/api/bin/python" Scripts/interop/api.py "$base" || failures=$((failures + $?))
  if command -v node >/dev/null; then
    timeout 60 node Scripts/interop/provider.mjs "$base" docs/feeding-backstage.md || failures=$((failures + 1))
  else
    echo "skip  the entity provider of the documentation: there is no node"
  fi
  # Changes go through the crawler: they are asked by the tests.
  if timeout 280 "$folder/api/bin/schemathesis" run "$base/api/catalog/openapi.json" --url "$base/api/catalog" \
    --checks not_a_server_error,status_code_conformance --max-examples "${INTEROP_EXAMPLES:-25}" --seed 1 \
    --workers 1 --request-timeout 30 --suppress-health-check all --no-color >"$folder/schemathesis.log" 2>&1; then
    echo "ok    schemathesis: no 5xx, no status that is not documented"
  else
    tail -n 100 "$folder/schemathesis.log" >&2
    echo "FAIL  schemathesis"
    failures=$((failures + 1))
  fi
  if python3 Scripts/fuzz-api.py --requests "${INTEROP_MALFORMED:-1000}" --pid "$service" "$base"; then
    echo "ok    malformed requests: no 5xx, still answering, no more memory"
  else
    echo "FAIL  malformed requests"
    failures=$((failures + 1))
  fi
  stop_service
  stop_simulator
  return "$failures"
}

settings() {
  make_python settings || return 1
  local catalog=("$bin/catalog-crawler")
  "${catalog[@]}" settings schema >"$folder/schema.json" || return 1
  "${catalog[@]}" init --no-check --organization contoso --credential token --output "$folder/init.yaml" >/dev/null || return 1
  timeout 60 "$folder/settings/bin/python" Scripts/interop/settings.py "$folder/schema.json" \
    Scripts/demo/app-config.yaml "$folder/init.yaml" Scripts/package/app-config.yaml
}

failed=0
for part in "${parts[@]}"; do
  "$part" || failed=$((failed + $?))
done
[ "$failed" -eq 0 ] || { echo "interop: $failed checks failed" >&2; exit 1; }
