#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# examples.sh - what examples/with/README.md promises to other programs, as far as it can be run without them.
. "$(dirname "$0")/lib.sh"
with=$HALLMARK_SOURCE_ROOT/examples/with
printf 'malice.test.co.kr\n5.188.10.77\n6f8e1a2b3c4d5e6f708192a3b4c5d6e7\n' >list.txt
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add seoul list.txt
expect 0 "$HALLMARK" export seoul -f zeek-intel -o hallmark.intel
head -1 hallmark.intel | grep -q '^#fields	indicator	indicator_type' || fail "no header that Zeek reads"
grep -q '^malice.test.co.kr	Intel::DOMAIN' hallmark.intel || fail "no domain for Zeek"
grep -q "$(basename hallmark.intel)" "$with/hallmark.zeek" || fail "the Zeek script loads another file"
expect 0 "$HALLMARK" export seoul -f suricata-datasets -o datasets
compgen -G 'datasets/*.rules' >/dev/null || fail "no rules for Suricata"
expect 0 "$HALLMARK" export seoul -f misp-feed --tlp clear -o feed
[ -s feed/manifest.json ] || fail "no manifest for MISP"
event=$(find feed -name '*-*.json' | head -1)
expect 0 "$HALLMARK" add report "$event"
expect 0 "$HALLMARK" show report --class domain
has malice.test.co.kr
expect 0 "$HALLMARK" export seoul -f csv -o lookup.csv
# What other programs saw comes back.
printf '{"timestamp":"2014-11-24T08:00:00.000000+0000","event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.1","dns":{"type":"query","rrname":"malice.test.co.kr"}}\n' >eve.json
expect 0 "$HALLMARK" add seen eve.json
expect 0 "$HALLMARK" show seen --class domain
has malice.test.co.kr
expect 0 "$HALLMARK" watch --once --json -i list.txt eve.json
same "$(value "['event']['kind']")" alert "a hit as ECS"
for page in suricata.yaml filebeat.yml; do
    python3 -c 'import yaml' 2>/dev/null || break
    python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$with/$page" || fail "$page is no YAML"
done
done_testing
