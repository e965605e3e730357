#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# misp.sh - a MISP event in, out, and in again: what MISP can say survives, what it cannot is said.
. "$(dirname "$0")/lib.sh"

us=11111111-1111-4111-8111-111111111111
printf 'partner world %s public\npartner home 22222222-2222-4222-8222-222222222222 own\n' $us >policy.txt
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add post "$HALLMARK_SOURCE_ROOT/tests/cases/misp/event.json" --allow-weak-jail
expect 0 "$HALLMARK" show post --class address
has "45.77.1.20"
expect 0 "$HALLMARK" export post --format misp --tlp green -o one.json
python3 - one.json <<'PY' || fail "the event"
import json, sys
event = json.load(open(sys.argv[1]))["Event"]
values = {(a["type"], a["value"]): a for a in event["Attribute"]}
assert values["ip-dst", "45.77.1.20"]["to_ids"] is True
assert values["domain", "night.post-office.net"]["to_ids"] is False
assert ("imphash", "0123456789abcdef0123456789abcdef") in values
assert ("hostname", "expyuzz4wqqyqhjn.onion") in values
assert {t["name"] for t in event["Tag"]} >= {"tlp:green", 'misp-galaxy:mitre-attack-pattern="T1566.001"'}
assert event["distribution"] == "1" and event["date"] and len({a["uuid"] for a in event["Attribute"]}) == len(values)
PY
expect 0 "$HALLMARK" export post --format misp --tlp green -o two.json
cmp one.json two.json || fail "the same state gives another event"
# In again: the same values, of the same classes.
expect 0 "$HALLMARK" add again one.json --allow-weak-jail
for class in address range domain onion sha1 sha256 md5 import-hash file-name technique registry-key; do
    "$HALLMARK" show post --class $class --json | python3 -c 'import json,sys; [print(t["value"]) for t in json.load(sys.stdin)["traits"] if t["value"] not in ("event.json",)]' | sort >a.txt 2>a.err
    "$HALLMARK" show again --class $class --json | python3 -c 'import json,sys; [print(t["value"]) for t in json.load(sys.stdin)["traits"] if t["value"] not in ("one.json",)]' | sort >b.txt 2>b.err
    case $class in
    md5 | sha1 | sha256 | file-name) # each file adds its own
        missing=$(comm -23 a.txt b.txt)
        [ -z "$missing" ] || fail "$class lost: $missing" ;;
    *) cmp a.txt b.txt || fail "$class does not survive" ;;
    esac
    [ -s a.txt ] || fail "no $class to compare: $(cat a.err)"
done
# What MISP has no type for is counted.
mkdir logs
printf '203.0.113.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "probe/1.0"\n' >logs/access.log
printf '{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[{"type":"malware","spec_version":"2.1","is_family":false,"id":"malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z","name":"nightpost"}]}' >logs/report.json
expect 0 "$HALLMARK" add log logs --allow-weak-jail
expect 0 "$HALLMARK" export log --format misp
has "MISP has no type for them"
# The same by share: a preview enters nothing, what is given is entered, the loss is said on standard error too.
expect 2 "$HALLMARK" share log --format misp --preview
has "--to"
expect 0 "$HALLMARK" share log --format misp --tlp clear --to world --policy policy.txt --preview
has "would leave to world as a MISP event"
expect 0 "$HALLMARK" share log --format misp --tlp clear --to world --policy policy.txt -o log.json
has "of the memory of what was given"
same "$(grep -c 'cannot say' <<<"$out$err")" 1 "the loss on standard error"
cmp -s log.json <("$HALLMARK" export log --format misp --tlp clear --to world --policy policy.txt -o again.json >again.out; cat again.json) || fail "share and export differ"
expect 2 "$HALLMARK" share log --format pdf --to world --policy policy.txt -o x
expect 2 "$HALLMARK" share log --format misp --json --to world --policy policy.txt -o x
# A feed: two events, one manifest; for a partner only what the rules let go, and entered.
expect 2 "$HALLMARK" export post --format misp-feed
expect 0 "$HALLMARK" export post --format misp-feed --tlp clear -o feed
expect 0 "$HALLMARK" export log --format misp-feed --tlp clear --to world --policy policy.txt -o feed
expect 0 "$HALLMARK" audit list
has "misp-feed"
python3 - feed <<'PY' || fail "the feed"
import json, os, sys
manifest = json.load(open(sys.argv[1] + "/manifest.json"))
assert len(manifest) == 2
for uuid, head in manifest.items():
    event = json.load(open(f"{sys.argv[1]}/{uuid}.json"))["Event"]
    assert event["uuid"] == uuid and event["info"] == head["info"] and event["Orgc"] == head["Orgc"]
assert sorted(os.listdir(sys.argv[1])) == sorted([u + ".json" for u in manifest] + ["manifest.json"])
PY
expect 0 "$HALLMARK" export log --format misp-feed --tlp clear --to world --policy policy.txt -o feed
same "$(python3 -c 'import json; print(len(json.load(open("feed/manifest.json"))))')" 2 "an event is named once"
printf 'broken' >feed/manifest.json
expect 3 "$HALLMARK" export post --format misp-feed --tlp clear -o feed
has "manifest"
expect 0 "$HALLMARK" add feed feed --allow-weak-jail
done_testing
