#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# attribute.sh - actors from statements; an unknown hand is "none that I know"; mistakes name their line.
. "$(dirname "$0")/lib.sh"

expect 0 "$HALLMARK" init
mkdir lists
# Two actors with a habit each (their own name servers, panels and tools), four incidents apiece.
for i in 1 2 3 4; do
    printf '%s\n' "update-$i-kestrel.net" "login.kestrel-mail$i.org" "http://cdn$i.kestrel-host.com/panel/gate.php" \
        "45.77.1$i.20" >lists/kestrel-$i
    printf '%s\n' "heron$i.river-docs.info" "share$i.river-docs.biz" "http://heron-files$i.top/u/load.aspx" \
        "91.204.2$i.7" >lists/heron-$i
    expect 0 "$HALLMARK" add "kestrel-$i" "lists/kestrel-$i"
    expect 0 "$HALLMARK" add "heron-$i" "lists/heron-$i"
    printf 'kestrel-%s\tKestrel\t2014-0%s-01\nheron-%s\tHeron\t2014-0%s-02\n' $i $i $i $i >>who.tsv
done
# Techniques come from reports.
technique() { # FILE ID...
    local file=$1 id objects=
    shift
    for id; do
        objects+=',{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd'${id#T}'","created":"2015-01-02T00:00:00.000Z","modified":"2015-01-02T00:00:00.000Z","name":"x","external_references":[{"source_name":"mitre-attack","external_id":"'$id'"}]}'
    done
    printf '{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[%s]}' "${objects#,}" >"$file"
}
technique kestrel.json T1059 T1071
technique new.json T1059 T1566
expect 0 "$HALLMARK" add kestrel-1 kestrel.json
expect 0 "$HALLMARK" add new new.json
printf '%s\n' "update-9-kestrel.net" "http://cdn1.kestrel-host.com/panel/gate.php" "45.77.11.20" >lists/new
expect 0 "$HALLMARK" add new lists/new
printf '%s\n' "quiet-place.example.org" "nothing-alike-$RANDOM.dev" >lists/stranger
expect 0 "$HALLMARK" add stranger lists/stranger

"$HALLMARK" attribute new --statements who.tsv --json >.out 2>.err
same "$(value "['suspects'][0]['actor']")" Kestrel "the first suspect"
same "$(value "['actors']")" 2 "known actors"
"$HALLMARK" attribute new --statements who.tsv --json >first
"$HALLMARK" attribute new --statements who.tsv --json >second
cmp -s first second || fail "the same question twice gave two answers"
# How likely, how strong, how broad: three lines, and no degree of support beside a probability.
expect 0 "$HALLMARK" attribute new --statements who.tsv
has "(before the evidence"
has "evidence alone: likelihood ratio"
has "basis:"
grep -E "likelihood ratio.*(likely|certain|chance)|%.*support" .out && fail "two scales in one line"
"$HALLMARK" attribute new --statements who.tsv --json >.out
python3 - .out <<'P' || fail "prior, likelihood ratio and posterior do not fit together"
import json, sys
s = json.load(open(sys.argv[1]))["suspects"][0]
odds = lambda p: p / (1 - p)
if 0.001 < s["posterior"] < 0.999 and s["prior"] > 0.01:
    assert abs(odds(s["prior"]) * 2 ** s["bits"] / odds(s["posterior"]) - 1) < 0.2, s
assert s["basis"] in ("low", "moderate", "high") and set(s["groups"]) == set(s["without_group"])
P

# The finding as STIX: our own validator finds nothing, nothing is attributed-to; layers for the Navigator.
claim=$("$HALLMARK" claim add new --by "Bureau" --on 2014-12-19 --actor Heron --confidence 50 --source "A paper" --ground "its tools")
gone=$("$HALLMARK" claim add new --by "Somebody" --on 2014-12-20 --actor Heron)
expect 0 "$HALLMARK" claim withdraw "$gone"
expect 0 "$HALLMARK" attribute new --statements who.tsv --stix finding.json --navigator layers --tlp green
grep -q "$claim" finding.json || fail "the ledger's statement does not go along"
grep -q "$gone" finding.json && fail "a withdrawn statement goes along"
expect 0 "$HALLMARK" stix validate finding.json
has "0 errors"
python3 - finding.json <<'P' || fail "the finding as STIX"
import json, sys
objects = json.load(open(sys.argv[1]))["objects"]
kinds = {o["type"] for o in objects}
assert {"grouping", "note", "relationship", "intrusion-set", "incident", "extension-definition", "identity"} <= kinds, kinds
ids = {o["id"] for o in objects}
edges = [o for o in objects if o["type"] == "relationship"]
assert edges and all(e["relationship_type"] == "related-to" and {e["source_ref"], e["target_ref"]} <= ids for e in edges)
actors = [e for e in edges if e["target_ref"].startswith("intrusion-set")]
extension = next(o["id"] for o in objects if o["type"] == "extension-definition")
assert len(actors) == 2 and all(e["confidence"] in (5, 15, 30, 50, 70, 85, 95) and
                                0 <= e["extensions"][extension]["posterior"] <= 1 for e in actors)
assert all(o.get("object_marking_refs") for o in objects if o["type"] in ("note", "grouping", "relationship"))
P
python3 - <<'P' || fail "the layers"
import json, os
names = sorted(os.listdir("layers"))
assert names[:2] == ["actor-1-Kestrel.json", "actor-2-Heron.json"] and "incident.json" in names and "difference-1-Kestrel.json" in names, names
layer = json.load(open("layers/difference-1-Kestrel.json"))
assert [t["techniqueID"] for t in layer["techniques"]] == ["T1059", "T1071", "T1566"], layer["techniques"]
assert [t["color"] for t in layer["techniques"]] == ["#7048e8", "#1c7ed6", "#e03131"]
actor = json.load(open("layers/actor-1-Kestrel.json"))
assert actor["techniques"][0]["score"] == 0.25 and actor["techniques"][0]["comment"] == "in 1 of 4 incidents"
P
# Nobody said anything: nobody is known.
expect 1 "$HALLMARK" attribute new
has "against 0 actors"
# A partner answers about a relationship of ours: it is found again.
edge=$(python3 -c 'import json; print(next(o["id"] for o in json.load(open("finding.json"))["objects"] if o["type"] == "relationship" and o["target_ref"].startswith("intrusion")))')
cat >answer.json <<J
{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[
{"type":"intrusion-set","spec_version":"2.1","id":"intrusion-set--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0063","created":"2015-01-02T00:00:00.000Z","modified":"2015-01-02T00:00:00.000Z","name":"Kestrel"},
{"type":"opinion","spec_version":"2.1","id":"opinion--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062","created":"2015-01-02T00:00:00.000Z","modified":"2015-01-02T00:00:00.000Z","opinion":"agree","object_refs":["$edge"]}]}
J
expect 0 "$HALLMARK" add answers answer.json
expect 0 "$HALLMARK" claim list new
has 'thinks that "new" is related to "Kestrel"'
expect 2 "$HALLMARK" attribute new --statements who.tsv --stix x.json --tlp purple

expect 1 "$HALLMARK" attribute stranger --statements who.tsv
has "none that I know"

printf 'kestrel-1 Kestrel\n' >bad.tsv
expect 3 "$HALLMARK" attribute new --statements bad.tsv
has "line 1: expected INCIDENT, a tab, ACTOR"
printf '# ok\nnobody\tX\n' >bad.tsv
expect 3 "$HALLMARK" attribute new --statements bad.tsv
has "line 2"
printf 'kestrel-1\tX\tyesterday\n' >bad.tsv
expect 3 "$HALLMARK" attribute new --statements bad.tsv
has "2014-11-24"

expect 0 "$HALLMARK" model show
has "hallmark-weights"
expect 2 "$HALLMARK" model evaluate x --from tomorrow
expect 4 "$HALLMARK" model evaluate does-not-exist
expect 4 "$HALLMARK" model pairs does-not-exist
if [ -n "${HALLMARK_SHARED:-}" ] && [ -f "$HALLMARK_SHARED/testdata/attribution/dev.jsonl" ]; then
    expect 0 "$HALLMARK" model evaluate "$HALLMARK_SHARED/testdata/attribution/dev.jsonl" --from 2022-11-01 --json
    [ "$(value "['top1'] > 0.6")" = True ] || fail "top1 fell below 0.6"
fi
done_testing
