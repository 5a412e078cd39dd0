#!/usr/bin/env bash
# Feeds made-up files to the readers of catalog files and of settings, looking for crashes, hangs and
# verdicts that cannot be (libFuzzer with the address sanitizer; both come with Swift on Linux).
#
# Usage: Scripts/fuzz.sh [--seconds N] [TARGET]...
#   --seconds N   how long each target is fed; default 60
#   TARGET        catalog, settings; default both
#
# What is found lies in .build-fuzz/TARGET/: crash-*, timeout-*, oom-*. Read it again with
#   .build-fuzz/TARGET/fuzz .build-fuzz/TARGET/crash-...
set -euo pipefail
shopt -s globstar
cd "$(dirname "$0")/.."

seconds=60
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    catalog | settings) targets+=("$1"); shift ;;
    *) sed -n '5,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || targets=(catalog settings)

if [ "$(uname)" != Linux ]; then
  echo "fuzz: Swift has a fuzzer on Linux only" >&2
  exit 1
fi
Scripts/setup.sh

# What Swift makes once and keeps counts as leaked; real leaks run into the limit of memory.
export ASAN_OPTIONS=detect_leaks=0

# The few modules are compiled by hand: the package as a whole would take minutes, and its modules are to
# know which of their branches a file took.
build=.build-fuzz
mkdir -p "$build"
flags=(
  -swift-version 6 -package-name catalog_crawler -parse-as-library -O -g -whole-module-optimization -enable-testing
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault
  -sanitize=fuzzer,address -I "$build" -I Sources/CYAML
)
module() {  # NAME FILE...
  local name=$1 object=$build/$1.o
  shift
  if [ -f "$object" ] && [ -z "$(find "$@" "$build"/YAML.o Scripts/fuzz.sh -newer "$object")" ]; then return; fi
  swiftc "${flags[@]}" -module-name "$name" -emit-module -emit-module-path "$build/$name.swiftmodule" \
    -emit-object -o "$object" "$@"
}
fuzzer() {  # TARGET SOURCE MODULE...
  local target=$1 source=$2
  shift 2
  mkdir -p "$build/$target/corpus"
  swiftc "${flags[@]}" -use-ld=lld -module-name Fuzz "$source" "${@/#/$build/}" -lyaml -o "$build/$target/fuzz"
}

begin=$(date +%s)
module YAML Sources/YAML/**/*.swift
module Crypto Scripts/fuzz/Crypto.swift
for target in "${targets[@]}"; do
  case $target in
    catalog)
      module Catalog Sources/Catalog/**/*.swift
      fuzzer catalog Scripts/fuzz/CatalogFuzzer.swift YAML.o Crypto.o Catalog.o
      ;;
    settings)
      module Settings Sources/Settings/**/*.swift
      fuzzer settings Scripts/fuzz/SettingsFuzzer.swift YAML.o Crypto.o Settings.o
      ;;
  esac
done
echo "fuzz: built in $(($(date +%s) - begin)) s"

for target in "${targets[@]}"; do
  seeds=("Scripts/fuzz/seeds/$target")
  # Real files beside the checkout are read where they lie.
  [ "$target" = catalog ] && [ -d ../shared/catalogs ] && seeds+=(../shared/catalogs)
  echo "fuzz: $target for $seconds s"
  if ! "$build/$target/fuzz" "$build/$target/corpus" "${seeds[@]}" -artifact_prefix="$build/$target/" \
    -dict=Scripts/fuzz/words.dict -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -max_len=8000 -detect_leaks=0 -print_final_stats=1 >"$build/$target/log" 2>&1; then
    tail -n 60 "$build/$target/log" >&2
    echo "fuzz: $target found something; it is in $build/$target/" >&2
    exit 1
  fi
  sed -n 's/^stat::\(number_of_executed_units\|slowest_unit_time_sec\|peak_rss_mb\)/fuzz:   \1/p' "$build/$target/log"
done
