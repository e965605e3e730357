#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile_programs.sh - abuse case 06: impossible programs are listed with their anomaly; no worker crashes on them.
. "$(dirname "$0")/lib.sh"
python3 "$HALLMARK_SOURCE_ROOT/tests/cli/make_hostile.py" programs programs
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add odd programs
safe_output
expect 0 "$HALLMARK" show odd --json
safe_output
python3 - "$house/.out" <<'PY' || fail "an anomaly is not listed"
import json, sys
of = {e["name"]: e for e in json.load(open(sys.argv[1]))["evidence"]}
assert len(of) == 7, list(of)
for name, e in of.items():
    assert e["verdict"] in ("read", "partial", "unknown-format"), (name, e["verdict"], e.get("reason"))
    assert e["traits"] >= 4, name
def notes(name):
    return " | ".join(n["text"] for n in of[name]["notes"])
for name, words in {"pe-65535-sections": "65535 sections named", "elf-wraps": "65535 sections named",
                    "elf-32-wraps": "65535 sections named", "elf-wraps-by-count": "65534 segments named"}.items():
    assert words in notes(name), (name, notes(name))
for e in of.values():
    for n in e["notes"]:
        assert n.get("offset", 0) <= e["size"], (e["name"], n)
PY
# Cut anywhere, a program still costs only itself.
cp "$HALLMARK" whole
mkdir cuts
for size in 1 4 16 63 64 65 4095 4096 65537; do
    head -c "$size" whole >"cuts/$size"
done
expect 0 "$HALLMARK" add cuts cuts
same "$("$HALLMARK" show cuts --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["evidence"]))')" 9 "pieces"
expect 0 "$HALLMARK" verify
done_testing
