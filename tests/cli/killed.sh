#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# killed.sh - kill -9 and Ctrl-C at any moment of an add, two adds at once, readers meanwhile: nothing that was said
# to be stored is lost, and the casebook verifies.
. "$(dirname "$0")/lib.sh"
rounds=20

expect 0 "$HALLMARK" init
mkdir evidence
for i in $(seq 1 40); do
    printf 'piece %s talks to host-%s.example.org and 198.51.100.%s\n' "$i" "$i" "$i" >"evidence/$i"
done
(cd evidence && tar cf ../some.tar 1 2 3) && mv some.tar evidence/

# holds FILE INCIDENT: every piece that FILE, an answer cut off anywhere, lists as stored is in the casebook.
holds() {
    "$HALLMARK" show "$2" --json >"$house/.show" || fail "round $round: show $2 failed"
    python3 - "$1" "$house/.show" <<'PY' || fail "round $round: an acknowledged piece is lost"
import json, os, re, sys
said = re.findall(r'"path": ("(?:[^"\\]|\\.)*"),', open(sys.argv[1], encoding="utf-8").read())
said = {os.path.basename(json.loads(path)) for path in said}
have = {e["name"] for e in json.load(open(sys.argv[2]))["evidence"]}
assert said <= have, said - have
PY
}

# The moments are spread over the time that one whole add takes: the span shrinks when an add was done first and grows
# when it was cut off, so that it finds that time on any machine, busy or not.
span_us=300000 cut_off=0 halfway=0 round=0
while [ $cut_off -lt $rounds ] && [ $round -lt 300 ]; do
    round=$((round + 1))
    "$HALLMARK" add "killed-$round" evidence --again --json >answer 2>/dev/null &
    adding=$!
    sleep "$(printf '0.%06d' $(((RANDOM * 32768 + RANDOM) % span_us)))"
    kill -9 $adding 2>/dev/null
    wait $adding 2>/dev/null
    if [ $? = 137 ]; then
        cut_off=$((cut_off + 1))
        span_us=$((span_us < 800000 ? span_us * 11 / 10 : span_us))
        grep -q '"path"' answer && halfway=$((halfway + 1))
    else
        span_us=$((span_us > 2000 ? span_us * 3 / 4 : span_us))
    fi
    # Killed before it made the incident: nothing was said either.
    if "$HALLMARK" show "killed-$round" >/dev/null 2>&1; then
        holds answer "killed-$round"
    elif [ -s answer ] && grep -q '"path"' answer; then
        fail "round $round: pieces were listed, but there is no incident"
    fi
    "$HALLMARK" verify >.out 2>.err || { fail "round $round: verify"; cat .out .err; }
done
[ $cut_off = $rounds ] || fail "only $cut_off of $round adds were cut off: this test tests nothing here"
echo "$cut_off of $round adds were cut off, $halfway of them with pieces told already"
expect 0 "$HALLMARK" add killed-1 evidence
expect 0 "$HALLMARK" show killed-1 --json
same "$(value "['incident']['evidence']")" 41 "pieces after the next run"

# Ctrl-C: exit 130, what is listed is stored, the words say how to go on, and going on does. Where an add of this many
# files is done before the interrupt comes, it gets twice as many.
files=600
mkdir slow
for try in 1 2 3 4 5 6; do
    for i in $(seq 1 $files); do
        printf 'slow %s slow-%s.example.net\n' "$i" "$i" >"slow/$i"
    done
    : >answer
    "$HALLMARK" add "slow-$try" slow --again --json >answer 2>.err &
    adding=$!
    until grep -q '"path"' answer || ! kill -0 $adding 2>/dev/null; do
        sleep 0.01
    done
    kill -INT $adding 2>/dev/null
    wait $adding
    code=$?
    [ $code = 0 ] || break
    files=$((files * 2))
done
round=interrupted
same "$code" 130 "exit code after an interrupt, the $try. try with $files files"
err=$(cat .err)
out=''
has "run the same command again"
holds answer "slow-$try"
[ "$(grep -c '"path"' answer)" -lt $files ] || fail "interrupted, and yet everything is listed"
expect 0 "$HALLMARK" add "slow-$try" slow
expect 0 "$HALLMARK" show "slow-$try" --json
same "$(value "['incident']['evidence']")" $files "pieces after going on"

# Two at once, and readers while they write.
"$HALLMARK" add one slow --again >.one 2>&1 &
first=$!
"$HALLMARK" add two evidence slow --again >.two 2>&1 &
second=$!
reads=0
while kill -0 $first 2>/dev/null || kill -0 $second 2>/dev/null; do
    for question in "show" "show slow-$try" "compare slow-$try" "export slow-$try --format csv"; do
        # shellcheck disable=SC2086
        "$HALLMARK" $question >.out 2>.err
        code=$?
        [ $code -le 1 ] || { fail "$question during a write: exit code $code"; cat .err; }
        reads=$((reads + 1))
    done
done
wait $first || { fail "the first of two adds"; cat .one; }
wait $second || { fail "the second of two adds"; cat .two; }
echo "$reads questions answered meanwhile"
expect 0 "$HALLMARK" show one --json
same "$(value "['incident']['evidence']")" $files "pieces of the first"
expect 0 "$HALLMARK" show two --json
same "$(value "['incident']['evidence']")" $((files + 41)) "pieces of the second"
expect 0 "$HALLMARK" verify
done_testing
