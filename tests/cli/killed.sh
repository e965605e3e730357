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

cut_off=0
for round in $(seq 1 $rounds); do
    "$HALLMARK" add "killed-$round" evidence --again --json >answer 2>/dev/null &
    adding=$!
    sleep "0.$(printf '%03d' $((RANDOM % 400)))"
    kill -9 $adding 2>/dev/null && cut_off=$((cut_off + 1))
    wait $adding 2>/dev/null
    # Killed before it made the incident: nothing was said either.
    if "$HALLMARK" show "killed-$round" >/dev/null 2>&1; then
        holds answer "killed-$round"
    elif [ -s answer ] && grep -q '"path"' answer; then
        fail "round $round: pieces were listed, but there is no incident"
    fi
    "$HALLMARK" verify >.out 2>.err || { fail "round $round: verify"; cat .out .err; }
done
[ $cut_off -gt 0 ] || fail "no add was ever cut off: this test tests nothing here"
echo "$cut_off of $rounds adds were cut off"
expect 0 "$HALLMARK" add killed-1 evidence
expect 0 "$HALLMARK" show killed-1 --json
same "$(value "['incident']['evidence']")" 41 "pieces after the next run"

# Ctrl-C: exit 130, what is listed is stored, the words say how to go on, and going on does. A slow folder: many files.
mkdir slow
for i in $(seq 1 600); do
    printf 'slow %s slow-%s.example.net\n' "$i" "$i" >"slow/$i"
done
"$HALLMARK" add slow slow --json >answer 2>.err &
for _ in $(seq 1 100); do
    grep -q '"path"' answer && break
    sleep 0.05
done
kill -INT $! 2>/dev/null
wait $!
code=$?
round=interrupted
case $code in
130)
    err=$(cat .err) out=
    has "run the same command again"
    holds answer slow
    ;;
0) echo "the add was faster than the interrupt" ;;
*) fail "exit code $code after an interrupt"; cat .err ;;
esac
expect 0 "$HALLMARK" add slow slow
expect 0 "$HALLMARK" show slow --json
same "$(value "['incident']['evidence']")" 600 "pieces after going on"

# Two at once, and readers while they write.
"$HALLMARK" add one slow --again >.one 2>&1 &
first=$!
"$HALLMARK" add two evidence slow --again >.two 2>&1 &
second=$!
reads=0
while kill -0 $first 2>/dev/null || kill -0 $second 2>/dev/null; do
    for question in "show" "show slow" "compare slow" "export slow --format csv"; do
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
same "$(value "['incident']['evidence']")" 600 "pieces of the first"
expect 0 "$HALLMARK" show two --json
same "$(value "['incident']['evidence']")" 641 "pieces of the second"
expect 0 "$HALLMARK" verify
done_testing
