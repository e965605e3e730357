#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile_archives.sh - abuse cases 04, 05, 08: bombs stop and are said, names stay data, every reading is reported.
. "$(dirname "$0")/lib.sh"
make_hostile() { python3 "$HALLMARK_SOURCE_ROOT/tests/cli/make_hostile.py" "$1" "$1"; }

# piece NAME EXPRESSION: of the evidence of that name in the last "show --json", which must be there.
piece() {
    python3 - "$house/.out" "$1" "$2" <<'PY' || fail "of the evidence $1, not true: $2"
import json, sys
shown = json.load(open(sys.argv[1]))["evidence"]
found = [e for e in shown if e["name"] == sys.argv[2]]
assert found, f"no evidence {sys.argv[2]!r}: {[e['name'][:60] for e in shown]}"
e = found[0]
notes = " | ".join(n["text"] for n in e["notes"])
assert eval(sys.argv[3]), f"{e['verdict']}, {e['size']} bytes, notes: {notes}"
PY
}

expect 0 "$HALLMARK" init

# 04: the ratio, the output and the depth end a bomb; what came before is kept and the rest of the batch is read.
make_hostile bombs
expect 0 "$HALLMARK" add bombs bombs
safe_output
expect 0 "$HALLMARK" show bombs --json
safe_output
for bomb in overlap.zip bomb.gz bomb.xz bomb.bz2; do
    piece "$bomb" "e['verdict'] == 'partial' and 'stopped unpacking' in notes"
done
piece overlap.zip "'overlap others' in notes"
piece level24.zip "e['verdict'] == 'partial' and 'already 8 containers deep' in notes"
piece fine.txt "e['size'] == 32"
largest=$(value "['evidence'] and max(e['size'] for e in json.load(open(sys.argv[1]))['evidence'])")
[ "$largest" -le $((100 << 20)) ] || fail "a member of $largest bytes came out of a bomb"
lacks level23.zip

# 05: nothing is written under a member's name; it is kept, made visible.
make_hostile names
touch "$house/before"
expect 0 "$HALLMARK" add names names
safe_output
expect 0 "$HALLMARK" show names --json
safe_output
cp "$house/.out" "$house/names.json"
piece '../escaped' "e['size'] > 0"
piece '/tmp/hallmark-escaped' "e['size'] > 0"
piece 'C:\hallmark-escaped' "e['size'] > 0"
piece '\\server\share\escaped' "e['size'] > 0"
piece 'way/hallmark-escaped' "e['size'] == 7"
piece names.zip "\"climbing out of its folder\" in notes"
piece nul.zip "'NUL' in notes"
python3 - "$house/names.json" <<'PY' || fail "the long name is gone"
import json, sys
assert any(len(e["name"]) >= 4000 and set(e["name"]) == {"n"} for e in json.load(open(sys.argv[1]))["evidence"])
PY
expect 0 "$HALLMARK" show names
safe_output
has '\x1b]0;title'
[ ! -e /tmp/hallmark-escaped ] || fail "a member escaped to /tmp"
escaped=$(find "$house" -newer "$house/before" -name '*escaped*')
[ -z "$escaped" ] || fail "a member escaped: $escaped"
odd=$(find "$HALLMARK_CASEBOOK/evidence" -type f | grep -vE '/evidence/[0-9a-f]{2}/[0-9a-f]{62}[^/]*$')
[ -z "$odd" ] || fail "stored under a name that is no hash: $odd"

# 08: who reads one file two ways is told both.
make_hostile polyglots
expect 0 "$HALLMARK" add polyglots polyglots
expect 0 "$HALLMARK" show polyglots --json
safe_output
piece two-names.zip "'central-nam.exe' in notes and 'local-name.txt' in notes"
piece pe-and-zip "e['format'] == 'pe+zip' and '2 formats' in notes"
piece pe-zip-pdf "e['format'] == 'pe+zip+pdf'"
piece pdf-and-zip "e['format'] == 'pdf+zip'"
piece inside.txt "e['size'] == 37"
expect 0 "$HALLMARK" verify
done_testing
