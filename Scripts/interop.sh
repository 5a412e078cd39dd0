#!/usr/bin/env bash
# Checks against other people's programs, unchanged: each prints one line per check and fails loudly.
#
#   Scripts/interop.sh [--bin DIR] [identity]
#
# identity: azure-identity gets tokens from the simulator, and the simulator's organizations accept them.
# Without a name everything is checked. --bin: where the built programs are; otherwise they are built.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --bin) bin=${2:?--bin needs a folder}; shift 2 ;;
    identity) parts+=("$1"); shift ;;
    *) echo "interop: unknown argument '$1'; expected [--bin DIR] [identity]" >&2; exit 64 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(identity)
if [ -z "$bin" ]; then
  swift build --product azure-simulator >&2
  bin=$(swift build --show-bin-path)
fi

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

identity() {
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "interop: installing python3-venv" >&2
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } >/dev/null ||
      { echo "interop: needs python3 with venv; install python3-venv" >&2; return 1; }
  fi
  # The shell does not stop at failures in a function whose result is asked for.
  python3 -m venv "$folder/python" || return 1
  "$folder/python/bin/pip" install --quiet --disable-pip-version-check -r Scripts/interop/identity.txt ||
    return 1
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
      timeout 60 "$folder/python/bin/python" Scripts/interop/identity.py "$kind" || failures=$((failures + 1))
  done
  return "$failures"
}

failed=0
for part in "${parts[@]}"; do
  "$part" || failed=$((failed + $?))
done
[ "$failed" -eq 0 ] || { echo "interop: $failed checks failed" >&2; exit 1; }
