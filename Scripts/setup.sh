#!/usr/bin/env bash
# Installs what catalog-crawler is built with and is missing here: the C libraries libcurl, SQLite,
# libyaml and zlib, the sqlite3 shell and pkg-config. Says what to do where it cannot.
set -euo pipefail

packages=(libcurl4-openssl-dev libsqlite3-dev libyaml-dev zlib1g-dev sqlite3 pkg-config)

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

if ! command -v swift >/dev/null 2>&1; then
  fail "there is no Swift here; install Swift 6.2 or newer from https://www.swift.org/install/" \
    "and put its bin folder into PATH"
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
if [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" != 6.2 ]; then
  fail "Swift $version is too old; catalog-crawler needs 6.2 or newer: https://www.swift.org/install/"
fi

if [ "$(uname)" = Darwin ]; then
  if ! command -v pkg-config >/dev/null 2>&1 || ! pkg-config --exists yaml-0.1; then
    fail "run: brew install pkg-config libyaml curl sqlite"
  fi
  exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  fail "this is neither Debian nor Ubuntu nor macOS; install by hand what these Debian packages hold:" \
    "${packages[*]}"
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null 2>&1; then
  as_root=(sudo)
else
  fail "missing: ${missing[*]}" "run as root: apt-get update && apt-get install -y ${missing[*]}"
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
