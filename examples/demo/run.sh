#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh HALLMARK DIR - the story of 2013 and 2014, replayed with harmless bytes of our own.
# Compiles the specimens, writes the access records, takes the published facts, learns what is harmless from this
# machine, and asks the question. Everything lives in DIR; nothing is sent anywhere and no evidence is ever run.
set -euo pipefail
hallmark=${1:?usage: run.sh HALLMARK DIR}
dir=${2:?usage: run.sh HALLMARK DIR}
here=$(cd "$(dirname "$0")" && pwd)
started=$(date +%s)
export HALLMARK_CASEBOOK=$dir/casebook

step() { printf '\n== %s\n' "$*"; }
run() {
    printf '\n$ hallmark'
    printf ' %s' "$@"
    printf '\n'
    "$hallmark" "$@"
}

step "specimens: harmless programs, compiled here for each incident"
rm -rf "$dir/evidence" "$dir/casebook" "$dir/harmless"
mkdir -p "$dir/evidence"
"$here/../specimens/build.sh" "$dir/evidence"
"$here/records.sh" "$dir/evidence"
for incident in seoul-2013 culver-city-2014 gulf-2012; do
    mkdir -p "$dir/evidence/$incident/published"
    cp "$here/$incident.json" "$dir/evidence/$incident/published/facts.json"
done
find "$dir/evidence" -type f | wc -l | xargs printf '%s pieces of evidence in '
find "$dir/evidence" -mindepth 1 -maxdepth 1 | wc -l | xargs printf '%s incidents\n'

step "baseline: what does the harmless world look like?"
run init
run baseline learn --files-max "${HALLMARK_DEMO_FILES:-300}" --size-max 4M /usr/bin
run baseline learn --files-max "${HALLMARK_DEMO_FILES:-300}" --size-max 4M /usr/lib

run baseline learn "$dir/harmless"

step "evidence: read in the jail, never run"
for incident in webshop-2012 gulf-2012 seoul-2013 harbour-2014 park-office-2014 library-2015 crossroads-2016 culver-city-2014; do
    run add "$incident" "$dir/evidence/$incident"
done

step "the question: what does the attack of 2014 have in common with the ones already known?"
run compare culver-city-2014

step "the counter-question: an unrelated incident must stay unrelated"
run compare library-2015 && { echo "library-2015 came out as related: that is wrong"; exit 1; }

step "what others said of it, in their words, on their days: kept, shown, never weighed"
"$here/statements.sh" "$hallmark" >"$dir/claims.txt"
run claim list

step "what to look for elsewhere: a rule tried on harmless files, and the skeleton of a joint advisory"
run rule culver-city-2014 --against "$dir/harmless"
for language in en ko ja; do
    run report culver-city-2014 --format html --lang "$language" --output "$dir/advisory.$language.html"
done

step "is everything still as it was put there?"
run verify
printf '\nThe casebook is %s (%s seconds in all). Try: hallmark --casebook=... show, show seoul-2013, export.\n' \
    "$HALLMARK_CASEBOOK" "$(($(date +%s) - started))"

# The story's own test: the right incident first and related, all others not.
"$hallmark" compare culver-city-2014 --json >"$dir/finding.json"
python3 - "$dir/finding.json" <<'PY'
import json, sys
finding = json.load(open(sys.argv[1]))
related = [m["incident"] for m in finding["matches"] if m["related"]]
assert related == ["seoul-2013"], f"related to culver-city-2014: {related}, expected seoul-2013 alone"
groups = {h["group"] for m in finding["matches"] if m["related"] for h in m["hallmarks"]}
assert "code" in groups, f"no code among the hallmarks: {groups}"
PY
