#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# detect.sh - STIX patterns and Sigma rules over events, without a casebook.
. "$(dirname "$0")/lib.sh"

cat >seen.json <<'J'
{"type":"bundle","objects":[
 {"type":"observed-data","id":"observed-data--1","first_observed":"2014-11-24T08:00:00Z",
  "last_observed":"2014-11-24T08:00:00Z","number_observed":2,"object_refs":["file--1"]},
 {"type":"file","id":"file--1","name":"wiper.exe","size":7}]}
J
expect 0 "$HALLMARK" pattern match "[file:name MATCHES '^wip'] REPEATS 2 TIMES" seen.json
has "match in 1 observation"
has "observed-data--1  2014-11-24T08:00:00Z, 2 times"
expect 0 "$HALLMARK" --json pattern match "[file:size > 5]" seen.json
same "$(value "['bound'][0]['id']")" observed-data--1 "bound observation"
expect 1 bash -c "cat seen.json | $HALLMARK pattern match '[file:size > 7]' -"
expect 1 "$HALLMARK" pattern match "[file:size > 7]" seen.json
has "no match"
expect 2 "$HALLMARK" pattern match "[file:size >" seen.json
has "at byte 12"
expect 2 "$HALLMARK" pattern match "[file:name MATCHES '(?=a)']" seen.json
has "linear time"
expect 3 "$HALLMARK" pattern match "[file:size > 7]" nowhere.json
echo '{}' >empty.json
expect 3 "$HALLMARK" pattern match "[file:size > 7]" empty.json

mkdir -p rules/sub
cat >rules/sub/one.yml <<'Y'
title: Shell started by an office program
id: 11111111-2222-4333-8444-555555555555
level: high
tags: [attack.t1059]
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: ['\cmd.exe', '\powershell.exe']
    ParentImage|endswith: '\winword.exe'
  condition: selection
Y
printf 'title: broken\nlogsource: {}\ndetection:\n  s: {A|sounds: x}\n  condition: s\n' >rules/two.yml
echo 'not a rule' >rules/readme.txt
expect 3 "$HALLMARK" rules check rules
has "rules/two.yml: line 4: modifier \"sounds\" is not known"
has "2 files: 1 rules understood, 1 refused"
expect 3 "$HALLMARK" --json rules check rules
same "$(value "['understood']")" 1 "rules understood"

channel=Microsoft-Windows-Sysmon/Operational
{
    printf '{"Event":{"System":{"EventID":1,"Channel":"%s"},"EventData":{"Image":"C:\\\\CMD.exe","ParentImage":"C:\\\\WINWORD.EXE"}}}\n' $channel
    printf '{"Event":{"System":{"EventID":13,"Channel":"%s"},"EventData":{"Image":"C:\\\\CMD.exe","ParentImage":"C:\\\\WINWORD.EXE"}}}\n' $channel
    printf '\n{"Image":"C:\\\\x.exe"}\n'
} >events.jsonl
expect 0 "$HALLMARK" detect --rules rules events.jsonl
has "events.jsonl:1  high"
has "Shell started by an office program"
has "1 rules were refused"
has "3 events, 1 rules, 1 hits, 0 unreadable"
expect 0 "$HALLMARK" --json detect --rules rules events.jsonl
same "$(value "['hits'][0]['tags'][0]")" attack.t1059 "tag of the hit"
same "$(value "['hit_count']")" 1 "hits"
# hits are evidence: their techniques become traits
cp "$house/.out" hits.json
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add office hits.json
expect 0 "$HALLMARK" show office --class technique
has "T1059"
expect 0 "$HALLMARK" show office --class rule-hit
# correlations: two hits within a minute, and one whose rule is missing
mkdir more
printf 'title: base\nname: base\nlogsource: {category: x}\ndetection: {s: {kind: a}, condition: s}\n---\ntitle: twice\nlevel: high\ncorrelation: {type: event_count, rules: [base], timespan: 1m, condition: {gte: 2}}\n' >more/twice.yml
printf '{"@timestamp":"2025-10-10T10:00:00Z","kind":"a"}\n{"@timestamp":"2025-10-10T10:00:30Z","kind":"a"}\n' >twice.jsonl
expect 0 "$HALLMARK" detect --rules more twice.jsonl
has "twice.jsonl:2  high          twice"
has "2 rules, 1 hits"
printf 'title: lost\ncorrelation: {type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 2}}\n' >more/lost.yml
expect 3 "$HALLMARK" rules check more
has "not among these rules"
# documents of several lines, one behind the other, and a line that is none
python3 -c "
import json
for line in open('events.jsonl'):
    if line.strip(): print(json.dumps(json.loads(line), indent=1))" >pretty.json
printf 'this is no event\x1b[31m\n' >>pretty.json
expect 3 "$HALLMARK" detect --rules rules pretty.json
has "3 events, 1 rules, 1 hits, 1 unreadable"
safe_output
printf '{"Image":"C:\\\\x.exe"}' >quiet.json
expect 1 "$HALLMARK" -q detect --rules rules quiet.json
expect 2 "$HALLMARK" detect events.jsonl
expect 2 "$HALLMARK" detect --rules rules/readme.txt events.jsonl
done_testing
