#!/usr/bin/env bash
# Everything that must be true before a change lands: format, module directions, warnings, tests.
set -euo pipefail
cd "$(dirname "$0")/.."

stage() { printf '== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }

stage "set up"
Scripts/setup.sh

stage "format"
swift format lint --strict -r Package.swift Sources Tests Migrations

stage "build"
swift build --build-tests --explicit-target-dependency-import-check error

stage "test"
# Bounded: tests that wait for processes and sockets would else all be begun at once, with some thousand open files
# between them, and Foundation reads past its buffer when it lists so many before it starts a process.
swift test --skip-build --experimental-maximum-parallelization-width 12 "$@"
