#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# two_builds.sh - abuse case 09: the same evidence gives the same answers, byte for byte, from another build, in another
# order, by another number of workers. The other build is HALLMARK_OTHER, or one beside this one that another compiler
# made and that is up to date (tools/run-sanitizers makes and asks one); where there is none, this one stands for both.
. "$(dirname "$0")/lib.sh"
examples=$HALLMARK_SOURCE_ROOT/examples

compiler() { readelf -p .comment "$1" 2>/dev/null | grep -q clang && echo clang || echo gcc; }
other=${HALLMARK_OTHER:-}
for beside in "$HALLMARK_SOURCE_ROOT"/build*/src/cli/hallmark; do
    if [ -z "$other" ] && [ -x "$beside" ] && [ "$(compiler "$beside")" != "$(compiler "$HALLMARK")" ] &&
        ninja -n -C "${beside%/src/cli/hallmark}" src/cli/hallmark src/jail/hallmark-worker 2>&1 | grep -q 'no work to do'; then
        other=$beside
    fi
done
echo "this build: $(compiler "$HALLMARK"), the other: ${other:+$(compiler "$other") }${other:-none, this one again}"
other=${other:-$HALLMARK}

expect 0 "$examples/specimens/build.sh" "$house/evidence"
expect 0 "$examples/demo/records.sh" "$house/evidence"
for incident in seoul-2013 culver-city-2014 gulf-2012; do
    mkdir -p "evidence/$incident"
    cp "$examples/demo/$incident.json" "evidence/$incident/facts.json"
done
(cd evidence && tar czf seoul-2013/all.tgz seoul-2013/relay-a seoul-2013/facts.json)
incidents=$(cd evidence && echo *)
[ "$(echo "$incidents" | wc -w)" -ge 7 ] || fail "too few incidents: $incidents"

expect 0 "$HALLMARK" init one
expect 0 "$other" init two
expect 0 "$HALLMARK" -c one baseline learn harmless --jobs 1
expect 0 "$other" -c two baseline learn harmless --jobs 4
for incident in $incidents; do
    expect 0 "$HALLMARK" -c one add "$incident" "evidence/$incident" --jobs 1
done
for incident in $incidents; do
    mapfile -t files < <(find "evidence/$incident" -type f | sort -r)
    expect 0 "$other" -c two add "$incident" "${files[@]}" --jobs 4
done

# What a clock or chance made is left out; the order of everything stays.
plain() {
    python3 -c '
import json, sys
def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items() if k not in ("added", "created", "id", "generation")}
    return [plain(v) for v in x] if isinstance(x, list) else x
json.dump(plain(json.load(sys.stdin)), sys.stdout, indent=1)'
}
# same_answer CODES QUESTION...: both give it, and it is the same.
same_answer() {
    local codes=$1 code
    shift
    "$HALLMARK" -c one "$@" --json >one.json
    code=$?
    "$other" -c two "$@" --json >two.json
    same $? $code "exit code of the other: $*"
    case $codes in *$code*) ;; *) fail "exit code $code: $*" ;; esac
    plain <one.json >one.plain
    plain <two.json >two.plain
    [ "$(wc -c <one.plain)" -gt 200 ] || fail "hardly an answer: $*"
    cmp -s one.plain two.plain || { fail "two answers: $*"; diff one.plain two.plain | head -20; }
}
for incident in $incidents; do
    same_answer 0 show "$incident"
    same_answer 0 show "$incident" --traits
    same_answer 01 compare "$incident"
done
same_answer 0 show
same "$("$HALLMARK" -c one compare culver-city-2014 --json | grep -c '"related": true')" 1 "related incidents"
done_testing
