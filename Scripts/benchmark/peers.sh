#!/usr/bin/env bash
# Installs the programs that Scripts/benchmark.sh measures beside ours and prints a line NAME=PYTHON for each that can be
# run by peers.py. Says on standard error what is left out and why.
#
# Usage: Scripts/benchmark/peers.sh [--all] [--ocean DIR]
#   --all        curl, the azure-devops SDK, azdo-harvest and dlt too, not only libcurl and aiohttp
#   --ocean DIR  a checkout of port-labs/ocean: Port Ocean too
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/catalog-crawler-benchmark
all=
ocean=
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=yes; shift ;;
    --ocean) ocean=$2; shift 2 ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done

left_out() { echo "benchmark: $1 is left out: $2" >&2; }

# environment PYTHON: prints the interpreter of a virtual environment made with PYTHON, one for each version of it.
environment() {
  local folder
  folder=$cache/$("$1" -c 'import sys; print("python-%d.%d" % sys.version_info[:2])') || return
  [ -x "$folder/bin/pip" ] || "$1" -m venv "$folder" || return
  echo "$folder/bin/python"
}

# install PYTHON MODULE PACKAGE...: installs the packages unless the module is there.
install() {
  local python=$1 module=$2
  shift 2
  "$python" -c "import $module" 2>/dev/null && return
  "$python" -m pip install --quiet --disable-pip-version-check "$@" >&2 && "$python" -c "import $module"
}

mkdir -p "$cache"
python=$(environment python3)
install "$python" aiohttp aiohttp
install "$python" yaml pyyaml
echo "libcurl=$python"
[ -z "$all" ] || echo "curl=$python"
echo "aiohttp=$python"
[ -n "$all" ] || exit 0

# offer PEER MODULE PACKAGE
offer() {
  if install "$python" "$2" "$3"; then echo "$1=$python"; else left_out "$1" "$3 could not be installed"; fi
}
offer sdk azure.devops 'azure-devops==7.1.0b4' # only previews since 2023
offer harvest azdo_harvest azdo-harvest
offer dlt sqlalchemy,dlt 'dlt[sqlalchemy]'

if [ -z "$ocean" ]; then
  left_out ocean "--ocean gives no checkout of it"
elif [ ! -d "$ocean/integrations/azure-devops/azure_devops" ]; then
  left_out ocean "$ocean has no integrations/azure-devops"
else
  # pyenv has a python3.12 that says which versions there are and ends.
  newer=
  for candidate in python3.12 "$HOME"/.pyenv/versions/3.12.*/bin/python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null; then
      newer=$candidate
      break
    fi
  done
  if [ -z "$newer" ]; then
    left_out ocean "it needs python3.12"
    exit
  fi
  # The version of the framework that the checkout asks for.
  version=$(sed -n 's/^port_ocean = .*version = "^\{0,1\}\([0-9.]*\)".*/==\1/p' \
    "$ocean/integrations/azure-devops/pyproject.toml" 2>/dev/null || true)
  python=$(environment "$newer")
  if install "$python" port_ocean "port-ocean[cli]$version" braceexpand wcmatch azure-core azure-identity aiohttp; then
    echo "ocean=$python"
    echo "ocean-direct=$python"
  else
    left_out ocean "port-ocean could not be installed"
  fi
fi
