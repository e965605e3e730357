#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# postgres_killed.sh - kill -9 of the program, of the server's process that answers it, and of the whole server at any moment
# of an add: nothing that was said to be stored is lost, nothing is stored twice, and the next run completes it.
if [ -z "${HALLMARK_TEST_POSTGRES:-}" ]; then
    exec "$HALLMARK_SOURCE_ROOT/tests/with-postgres" bash "$0"
fi
. "$(dirname "$0")/lib.sh"
export HALLMARK_CACHE=$house/cache HALLMARK_CASEBOOK=$HALLMARK_TEST_POSTGRES
kinds="program backend server program backend server"

expect 0 "$HALLMARK" init "$HALLMARK_CASEBOOK"
mkdir evidence
for i in $(seq 1 120); do
    printf 'piece %s talks to host-%s.example.org and 198.51.100.%s\n' "$i" "$i" "$i" >"evidence/$i"
done

# holds FILE INCIDENT: every piece that FILE, an answer cut off anywhere, lists as stored is in the casebook, once.
holds() {
    "$HALLMARK" show "$2" --json >"$house/.show" || fail "$kind: show $2 failed"
    python3 - "$1" "$house/.show" <<'PY' || fail "$kind: an acknowledged piece is lost, or one is there twice"
import json, os, re, sys
said = re.findall(r'"path": ("(?:[^"\\]|\\.)*"),', open(sys.argv[1], encoding="utf-8").read())
said = {os.path.basename(json.loads(path)) for path in said}
names = [e["name"] for e in json.load(open(sys.argv[2]))["evidence"]]
assert said <= set(names), said - set(names)
assert len(names) == len(set(names)), "twice"
PY
}

# Its processes outlive it by a moment, and until they are gone it does not start again.
start_server() {
    for _ in $(seq 1 100); do
        # shellcheck disable=SC2086
        (cd / && $HALLMARK_TEST_POSTGRES_AS "$HALLMARK_TEST_POSTGRES_BIN/pg_ctl" -D "$HALLMARK_TEST_POSTGRES_DATA" \
            -l "$HALLMARK_TEST_POSTGRES_DATA/server.log" -w start >/dev/null 2>&1) && return
        sleep 0.2
    done
    fail "the server does not start again: $(tail -3 "$HALLMARK_TEST_POSTGRES_DATA/server.log")"
}

backend() {
    "$HALLMARK_TEST_POSTGRES_BIN/psql" -X -q -t -A -d "$HALLMARK_TEST_POSTGRES" \
        -c "SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'hallmark'"
}

round=0 cut_off=0
for kind in $kinds; do
    round=$((round + 1))
    "$HALLMARK" add "killed-$round" evidence --again --json >answer 2>complaint &
    adding=$!
    sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
    case $kind in
    program) kill -9 $adding 2>/dev/null ;;
    backend) pid=$(backend) && [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null ;;
    server)
        kill -9 "$(head -1 "$HALLMARK_TEST_POSTGRES_DATA/postmaster.pid")" 2>/dev/null
        start_server ;;
    esac
    wait $adding
    code=$?
    [ $code = 0 ] || cut_off=$((cut_off + 1))
    # Cut off, it says what to do; and it never crashes.
    case $kind:$code in
    program:137 | *:0) ;;
    program:*) fail "$kind: exit code $code" ;;
    *) grep -q "the connection to the casebook was lost\|cannot be reached" complaint || fail "$kind: $(cat complaint)" ;;
    esac
    if "$HALLMARK" show "killed-$round" >/dev/null 2>&1; then
        holds answer "killed-$round"
    elif grep -q '"path"' answer; then
        fail "$kind: pieces were listed, but there is no incident"
    fi
    expect 0 "$HALLMARK" verify
    expect 0 "$HALLMARK" add "killed-$round" evidence --json
    expect 0 "$HALLMARK" show "killed-$round" --json
    same "$(value "['incident']['evidence']")" 120 "pieces after the next run"
done
echo "$cut_off of $round adds were cut off"
[ "$cut_off" -gt 0 ] || fail "no add was cut off: this test tests nothing here"
done_testing
