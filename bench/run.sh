#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [BUILD] - builds and runs every bench, one table each. What lacks its peer or its input says so and is left out.
# CASEBOOK_INCIDENTS (10000) sizes the generated casebook; TMPDIR must have 2 GB for it.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-${BUILD:-build}}
incidents=${CASEBOOK_INCIDENTS:-10000}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
[ -f "$build/build.ninja" ] || meson setup "$build" || exit 1
failed=0

table() {
    title=$1
    shift
    printf '\n== %s\n' "$title"
    "$@" || { echo "failed: $*"; failed=$((failed + 1)); }
}

built() {
    ninja -C "$build" "bench/$1" >"$work/log" 2>&1 || {
        tail -3 "$work/log"
        echo "bench/$1 does not build here: left out"
        return 1
    }
}

ninja -C "$build" >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg), $(uname -m), $(. /etc/os-release && echo "$PRETTY_NAME")"

if command -v python3 >/dev/null; then
    table "the whole program over /usr/bin" python3 bench/end_to_end.py "$build/src/cli/hallmark"
    table "a long log (LONG_LOG megabytes)" python3 bench/long_log.py "$build/src/cli/hallmark" "${LONG_LOG:-1000}"
else
    echo "python3 is missing: the bench of the whole program is left out"
fi
built bench_casebook && table "casebook of $incidents incidents: intake, growth, questions, comparison" \
    "$build/bench/bench_casebook" "$work/casebook" "$incidents"
built bench_json && table "JSON (jansson and yyjson when they are installed)" "$build/bench/bench_json"
built bench_records && table "records" "$build/bench/bench_records"
built bench_stix && table "STIX bundles" "$build/bench/bench_stix"
built bench_jail && table "jail" "$build/bench/bench_jail"
built bench_program && table "program readers over /usr/bin, code left out" "$build/bench/bench_program" /usr/bin/*
built bench_watch && table "watching records for indicators" "$build/bench/bench_watch" 1 1000
built bench_hunt && table "an index of past records" "$build/bench/bench_hunt" 8
built bench_watch && table "watching, beside grep and ripgrep" bash "$(dirname "$0")/watch_peers.sh" "$build"
if [ -d "${SIGMA_RULES:-}" ] && [ -f "${SIGMA_EVENTS:-}" ]; then
    table "Sigma rules over events" bash "$(dirname "$0")/sigma.sh" "$build" "$SIGMA_RULES" "$SIGMA_EVENTS"
else
    echo "SIGMA_RULES (a clone of SigmaHQ/sigma) and SIGMA_EVENTS (JSON lines) are not set: the bench of Sigma rules is left out"
fi
mkdir "$work/overlap"
built bench_overlap && table "overlap of two sets, both sides here" "$build/bench/bench_overlap" 65536 "$work/overlap"
built bench_code && table "functions of programs" "$build/bench/bench_code" /usr/bin/git

if command -v python3 >/dev/null && command -v wrk >/dev/null; then
    table "TAXII: pages beside nginx, posts, overload (TAXII_SIZES)" python3 bench/taxii_serve.py "$build/src/cli/hallmark" \
        "${TAXII_SIZES:-1000,10000,100000,1000000}"
else
    echo "python3 or wrk is missing: the bench of the TAXII server is left out"
fi

[ "$failed" = 0 ] || { echo; echo "$failed failed"; exit 1; }
