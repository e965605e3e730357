#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sigma.sh BUILD RULES EVENTS... - Sigma rules (a clone of SigmaHQ/sigma, or any folder) over events as JSON lines: events and
# bytes a second of the processor, loading the rules not counted. Debian has no program that does the same.
set -euo pipefail
build=${1:?the build folder} rules=${2:?the folder of rules}
shift 2
[ $# -gt 0 ] || { echo "no events" >&2; exit 2; }
given=()
for part in rules rules-emerging-threats rules-threat-hunting; do
    [ ! -d "$rules/$part" ] || given+=(--rules "$rules/$part")
done
[ ${#given[@]} -gt 0 ] || given=(--rules "$rules")
TIMEFORMAT='%U %S'
time=$(mktemp)
trap 'rm -f "$time" "$time.hits"' EXIT
{ time "$build/src/cli/hallmark" detect "${given[@]}" - <<<'{}' >/dev/null 2>&1; } 2>"$time" || true
read -r user system <"$time"
for round in 1 2 3; do
    sum=$({ time "$build/src/cli/hallmark" detect "${given[@]}" "$@" 2>/dev/null >"$time.hits"; } 2>"$time"; tail -1 "$time.hits") || true
    awk -v load_user="$user" -v load_system="$system" -v sum="$sum" -v bytes="$(cat "$@" | wc -c)" '{
        seconds = $1 + $2 - load_user - load_system
        split(sum, part, " ")
        printf "  loading %.2f s, events %.2f s: %.0f events/s, %.0f MB/s (%s events, %s rules, %s hits)\n",
            load_user + load_system, seconds, part[1] / seconds, bytes / seconds / 1e6, part[1], part[3], part[5]
    }' "$time"
done
