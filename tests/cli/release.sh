#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# release.sh - what a partner gets, what is held back and why; hidden objects leave no trace.
. "$(dirname "$0")/lib.sh"

green=marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb
red=marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1
cat >policy.txt <<'P'
# partners
partner us-cert 11111111-1111-4111-8111-111111111111 community
partner home    22222222-2222-4222-8222-222222222222 own
P
tool() { # ID NAME MARKING
    printf '{"type":"tool","spec_version":"2.1","id":"tool--%s","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"%s","object_marking_refs":["%s"]}' "$1" "$2" "$3"
}
a=0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061 b=0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062
open=$(tool $a shown $green)
secret=$(tool $b secretname $red)
edge='{"type":"relationship","spec_version":"2.1","id":"relationship--'$a'","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","relationship_type":"related-to","source_ref":"tool--'$a'","target_ref":"tool--'$b'","object_marking_refs":["'$green'"]}'
bundle() { printf '{"type":"bundle","id":"bundle--%s","objects":[%s]}' $a "$1"; }

bundle "$open,$secret,$edge" >both.json
expect 0 "$HALLMARK" release explain both.json --to us-cert --policy policy.txt
has "1 released, 0 redacted, 2 held"
has "tlp-red"
has "reference"
expect 0 "$HALLMARK" release explain both.json --to us-cert --policy policy.txt --json
same "$(value "['objects'][1]['rule']")" tlp-red "rule"
expect 2 "$HALLMARK" release explain both.json --to nobody --policy policy.txt
expect 2 "$HALLMARK" release explain both.json --to us-cert
printf 'partner x\n' >bad.txt
expect 3 "$HALLMARK" release explain both.json --to x --policy bad.txt
has "line 1"

# Two worlds: with the hidden objects and without.
expect 0 "$HALLMARK" init
mkdir with without
cp both.json with/report.json
bundle "$open" >without/report.json
printf '203.0.113.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "probe/1.0"\n' | tee with/access.log >without/access.log
"$HALLMARK" add with with --allow-weak-jail >/dev/null
"$HALLMARK" add without without --allow-weak-jail >/dev/null
expect 0 "$HALLMARK" share with --to us-cert --policy policy.txt --preview
has "tlp-red"
has "no-marking"
expect 0 "$HALLMARK" share with --to us-cert --policy policy.txt --tlp green --output with.json
expect 0 "$HALLMARK" share without --to us-cert --policy policy.txt --tlp green --output without.json
cmp with.json without.json || fail "hidden objects change what leaves"
grep -q 203.0.113.7 with.json || fail "the observable is missing"
grep -q secretname with.json && fail "the secret left"
expect 0 "$HALLMARK" stix validate with.json
expect 2 "$HALLMARK" share with --to us-cert --policy policy.txt
done_testing
