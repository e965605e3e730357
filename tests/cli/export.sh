#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# export.sh - each format is read by the real program where this machine has it; hostile values break none of them;
# a partner gets what the release rules let out, and it is entered.
. "$(dirname "$0")/lib.sh"

note() { printf 'skipped: %s\n' "$*"; }

# A program with strings of its own, in ASCII and UTF-16, a record, and a report with hostile values.
mkdir evidence
cat >hand.c <<'C'
#include <stdio.h>
const char *const lines[] = { "the quiet \"courier\" \\ walks at night", "%s: parcel for harbour 7, do not bend",
                              "D:\\night\\courier\\x64\\courier.pdb", "Global\\QuietCourierMutex_7731" };
const unsigned short wide[] = { 'W','i','d','e',' ','p','a','r','c','e','l',' ','l','a','b','e','l',0 };
int main(int argc, char **argv) { puts(lines[argc % 4]); return wide[argc % 3] == (unsigned short)argv[0][0]; }
C
${CC:-cc} -O1 -o evidence/courier hand.c || exit 99
printf '203.0.113.99 - - [24/Nov/2014:08:00:00 +0000] "GET /gate HTTP/1.1" 200 1 "-" "Visitor/1.0 (only a visitor)"\n' \
    >evidence/access.log
green=marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb
red=marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1
python3 - "$green" "$red" >evidence/report.json <<'P'
import json, sys
green, red = sys.argv[1:]
when = "2014-12-01T00:00:00.000Z"
def indicator(n, pattern, mark):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--0c7b5b88-8ff7-4a4d-aa9d-feb398cd00{n:02}",
            "created": when, "modified": when, "name": "x", "pattern": pattern, "pattern_type": "stix",
            "valid_from": when, "object_marking_refs": [mark]}
q = lambda s: s.replace("\\", "\\\\").replace("'", "\\'")
values = ["[domain-name:value = 'evil-courier.com']", "[ipv4-addr:value = '45.77.1.20']", "[ipv6-addr:value = '2a01:4f8::7']",
          "[url:value = 'http://evil-courier.com/a;b|c?d=\"e\"&f=1']", "[ipv4-addr:value = '8.8.8.8']",
          "[email-addr:value = 'post@evil-courier.com']", "[mutex:name = '" + q("a<b>&\"c\"'d'*?\\e: #{f}") + "']",
          "[windows-registry-key:key = '" + q("HKEY_LOCAL_MACHINE\\Software\\Night*Post") + "']",
          "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '" + q("Courier/1; \"quoted\" \\ |7C| 한국") + "']",
          "[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", "[file:name = '" + q("night 'post'.exe") + "']"]
objects = [indicator(i + 1, v, green) for i, v in enumerate(values)]
objects.append(indicator(60, "[domain-name:value = 'secret-courier.net']", red))
objects.append({"type": "attack-pattern", "spec_version": "2.1", "id": "attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061",
                "created": when, "modified": when, "name": "wipe", "object_marking_refs": [green],
                "external_references": [{"source_name": "mitre-attack", "external_id": "T1561.002"}]})
