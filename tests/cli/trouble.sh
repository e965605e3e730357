#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# trouble.sh - abuse cases 09 and 30: the same sample ten thousand times, a full disk, a casebook edited by hand, a clock
# that jumps. (fsync and I/O errors and power cuts: tests/faults.)
. "$(dirname "$0")/lib.sh"
: "${HALLMARK_CLOCK_JUMP:?set by meson}"

# 09: one stored object, and always the same verdict.
expect 0 "$HALLMARK" init
mkdir same
python3 - <<'PY'
for i in range(10000):
    with open(f"same/{i:05}", "wb") as out:
        out.write(b"one sample, ten thousand times, from sample.example.org\n")
PY
expect 0 "$HALLMARK" add same same --json
safe_output
same "$(value "['totals']['pieces']")" 10000 "pieces"
same "$(find casebook/evidence -type f | wc -l)" 1 "stored objects"
python3 - "$house/.out" <<'PY' || fail "the same sample got different answers"
import json, sys
seen = {(p["verdict"], p["size"], p["traits"]) for p in json.load(open(sys.argv[1]))["pieces"]}
sys.exit(len(seen) != 1)
PY
expect 0 "$HALLMARK" verify

# 30: a full disk says so, and what was stored before is whole.
mkdir more
for i in $(seq 1 60); do
    head -c 100000 /dev/urandom >"more/$i"
done
# Exactly the limit of below: it can be read, but not be kept, as what is kept has a head besides.
head -c $((150 * 1024)) /dev/urandom >more/limit
small=$house/small
mkdir "$small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=3m none "$small" 2>/dev/null; then
    trap 'code=$?; umount "$small"; rm -rf "$house"; exit $code' EXIT
    expect 0 "$HALLMARK" -c "$small/book" init
    expect 0 "$HALLMARK" -c "$small/book" add before more/1
    expect 4 "$HALLMARK" -c "$small/book" add full more
    has "full"
    stored=$("$HALLMARK" -c "$small/book" show --json | grep -c '"name"')
    [ "$stored" -ge 1 ] || fail "what was stored before the disk was full is gone"
    expect 0 "$HALLMARK" -c "$small/book" show before
    has "1 "
    mount -o remount,size=20m "$small"
    expect 0 "$HALLMARK" -c "$small/book" add full more
    expect 0 "$HALLMARK" -c "$small/book" verify
else
    echo "no small disk can be mounted here: a file size limit stands for it"
fi
# Not only root: no file may grow beyond a limit. There is far more to write than the limit leaves, in whichever groups.
mkdir much
for i in $(seq 1 100); do
    seq -f "host-%g.of-$i.example.org" 1 200 >"much/$i"
done
limit=$(($(stat -c %s casebook/casebook.db) / 1024 + 100))
# shellcheck disable=SC2016
expect 4 bash -c 'ulimit -f "$1"; "$0" add limited much' "$HALLMARK" $limit
expect 0 "$HALLMARK" verify
expect 0 "$HALLMARK" add limited much
expect 0 "$HALLMARK" verify

# 30: edited by hand. Each change is named and makes the exit code 4.
edited() { # what, command...
    rm -rf edited && cp -r casebook edited
    HALLMARK_CASEBOOK=$house/edited
    "${@:2}"
    expect 4 "$HALLMARK" verify
    HALLMARK_CASEBOOK=$house/casebook
    [ -n "$out$err" ] || fail "$1: nothing said"
    [ "$(printf '%s' "$out$err" | wc -c)" -gt 40 ] || fail "$1: said too little: $out$err"
}
sql() { python3 -c "import sqlite3,sys; d=sqlite3.connect('edited/casebook.db'); d.execute(sys.argv[1]); d.commit()" "$1"; }
stored_file() { find edited/evidence -type f | sort | head -1; }
spoil() { chmod u+w "$(stored_file)" && printf 'X' | dd of="$(stored_file)" bs=1 seek=20 conv=notrunc 2>/dev/null; }
remove() { rm -f "$(stored_file)"; }
cut_database() { truncate -s 40960 edited/casebook.db; }
edited "a trait's value" sql "UPDATE trait SET value = 'another.example.org' WHERE value = 'sample.example.org'"
edited "a posting" sql "DELETE FROM posting WHERE incident = 1"
edited "a link" sql "DELETE FROM link WHERE seq = (SELECT min(seq) FROM link WHERE incident = 2)"
edited "evidence bytes" spoil
edited "evidence file" remove
edited "a cut database" cut_database

# 30: the clock jumps a year, either way; nothing depends on it.
# A sanitizer wants to be loaded before everything else, unless it is told that it need not.
jump() { # seconds, command...
    env LD_PRELOAD="$HALLMARK_CLOCK_JUMP" CLOCK_JUMP="$1" \
        ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" "${@:2}"
}
for seconds in 31536000 -31536000 -1500000000; do
    expect 0 jump $seconds "$HALLMARK" add "jump$seconds" same/00000 more
    expect 0 "$HALLMARK" show "jump$seconds" --json
    made=$(date -d "$(value "['incident']['created']")" +%s)
    off=$((made - $(date +%s) - seconds)) # did the clock jump at all?
    [ ${off#-} -lt 3600 ] || fail "the clock did not jump by $seconds: made at $made"
    expect 0 "$HALLMARK" verify
done
# Forth and back between any two questions.
CLOCK_SWINGS=1 expect 0 jump 31536000 "$HALLMARK" add swings same/00000 more
expect 0 "$HALLMARK" verify
# Known from the future, known from the past: one and the same.
expect 0 "$HALLMARK" add "jump31536000" more --json
same "$(value "['totals']['known']")" 61 "pieces known before"
expect 0 jump -31536000 "$HALLMARK" add "jump31536000" more --json
same "$(value "['totals']['known']")" 61 "pieces known before, a year ago"
expect 0 "$HALLMARK" verify
done_testing
