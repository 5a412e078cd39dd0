#!/usr/bin/env bash
# Looks at the program on a terminal (tmux): progress, a pause, Ctrl-C, 40 columns, no colour, answers to questions.
#
#   Scripts/terminal.sh [--bin DIR]
#
# Installs tmux where it is missing. --bin: where the built programs are; otherwise they are built.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=
if [ "${1:-}" = --bin ]; then bin=${2:?--bin needs a folder}; fi
if [ -z "$bin" ]; then
  swift build --product azure-simulator >&2
  swift build --product catalog-crawler >&2
  bin=$(swift build --show-bin-path)
fi
bin=$(cd "$bin" && pwd)
command -v tmux >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends tmux >/dev/null; } ||
  { echo "terminal: needs tmux; install it" >&2; exit 1; }

folder=$(mktemp -d)
simulator=
# A server that ends and one that begins get into each other's way, so that each terminal has its own.
terminal=0
tmux() { command tmux -L "terminal-$$-$terminal" -f /dev/null "$@"; }
stop_simulator() {
  if [ -n "$simulator" ]; then
    kill "$simulator" 2>/dev/null || true
    wait "$simulator" 2>/dev/null || true
    simulator=
  fi
}
finish() {
  tmux kill-server 2>/dev/null || true
  stop_simulator
  rm -rf "$folder"
}
trap finish EXIT

start_simulator() {
  stop_simulator
  : >"$folder/simulator.log"
  "$bin/azure-simulator" --port 0 "$@" >"$folder/simulator.log" 2>&1 &
  simulator=$!
  for _ in $(seq 100); do
    address=$(sed -n 's|^azure-simulator: serving on \(http://.*\)|\1|p' "$folder/simulator.log")
    [ -n "$address" ] && return
    sleep 0.1
  done
  cat "$folder/simulator.log" >&2
  exit 1
}

# Opens a terminal of that many columns with a shell in it.
open_terminal() {
  tmux kill-server 2>/dev/null || true
  terminal=$((terminal + 1))
  tmux new-session -d -x "$1" -y 30 -c "$folder" \
    env -i PATH="$bin:$PATH" HOME="$folder" TERM=screen-256color "${@:2}" ORG1_TOKEN=simulator-token \
    "APP_CONFIG_crawler_endpoints={\"dev.azure.com\":\"$address\"}" PS1='$ ' sh
  for _ in $(seq 50); do
    if screen | grep -q '^\$'; then return; fi
    sleep 0.1
  done
}

type_line() { tmux send-keys -l "$1" && tmux send-keys Enter; }
# What is on the screen; lines that the terminal has wrapped are joined.
screen() { tmux capture-pane -p -J "$@"; }

# Waits until the screen has a line that matches.
expect() {
  for _ in $(seq 150); do
    if screen | grep -Eq -- "$2"; then echo "ok    $1"; return; fi
    sleep 0.1
  done
  echo "FAIL  $1: no line matches $2 on"
  screen
  exit 1
}

check() {
  if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "FAIL  $1: expected '$3', got '$2'"; screen; exit 1; fi
}

start_simulator --repositories 300 --projects 3 --latency 300ms

open_terminal 100
type_line 'catalog-crawler init; echo code $?'
type_line 'https://elsewhere.example/org1'
expect "init says what is no organization" 'another host is said by --host$'
type_line 'org1'
expect "it goes on" '^How to sign in'
type_line '7'
expect "and says what is no answer" 'expected a number from 1 to 3'
tmux send-keys C-c
expect "Ctrl-C ends the questions with 130" '^code 130$'
check "nothing was written" "$(ls "$folder"/*.yaml 2>/dev/null || true)" ""
type_line 'clear; catalog-crawler init; echo code $?'
expect "init asks again" '^Organizations'
tmux send-keys C-d
expect "so does the end of the input" '^code 64$'

type_line 'clear; catalog-crawler init'
expect "init asks for organizations" '^Organizations, with blanks between them: *$'
type_line https://dev.azure.com/org1/
expect "init asks how to sign in" '^How to sign in \[1\]: *$'
type_line token
expect "init checks what it wrote" '^next: catalog-crawler sync$'
type_line 'clear; catalog-crawler init'
expect "a file that is there is kept" 'the file is there already; --force writes over it$'

type_line 'clear; catalog-crawler sync; echo code $?'
expect "progress has a bar, a rate and the time left" '^\[#+\.+\] [0-9]+ of 300 repositories, [0-9]+/s, [0-9]+ s left$'
tmux send-keys C-c
expect "Ctrl-C ends a crawl with 130" '^code 130$'
expect "what it did is told" '^crawl 1 interrupted'
check "no progress line stays" "$(screen | grep -c '^\[#' || true)" 0

open_terminal 40
type_line 'catalog-crawler sync'
expect "40 columns have progress on one line" '^[0-9]+ of 300( repositories)?, [0-9]+/s, [0-9]+ s left$'
tmux send-keys C-c
expect "and it is gone" 'crawl 1 interrupted'
check "nothing of progress was wrapped" "$(screen | grep -Ec '^[0-9]+ of 300|s left$' || true)" 0

open_terminal 120
type_line 'clear; catalog-crawler doctor --quick'
expect "doctor tells all" '^0 problems, [0-9]+ warnings?$'
check "with colour" "$(screen -e | grep -Eq $'\e\\[32mok' && echo yes)" yes
open_terminal 120 NO_COLOR=1
type_line 'clear; catalog-crawler doctor --quick'
expect "doctor tells all without colour" '^0 problems, [0-9]+ warnings?$'
check "NO_COLOR is obeyed" "$(screen -e | grep -Eq $'\e\\[3[0-9]m' && echo yes || echo no)" no

start_simulator --repositories 300 --projects 3 --fault route=items,numbers=20,answer=429/3
open_terminal 100
type_line 'catalog-crawler sync'
expect "a pause is told" 'org1 paused [0-9]+ s by Azure DevOps'
expect "the crawl ends" '^crawl [0-9]+ complete'

open_terminal 40
type_line 'clear; catalog-crawler report repository_coverage --limit 2'
sleep 0.5
check "a table fits 40 columns" "$(tmux capture-pane -p | grep -v https | awk 'length > 40' | wc -l)" 0
echo "terminal: all is right"
