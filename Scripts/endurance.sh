#!/usr/bin/env bash
# The built service under what is hard on it: each check prints what it has measured and fails loudly.
#
#   Scripts/endurance.sh [--bin DIR] [--sample] [storm|kills|malformed]...
#
# storm: 10,000 pushes to 500 repositories in a minute come to its webhooks: each repository is refreshed after its last
#   push and at most once in a settle time, and the service keeps answering.
# kills: it is killed (kill -9) 20 times while clients change something: what it has answered is there afterwards.
# malformed: 10,000 malformed requests leave it answering, without a 5xx and without more memory.
# Without a name everything is checked, in some three minutes. --sample: shorter, as in .ci/run. --bin: where the built
# programs are; otherwise they are built.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=
parts=()
storm=()
kills=()
malformed=(--requests 10000)
while [ $# -gt 0 ]; do
  case $1 in
    --bin) bin=${2:?--bin needs a folder}; shift 2 ;;
    --sample)
      storm=(--seconds 16 --settle 4)
      kills=(--kills 6)
      malformed=(--requests 1000)
      shift ;;
    storm | kills | malformed) parts+=("$1"); shift ;;
    *) echo "endurance: unknown argument '$1'; expected [--bin DIR] [--sample] [storm|kills|malformed]..." >&2; exit 64 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(storm kills malformed)
if [ -z "$bin" ]; then
  swift build --product azure-simulator >&2
  swift build --product catalog-crawler >&2
  bin=$(swift build --show-bin-path)
fi

failed=0
for part in "${parts[@]}"; do
  declare -n arguments=$part
  timeout 400 python3 "Scripts/endurance/$part.py" "$bin" "${arguments[@]}" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ] || { echo "endurance: $failed checks failed" >&2; exit 1; }
