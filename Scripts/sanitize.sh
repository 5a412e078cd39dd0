#!/usr/bin/env bash
# Runs the whole test suite with a sanitizer, in builds of its own below .build (docs/reliability.md).
#
# Usage: Scripts/sanitize.sh [--thread | --address] [SUITES]
#   --thread    only the thread sanitizer
#   --address   only the address sanitizer
#   SUITES      a pattern for `swift test --filter`; default all
# Without a choice both run, one after the other. Each takes a build of its own, of some minutes and 3 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

kinds=(thread address)
suites=
while [ $# -gt 0 ]; do
  case $1 in
    --thread | --address) kinds=("${1#--}"); shift ;;
    -*) sed -n '4,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
    *) suites=$1; shift ;;
  esac
done

Scripts/setup.sh
# A report ends the process that it is about, so that the test that started it fails too.
export TSAN_OPTIONS="halt_on_error=1:exitcode=66"
export ASAN_OPTIONS="detect_leaks=0:exitcode=66"
code=0
for kind in "${kinds[@]}"; do
  echo "sanitize: building for the $kind sanitizer"
  arguments=(--sanitize "$kind" --scratch-path ".build/sanitize-$kind")
  swift build --build-tests "${arguments[@]}" | tail -n 1
  log=.build/sanitize-$kind/log
  swift test --skip-build "${arguments[@]}" --experimental-maximum-parallelization-width 4 \
    ${suites:+--filter "$suites"} >"$log" 2>&1 || code=1
  grep -E 'recorded an issue|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|SUMMARY:' "$log" | sort | uniq -c || true
  grep -E 'Test run with' "$log" || code=1
done
exit $code
