#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# story.sh - the demo, with a small baseline: the right incident is related, all others are not; and what surrounds it.
. "$(dirname "$0")/lib.sh"

export HALLMARK_DEMO_FILES=60
expect 0 "$HALLMARK_SOURCE_ROOT/examples/demo/run.sh" "$HALLMARK" "$house/demo"
has "seoul-2013"
has "RELATED"
has "sound:"
export HALLMARK_CASEBOOK=$house/demo/casebook
# A second run over the same evidence finds everything known.
expect 0 "$HALLMARK" add culver-city-2014 "$house/demo/evidence/culver-city-2014" --json
same "$(value "['totals']['known']")" 7 "pieces known before"
expect 0 "$HALLMARK" compare culver-city-2014 seoul-2013 --json
same "$(value "['matches'][0]['incident']")" seoul-2013 "the only match"
expect 1 "$HALLMARK" compare culver-city-2014 gulf-2012
has "not related"
expect 0 "$HALLMARK" export culver-city-2014
python3 - "$house/.out" <<'PY' || fail "the bundle is not well formed"
import json, sys
bundle = json.load(open(sys.argv[1]))
ids = {o["id"] for o in bundle["objects"]}
assert bundle["type"] == "bundle" and len(ids) == len(bundle["objects"]), "double ids"
for o in bundle["objects"]:
    for key, value in o.items():
        for ref in value if key.endswith("_refs") else [value] if key.endswith("_ref") else []:
            assert ref in ids, f"{o['id']}: {key} dangles: {ref}"
PY
# Same casebook, same finding, byte for byte.
"$HALLMARK" compare culver-city-2014 --json >one
"$HALLMARK" compare culver-city-2014 --json >two
cmp -s one two || fail "the same question twice gave two answers"
done_testing