json.dump({"type": "bundle", "id": "bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "objects": objects}, sys.stdout)
P
expect 0 "$HALLMARK" init
cat >policy.txt <<'P'
partner us-cert 11111111-1111-4111-8111-111111111111 community
P
expect 0 "$HALLMARK" add "night \"post\" <&>; 밤" evidence
expect 0 "$HALLMARK" add innocent hand.c
incident="night \"post\" <&>; 밤"
ex() { expect 0 "$HALLMARK" export "$incident" "$@"; }

# Zeek
ex -f zeek-intel -o intel.dat
head -1 intel.dat | grep -qP '^#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc$' || fail "no header for Zeek"
awk -F'\t' 'NR > 1 && NF != 4 { print "columns: " NF ": " $0; bad = 1 } END { exit bad }' intel.dat || fail "a value broke a row"
grep -qP '^evil-courier.com\tIntel::DOMAIN\t' intel.dat || fail "no domain for Zeek"
grep -qP '^evil-courier.com/a' intel.dat || fail "no URL without its scheme"
grep -q '8\.8\.8\.8' intel.dat && fail "noise went to Zeek"
grep -q 'Visitor\|203.0.113.99' intel.dat && fail "a visitor went to Zeek"
grep -q "$(sha256sum evidence/courier | cut -d' ' -f1)" intel.dat || fail "no hash of the program"
grep -q "$(sha256sum evidence/access.log | cut -d' ' -f1)" intel.dat && fail "the hash of a log"
if command -v zeek >/dev/null; then
    zeek -e "@load frameworks/intel/seen
redef Intel::read_files += { \"$PWD/intel.dat\" };" || fail "Zeek does not read it"
else
    note "Zeek is not installed"
fi

# Suricata
ex -f suricata -o hallmark.rules
grep -q 'dns.query; dotprefix; content:".evil-courier.com"; nocase; endswith;' hallmark.rules || fail "no rule for the name"
grep -q 'alert ip any any <> \[2a01:4f8::7\] any' hallmark.rules || fail "no rule for IPv6"
grep -q '|22|' hallmark.rules || fail "a quote stands as it is"
grep -oE 'sid:[0-9]+' hallmark.rules | sort | uniq -d | grep . && fail "a number twice"
cp hallmark.rules first.rules
ex -f suricata -o hallmark.rules
cmp -s first.rules hallmark.rules || fail "rules change from one export to the next"
expect 2 "$HALLMARK" export "$incident" -f suricata-datasets
has "--output"
ex -f suricata-datasets -o datasets
same "$(while read -r line; do echo "$line" | base64 -d; echo; done <datasets/hallmark-domains.lst | sort)" \
    "evil-courier.com
secret-courier.net" "names in base64"
expect 4 "$HALLMARK" export "$incident" -f suricata-datasets -o datasets
if command -v suricata >/dev/null; then
    suricata -T -S hallmark.rules -l . || fail "Suricata does not take the rules"
    (cd datasets && suricata -T -S hallmark.rules -l .) || fail "Suricata does not take the lists"
else
    note "Suricata is not installed"
fi

# Sigma: our own reader takes every rule; YAML as others read it.
ex -f sigma -o rules.yml
expect 0 "$HALLMARK" rules check rules.yml
has " 0 refused"
if python3 -c 'import yaml' 2>/dev/null; then
    python3 - <<'P' || fail "Sigma as YAML"
import yaml
docs = list(yaml.safe_load_all(open("rules.yml")))
assert len(docs) >= 4, len(docs)
keys = [v for d in docs for v in d["detection"].get("selection_1", {}).get("TargetObject|contains", [])]
assert keys == [r"\\software\\night\*post"], keys
assert all(d["logsource"] and d["detection"]["condition"] for d in docs)
P
else
    note "PyYAML is not installed"
fi
printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":22,"QueryName":"www.evil-courier.com"}\n' >event.json
expect 0 "$HALLMARK" detect --rules rules.yml event.json
has "a name was asked for by a program"

# OpenIOC: an XML parser reads it.
ex -f openioc -o list.ioc
python3 - <<'P' || fail "OpenIOC as XML"
import xml.etree.ElementTree as ET
ns = "{http://schemas.mandiant.com/2010/ioc}"
root = ET.parse("list.ioc").getroot()
values = {i.find(ns + "Content").text for i in root.iter(ns + "IndicatorItem")}
assert "evil-courier.com" in values and "a<b>&\"c\"'d'*?\\e: #{f}" in values, values
P

# And we read it again: what it states is a report's.
expect 0 "$HALLMARK" add from-openioc list.ioc
expect 0 "$HALLMARK" show from-openioc --traits
has "evil-courier.com"
has "a<b>&"
expect 0 "$HALLMARK" export from-openioc -f list --class domain --to us-cert --policy policy.txt --tlp clear -o held.lst
same "$(grep -c courier held.lst)" 0 "what was only read in a report is its author's"

# The Navigator's layer, CSV, a list.
ex -f navigator -o layer.json
python3 -c 'import json; l = json.load(open("layer.json")); assert l["techniques"][0]["techniqueID"] == "T1561.002" and l["versions"]["layer"] == "4.5"' || fail "layer"
ex -f csv
has '"evil-courier.com"'
ex -f list --class domain
same "$(sort <<<"$out")" "# TLP:AMBER+STRICT
evil-courier.com
secret-courier.net" "the list"
expect 2 "$HALLMARK" export "$incident" -f pdf
expect 2 "$HALLMARK" export "$incident" --class nonsense

# YARA: no baseline, no rule; then the real engine hits the program and nothing else.
expect 2 "$HALLMARK" rule "$incident"
has "baseline learn"
mkdir harmless
sed 's/quiet/busy/' hand.c | sed 's/courier/plumber/g' >harmless/other.c
printf '%%s: parcel for harbour 7, do not bend' >harmless/text
expect 0 "$HALLMARK" rule "$incident" --against harmless -o rule.yar
grep -q 'walks at night' rule.yar || fail "the rarest string is not in the rule"
grep -q 'wide' rule.yar || fail "the wide string is not in the rule"
if command -v yara >/dev/null; then
    expect 0 yara -w rule.yar evidence/courier
    has courier
    expect 0 yara -w -r rule.yar /usr/bin/env
    same "$out" "" "a false alarm"
else
    note "YARA is not installed"
fi
# A folder that holds the program itself: everything rings, nothing is printed.
expect 1 "$HALLMARK" rule "$incident" --against evidence
has "rare enough"
expect 1 "$HALLMARK" rule innocent --against harmless
ex -f yara -o export.yar

# To a partner: by the rules, entered first.
expect 2 "$HALLMARK" export "$incident" -f zeek-intel --to us-cert --policy policy.txt
has "--output"
expect 2 "$HALLMARK" export "$incident" -f zeek-intel --to us-cert -o given.dat
ex -f zeek-intel --to us-cert --policy policy.txt -o given.dat
has "entry "
grep -q evil-courier.com given.dat || fail "what the author lets out is missing"
grep -q secret-courier given.dat && fail "what is RED left"
grep -q "$(sha256sum evidence/courier | cut -d' ' -f1)" given.dat && fail "what is unmarked left"
grep -q 'night "post"' given.dat && fail "the incident's name left"
ex -f zeek-intel --to us-cert --policy policy.txt --tlp green -o given.dat
grep -q "$(sha256sum evidence/courier | cut -d' ' -f1)" given.dat || fail "what is green is missing"
ex -f zeek-intel --to us-cert --policy policy.txt --tlp red -o given.dat
grep -q "$(sha256sum evidence/courier | cut -d' ' -f1)" given.dat && fail "what is red left"

# Two worlds: the held indicator leaves no trace in any format.
python3 - <<'P'
import json
b = json.load(open("evidence/report.json"))
b["objects"] = [o for o in b["objects"] if "secret-courier" not in json.dumps(o)]
json.dump(b, open("without.json", "w"))
P
mkdir other
cp evidence/courier evidence/access.log other/
cp without.json other/report.json
for world in evidence other; do
    HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" init >/dev/null
    HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" add same $world >/dev/null
done
for format in csv list zeek-intel suricata sigma openioc navigator yara; do
    for world in evidence other; do
        HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" export same -f $format --tlp clear --to us-cert --policy policy.txt \
            -o $world.$format >/dev/null 2>&1 || fail "no $format for the partner"
        # ids follow from the incident's own random id
        sed -Ei 's/[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/ID/g' $world.$format
    done
    cmp evidence.$format other.$format || fail "a held object shows in $format"
done
done_testing
