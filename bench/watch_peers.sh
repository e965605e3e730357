#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# watch_peers.sh BUILD [THOUSANDS ...] - hallmark watch beside grep -F and ripgrep (where installed) on the same 32 MB of
# records and the same indicators (10, 100 thousand unless told). Seconds of the processor, all in all: reading the
# indicators, compiling them, searching. What a peer finds is counted in lines; only hallmark knows ranges,
# spellings and borders of tokens, and tells hits, not lines: so the counts differ.
set -euo pipefail
build=${1:?the build folder}
shift
[ $# -gt 0 ] || set -- 10 100
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TIMEFORMAT='%U %S'
took() { # NAME LINES
    awk -v name="$1" -v lines="$2" '{ printf "  %-10s %6.2f s   %s lines\n", name, $1 + $2, lines }' "$folder/time"
}
for thousands in "$@"; do
    "$build/bench/bench_watch" --write "$folder" "$thousands"
    echo "$thousands thousand indicators, $(wc -c <"$folder/records.log") bytes, $(wc -l <"$folder/records.log") lines"
    { time "$build/src/cli/hallmark" watch --once --quiet --subdomains -i "$folder/indicators.txt" "$folder/records.log" \
        >"$folder/out" 2>/dev/null; } 2>"$folder/time" || true
    took hallmark "$(grep -c '^/' "$folder/out" || true)"
    { time LC_ALL=C grep -F -f "$folder/indicators.txt" "$folder/records.log" >"$folder/out"; } 2>"$folder/time" || true
    took "grep -F" "$(wc -l <"$folder/out")"
    if command -v rg >/dev/null; then
        { time rg -j1 -F -f "$folder/indicators.txt" "$folder/records.log" >"$folder/out"; } 2>"$folder/time" || true
        took "ripgrep" "$(wc -l <"$folder/out")"
    else
        echo "  ripgrep    not installed"
    fi
done
