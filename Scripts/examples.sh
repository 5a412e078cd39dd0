#!/usr/bin/env bash
# Checks Examples/ and the packages' unit: systemd's own check of the units, the times of timer and crontab, the YAML files.
# What needs a program that is not there is left out with a note.
# Usage: Scripts/examples.sh [--bin DIR]
set -euo pipefail
cd "$(dirname "$0")/.."

bin=.build/debug
if [ "${1:-}" = --bin ]; then bin=${2:?--bin needs a folder}; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if command -v systemd-analyze >/dev/null; then
  mkdir "$work/units" "$work/package"
  program=$work/catalog-crawler
  printf '#!/bin/sh\n' >"$program"
  chmod +x "$program"
  for unit in Examples/systemd/*; do
    # The check wants the programs to be there.
    sed "s#/usr/local/bin/catalog-crawler#$program#" "$unit" >"$work/units/$(basename "$unit")"
  done
  systemd-analyze verify --man=no "$work"/units/*.service "$work"/units/*.timer 2>&1 | tee "$work/found"
  # It has the name of one of the examples.
  sed "s#/usr/bin/catalog-crawler#$program#" Scripts/package/catalog-crawler.service >"$work/package/catalog-crawler.service"
  systemd-analyze verify --man=no "$work/package/catalog-crawler.service" 2>&1 | tee -a "$work/found"
  # Other units of this machine are none of our business.
  if grep -q catalog-crawler "$work/found"; then
    echo "systemd finds fault with the units" >&2
    exit 1
  fi
  systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' Examples/systemd/catalog-crawler-sync.timer)" >/dev/null
  echo "systemd units: in order"
else
  echo "systemd units: not checked, there is no systemd-analyze here"
fi

# Every command of the examples has only options that the program knows.
if [ -x "$bin/catalog-crawler" ]; then
  for command in serve sync refresh; do
    help=$("$bin/catalog-crawler" "$command" --help)
    for option in $(grep -rhoE "catalog-crawler $command [^\"]*" Examples | grep -oE -- '--[a-z-]+' | sort -u); do
      grep -q -- "$option" <<<"$help" || { echo "$command has no option $option" >&2; exit 1; }
    done
  done
  echo "options: in order"
else
  echo "options: not checked, there is no $bin/catalog-crawler"
fi
