#!/usr/bin/env bash
# Feeds made-up texts to what reads texts of others, looking for crashes, hangs and verdicts that cannot be
# (libFuzzer with the address sanitizer; both come with Swift on Linux).
#
# Usage: Scripts/fuzz.sh [--seconds N] [TARGET]...
#   --seconds N   how long each target is fed; default 60
#   TARGET        catalog: catalog files; settings: files of settings; urls: addresses, targets, refs, and what
#                 clients of the service ask by; answers: what Azure DevOps and identity services answer, and
#                 webhooks. Default: all
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
    catalog | settings | urls | answers) targets+=("$1"); shift ;;
    *) sed -n '5,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || targets=(catalog settings urls answers)

if [ "$(uname)" != Linux ]; then
  echo "fuzz: Swift has a fuzzer on Linux only" >&2
  exit 1
fi
Scripts/setup.sh

# What Swift makes once and keeps counts as leaked; real leaks run into the limit of memory.
export ASAN_OPTIONS=detect_leaks=0
# The fuzzer prints where it was; Swift's own way to tell can wait for ever beside it.
export SWIFT_BACKTRACE=enable=no

# The few modules are compiled by hand: the package as a whole would take minutes, and its modules are to
# know which of their branches a file took.
build=.build-fuzz
mkdir -p "$build"
flags=(
  -swift-version 6 -package-name catalog_crawler -parse-as-library -O -g -whole-module-optimization -enable-testing
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault
  -sanitize=fuzzer,address -I "$build" -I Sources/CYAML -I Sources/CCurl -I Sources/CZlib
)
# The objects of the modules so far; what comes later is made again when one of them is.
built=()
module() {  # NAME FILE...
  local name=$1 object=$build/$1.o
  shift
  if [ -f "$object" ] && [ -z "$(find "$@" "${built[@]}" Scripts/fuzz.sh -newer "$object")" ]; then
    built+=("$object")
    return
  fi
  swiftc "${flags[@]}" -module-name "$name" -emit-module -emit-module-path "$build/$name.swiftmodule" \
    -emit-object -o "$object" "$@"
  built+=("$object")
}
fuzzer() {  # TARGET SOURCE MODULE...
  local target=$1 source=$2
  shift 2
  mkdir -p "$build/$target/corpus"
  swiftc "${flags[@]}" -use-ld=lld -module-name Fuzz "$source" "${@/#/$build/}" -lyaml -lcurl -lz -o "$build/$target/fuzz"
}

# What clients and the service's files are read by, without what Hummingbird and SQLite are needed for.
server=Sources/CatalogServer store=Sources/CatalogStore

begin=$(date +%s)
module YAML Sources/YAML/**/*.swift
module Crypto Scripts/fuzz/Crypto.swift
for target in "${targets[@]}"; do
  [ "$target" = settings ] || module Catalog Sources/Catalog/**/*.swift
  [ "$target" = catalog ] || module Settings Sources/Settings/**/*.swift
  case $target in
    catalog) fuzzer catalog Scripts/fuzz/CatalogFuzzer.swift YAML.o Crypto.o Catalog.o ;;
    settings) fuzzer settings Scripts/fuzz/SettingsFuzzer.swift YAML.o Crypto.o Settings.o ;;
    urls | answers)
      module Locks Sources/Locks/*.swift
      module Transport Sources/Transport/*.swift
      module Credentials Sources/Credentials/*.swift
      module AzureDevOps Sources/AzureDevOps/**/*.swift
      module Crawl Sources/Crawl/{LocalFiles,SourceLocation}.swift
      module CatalogStore "$store"/API/Entity{Predicate,Question}.swift "$store"/RepositoryPlace.swift
      module CatalogServer Scripts/fuzz/Server.swift "$server"/Catalog/{PageCursor,QueryParameters,FilterGrammar}.swift \
        "$server"/Pages/PageAddress.swift "$server"/Security/{HostRule,OriginRule}.swift \
        "$server"/Webhooks/{HintQueue,Webhook{Event,Scope,Proof}}.swift
      [ "$target" = urls ] && source=URLsFuzzer || source=AnswersFuzzer
      fuzzer "$target" "Scripts/fuzz/$source.swift" \
        {YAML,Crypto,Catalog,Settings,Locks,Transport,Credentials,AzureDevOps,Crawl,CatalogStore,CatalogServer}.o
      ;;
  esac
done
echo "fuzz: built in $(($(date +%s) - begin)) s"

for target in "${targets[@]}"; do
  seeds=("Scripts/fuzz/seeds/$target")
  # Real files beside the checkout are read where they lie.
  [ "$target" = catalog ] && [ -d ../shared/catalogs ] && seeds+=(../shared/catalogs)
  [ "$target" = answers ] && [ -d ../shared/recordings ] && seeds+=(../shared/recordings)
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
