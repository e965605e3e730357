#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# long_logs.sh - a compressed log that unpacks to more than a worker may hold: read to its end, damage keeps what came
# before, a bomb and a full disk are said, and archives go their own way.
. "$(dirname "$0")/lib.sh"

# A log of over 64 MiB, more than a reader's memory; the last line has an address of its own.
python3 - <<'PY'
with open("access.log", "w") as f:
    for block in range(76):
        f.write("".join(
            f'198.51.100.{(i * 7919 + block) % 250} - - [01/Mar/2024:{block % 24:02}:{i // 60 % 60:02}:{i % 60:02} +0000] '
            f'"GET /p/{(i * 7919 + block * 31) % 1999} HTTP/1.1" 200 {(i * 2654435761 + block * 40503) % 1048573} "-" "agent/{i % 37} of one who only looks"\n'
            for i in range(8192)))
    f.write('203.0.113.77 - - [02/Mar/2024:00:00:00 +0000] "GET /last HTTP/1.1" 200 1 "-" "agent/last"\n')
PY
size=$(stat -c %s access.log)
[ "$size" -gt $((64 << 20)) ] || fail "the log has only $size bytes"
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add plain access.log
unpacks_apart() {
    [ "$(stat -c %s "$1")" -gt $((2 << 20)) ] || fail "$1 is too small to be unpacked apart"
}
for how in "gzip -n -1" "zstd -q -1"; do
    $how -c <access.log >"log.${how%% *}"
    unpacks_apart "log.${how%% *}"
    expect 0 "$HALLMARK" add "${how%% *}" "log.${how%% *}"
    has "1 known before" # what came out is the very log
    lacks partial
    lacks limit
done
expect 0 "$HALLMARK" show gzip --class address --json
has 203.0.113.77
expect 0 "$HALLMARK" show gzip --json
same "$(value "['evidence'][1]['size']")" "$size" "the size of what was unpacked"
same "$(value "['evidence'][1]['verdict']")" read "its verdict"
head -c 34000000 access.log >part.log
expect 0 "$HALLMARK" add part part.log
for how in "xz -0" "bzip2 -1"; do
    $how -c part.log >"part.${how%% *}"
    unpacks_apart "part.${how%% *}"
    expect 0 "$HALLMARK" add "${how%% *}" "part.${how%% *}"
    has "1 known before"
done

# Cut off, and with a damaged byte: what came before is kept, and where it ends is said.
head -c 3000000 log.gzip >cut.gz
expect 0 "$HALLMARK" add cut cut.gz
has "cut.gz/cut: cut after"
has "the compressed file is damaged"
expect 0 "$HALLMARK" show cut --class address
has 198.51.100.
lacks 203.0.113.77
python3 - <<'PY'
data = bytearray(open("log.zstd", "rb").read())
data[len(data) // 2: len(data) // 2 + 64] = bytes(64)
open("torn.zst", "wb").write(data)
PY
expect 0 "$HALLMARK" add torn torn.zst
has "torn.zst/torn: cut after"

# A bomb stops at a hundred bytes for each of its own, or at what one piece may have.
head -c 520000000 /dev/zero | gzip -1 >bomb.gz
unpacks_apart bomb.gz
expect 3 "$HALLMARK" add bomb bomb.gz --size-max 30000000
has "cut after 30000000 bytes"
{ cat access.log; echo "one more line"; } | gzip -1 >longer.gz
expect 3 "$HALLMARK" add small longer.gz --size-max 20000000
has "cut after 20000000 bytes"

# An archive is not one log: its members come as they always did.
tar -cf - access.log | gzip -1 >log.tar.gz
expect 0 "$HALLMARK" add tar log.tar.gz
has "tar: 2 pieces of evidence"

# The disk is full while it is unpacked: said, and what was stored before is whole.
if mkdir small && mount -t tmpfs -o size=48m none small 2>/dev/null; then
    expect 0 "$HALLMARK" --casebook small/book init
    expect 4 "$HALLMARK" --casebook small/book add full log.gzip
    has "No space left on device"
    expect 0 "$HALLMARK" --casebook small/book verify
    umount small
fi
expect 0 "$HALLMARK" verify
done_testing
