#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# audit.sh - nothing leaves without an entry; tampering is named; a recall asks everybody who has a copy.
. "$(dirname "$0")/lib.sh"

green=marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb
us=11111111-1111-4111-8111-111111111111
cat >policy.txt <<P
partner us-cert $us community
partner home    22222222-2222-4222-8222-222222222222 own
P
me=identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0099
a=0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061 b=0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062
when='"created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z"'
identity='{"type":"identity","spec_version":"2.1","id":"'$me'",'$when',"name":"us","object_marking_refs":["'$green'"]}'
mine='{"type":"tool","spec_version":"2.1","id":"tool--'$a'","created_by_ref":"'$me'",'$when',"name":"mine","object_marking_refs":["'$green'"]}'
other='{"type":"tool","spec_version":"2.1","id":"tool--'$b'",'$when',"name":"another","object_marking_refs":["'$green'"]}'
mkdir evidence
printf '{"type":"bundle","id":"bundle--%s","objects":[%s,%s,%s]}' $a "$identity" "$mine" "$other" >evidence/report.json
printf '203.0.113.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "probe/1.0"\n' >evidence/access.log

expect 0 "$HALLMARK" init
"$HALLMARK" add seoul evidence --allow-weak-jail >/dev/null
expect 1 "$HALLMARK" audit list
has "nothing was given"
expect 0 "$HALLMARK" audit verify
has "no head is remembered"

# A preview leaves nothing and enters nothing.
expect 0 "$HALLMARK" share seoul --to us-cert --policy policy.txt --preview
expect 1 "$HALLMARK" audit list
expect 0 "$HALLMARK" share seoul --to us-cert --policy policy.txt --tlp green --output out.json
has "entry 2 of the memory"
expect 0 "$HALLMARK" audit list
has "release"
has "to us-cert"
expect 0 "$HALLMARK" audit list --object tool--$a --json
same "$(value "[0]['objects'][0][3]")" release "what left is entered"
expect 1 "$HALLMARK" audit list --object tool--$me
expect 0 "$HALLMARK" audit verify --json
same "$(value "['whole']")" True "whole"
head=$(value "['head']")
expect 2 "$HALLMARK" audit verify --head nonsense

# A file that cannot be written: it was announced, and that it did not leave is said.
expect 4 "$HALLMARK" share seoul --to us-cert --policy policy.txt --tlp green --output no/such/folder/out.json
expect 0 "$HALLMARK" audit list
has "failed"

# Without its key nothing leaves.
mv casebook/signing.key key
expect 4 "$HALLMARK" share seoul --to us-cert --policy policy.txt --tlp green --output never.json
has "nothing may leave without an entry"
[ -e never.json ] && fail "it left without an entry"
[ -e casebook/signing.key ] && fail "a key was made in the old one's place"
HALLMARK_SIGNING_KEY=$house/key expect 0 "$HALLMARK" share seoul --to us-cert --policy policy.txt --tlp green --output out2.json
mv key casebook/signing.key
cmp out.json out2.json || fail "the same is given otherwise"

# Recall: first what nobody has.
expect 1 "$HALLMARK" recall tool--$me --reason "never given"
expect 2 "$HALLMARK" recall tool--$a
expect 1 "$HALLMARK" recall list
expect 0 "$HALLMARK" recall tool--$a --reason "a hospital's tool" --due 0
expect 0 "$HALLMARK" recall list --json
same "$(value "[0]['partner']")" $us "who owes"
recall=$(value "[0]['recall']")
sleep 1.1
expect 0 "$HALLMARK" recall list
has "overdue"
# What was recalled is not given again.
expect 0 "$HALLMARK" share seoul --to us-cert --policy policy.txt --tlp green --output after.json
has "1 recalled, not considered"
grep -q '"name":"mine"' after.json && fail "what was recalled left again"
grep -q '"name":"another"' after.json || fail "the rest did not leave"
# What the partner is told: ours is revoked, and a note names it.
expect 0 "$HALLMARK" recall send "$recall" --to us-cert --policy policy.txt --identity $me -o notice.json
expect 0 "$HALLMARK" stix validate notice.json
python3 - notice.json tool--$a <<'PY' || fail "the notice"
import json, sys
objects = {o["type"]: o for o in json.load(open(sys.argv[1]))["objects"]}
tool, note = objects["tool"], objects["note"]
assert tool["id"] == sys.argv[2] and tool["revoked"] is True and tool["modified"] > "2020-01-01T00:00:00.000Z"
assert tool["created"] == "2020-01-01T00:00:00.000Z" and tool["name"] == "mine"
assert note["object_refs"] == [sys.argv[2]] and "hospital" in note["content"]
PY
expect 0 "$HALLMARK" recall send "$recall" --to us-cert --policy policy.txt --identity $me -o again.json
cmp notice.json again.json || fail "the same recall makes other bytes"
expect 1 "$HALLMARK" recall send "$recall" --to home --policy policy.txt -o home.json
expect 1 "$HALLMARK" recall send 1 --to us-cert --policy policy.txt -o none.json
# Another's object is named and not revoked.
expect 0 "$HALLMARK" recall seoul --reason "all of it" --json
all=$(value "['recall']")
expect 0 "$HALLMARK" recall send "$all" --to us-cert --policy policy.txt --identity $me -o all.json
grep -q '"name":"another"' all.json && fail "somebody else's object was revoked"
grep -q "tool--$b" all.json || fail "somebody else's object is not named"
expect 0 "$HALLMARK" recall answer "$recall" $us --words "deleted"
expect 0 "$HALLMARK" recall answer "$all" $us
expect 1 "$HALLMARK" recall answer "$all" 22222222-2222-4222-8222-222222222222
expect 2 "$HALLMARK" recall answer "$all" us-cert
expect 1 "$HALLMARK" recall list
has "0 not acknowledged"
expect 0 "$HALLMARK" audit verify
expect 0 "$HALLMARK" audit verify --head "$head"

# By hand, past the program.
sql() { python3 -c 'import sqlite3,sys; c=sqlite3.connect("casebook/casebook.db"); c.executescript(sys.argv[1]); c.close()' "$1"; }
cp -r casebook whole
sql "UPDATE given SET entry = CAST(replace(CAST(entry AS TEXT), 'us-cert', 'ours') AS BLOB) WHERE seq = 2"
expect 4 "$HALLMARK" audit verify
has "changed"
expect 4 "$HALLMARK" verify
has "changed after it was written"
rm -rf casebook; cp -r whole casebook
expect 0 "$HALLMARK" verify
sql "DELETE FROM given WHERE seq = (SELECT max(seq) FROM given)"
expect 4 "$HALLMARK" audit verify
has "truncated"
expect 4 "$HALLMARK" audit verify --json
same "$(value "['faults'][0]['fault']")" truncated "truncated"
expect 4 "$HALLMARK" audit verify --accept
expect 0 "$HALLMARK" audit verify
done_testing
