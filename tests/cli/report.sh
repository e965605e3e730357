#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# report.sh - an advisory in three languages: every source is listed, nothing hostile comes alive, nothing held leaves.
. "$(dirname "$0")/lib.sh"

green=marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb
red=marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1
cat >policy.txt <<'P'
partner us-cert 11111111-1111-4111-8111-111111111111 community
P
expect 0 "$HALLMARK" init
mkdir first second
python3 - "$green" "$red" <<'P'
import json, sys
green, red = sys.argv[1:]
when = "2014-12-01T00:00:00.000Z"
bad = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egpj.exe `|` [x](http://evil.example) &lt; \"'"
def indicator(n, pattern, mark):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--0c7b5b88-8ff7-4a4d-aa9d-feb398cd00{n:02}",
            "created": when, "modified": when, "pattern": pattern, "pattern_type": "stix", "valid_from": when,
            "object_marking_refs": [mark]}
q = lambda s: s.replace("\\", "\\\\").replace("'", "\\'")
identity = "identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0070"
def make(name, extra):
    json.dump({"type": "bundle", "id": "bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "objects": [
        indicator(1, "[domain-name:value = 'evil-courier.com']", green),
        indicator(2, "[mutex:name = '" + q(bad) + "']", green),
        indicator(3, "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Courier/7 (quiet)']", green),
        indicator(4, "[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", green),
        indicator(5, "[mutex:name = 'QuietCourier7731']", green),
        {"type": "identity", "spec_version": "2.1", "id": identity, "created": when, "modified": when, "name": "Bureau " + bad,
         "object_marking_refs": [green]},
        {"type": "intrusion-set", "spec_version": "2.1", "id": "intrusion-set--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0071",
         "created": when, "modified": when, "name": "Kestrel", "object_marking_refs": [green]},
        {"type": "note", "spec_version": "2.1", "id": "note--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0072", "created": when,
         "modified": when, "created_by_ref": identity, "content": bad, "object_marking_refs": [green],
         "object_refs": ["intrusion-set--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0071"]}] + extra}, open(name, "w"))
secret = [indicator(60, "[domain-name:value = 'secret-courier.net']", red),
          {"type": "note", "spec_version": "2.1", "id": "note--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0073", "created": when,
           "modified": when, "created_by_ref": identity, "content": "SECRETNOTE", "object_marking_refs": [red],
           "object_refs": ["intrusion-set--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0071"]}]
make("first/report.json", secret)
make("second/report.json", [])
make("without.json", [])
P
printf '198.51.100.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n' >"first/a<b>\"'&|\`.log"
expect 0 "$HALLMARK" add "night <b>post</b> | 밤" first
expect 0 "$HALLMARK" add second second
incident="night <b>post</b> | 밤"
expect 0 "$HALLMARK" claim add "$incident" --by "FBI <i>" --on 2014-12-19 --actor "North Korea" --ground "lines <of> code"
expect 0 "$HALLMARK" claim add "$incident" --by Norse --on 2014-12-29 --actor "six people" --opinion disagree

for lang in en ko ja; do
    expect 0 "$HALLMARK" report "$incident" --format html --lang $lang -o $lang.html
    expect 0 "$HALLMARK" report "$incident" --format markdown --lang $lang -o $lang.md
done
python3 - <<'P' || fail "the HTML"
import re
from html.parser import HTMLParser
VOID = {"meta", "img", "br", "link"}
class Look(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.refs, self.text, self.cites = [], set(), [], [], 0
    def handle_starttag(self, tag, attrs):
        allowed = {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "sup", "a", "table", "tr", "th", "td", "code"}
        assert tag in allowed, tag
        attrs = dict(attrs)
        assert not any(k.startswith("on") or k == "src" for k in attrs), attrs
        if tag == "a": self.refs.append(attrs["href"])
        if "id" in attrs: self.ids.add(attrs["id"])
        if tag not in VOID: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag
    def handle_data(self, data): self.text.append(data)
texts = {}
for lang in ("en", "ko", "ja"):
    raw = open(lang + ".html", encoding="utf-8").read()
    look = Look(); look.feed(raw); look.close()
    assert look.open == [], look.open
    assert look.refs and all(r[0] == "#" and r[1:] in look.ids for r in look.refs), "a source is not listed"
    assert raw.count('TLP:AMBER+STRICT') >= 3 and "default-src 'none'" in raw and f'lang="{lang}"' in raw
    assert "<script" not in raw and "\u202e" not in raw and "url(" not in raw and "@import" not in raw
    texts[lang] = "".join(look.text)
    assert "<script>alert(1)</script>" in texts[lang], "the value is not shown as it is"
    assert "evil-courier[.]com" in texts[lang] and "evil-courier.com" not in texts[lang].replace("[.]", "?")
assert "합동 사이버보안 권고문" in texts["ko"] and "의문을 제기하였습니다" in texts["ko"] and "밝혔습니다" in texts["ko"]
assert "共同サイバーセキュリティ" in texts["ja"] and "疑義を示しました" in texts["ja"]
assert "says that" in texts["en"] and "doubts that" in texts["en"] and "not weighed" in texts["en"]
# A degree of support and a probability are never in one sentence.
for sentence in re.split(r"(?<=[.。])", texts["en"]):
    assert not ("likelihood ratio" in sentence and "probability" in sentence), sentence
P
python3 - <<'P' || fail "the Markdown"
import re
for lang in ("en", "ko", "ja"):
    raw = open(lang + ".md", encoding="utf-8").read()
    assert raw.startswith("**TLP:AMBER+STRICT**") and raw.rstrip().endswith("**TLP:AMBER+STRICT**")
    listed = set(re.findall(r"^\[\^(\d+)\]:", raw, re.M))
    cited = set(re.findall(r"\[\^(\d+)\](?!:)", raw))
    assert cited and cited == listed, (cited ^ listed)
    prose = re.sub(r"(`+)(?:(?!\1).)*\1", "", raw)
    assert "<" not in prose and "\u202e" not in raw, [l for l in prose.splitlines() if "<" in l]
    assert not re.search(r"(?<!\\)\]\(", prose)
P
for tool in cmark-gfm cmark; do
    if command -v $tool >/dev/null; then
        $tool en.md | grep -q '<script' && fail "$tool makes a script of it"
    fi
done
expect 0 "$HALLMARK" report "$incident" --lang ko
safe_output
"$HALLMARK" report "$incident" >again.md
"$HALLMARK" report "$incident" | cmp -s - again.md || fail "the same question twice gave two answers"

# With statements: whose it may be, degree and probability apart.
printf 'second\tKestrel\t2014-11-01\n' >who.tsv
expect 0 "$HALLMARK" report "$incident" --statements who.tsv
has "likelihood ratio about"
has "probability that"
expect 0 "$HALLMARK" report "$incident" --statements who.tsv --lang ja
has "尤度比"

# To a partner: what is held leaves no trace, and without --with-findings no other incident is named.
expect 2 "$HALLMARK" report "$incident" --to us-cert --policy policy.txt -o x.md
has "--tlp"
expect 0 "$HALLMARK" report "$incident" --to us-cert --policy policy.txt --tlp green -o given.md
has "entry"
grep -q 'SECRETNOTE\|secret-courier' given.md && fail "what is RED left"
grep -q 'evil-courier' given.md || fail "what is green is missing"
grep -q 'Kestrel' given.md || fail "the author's own statement is missing"
grep -q 'second\|bits' given.md && fail "a finding left"
grep -q 'TLP:GREEN' given.md || fail "no marking"
expect 0 "$HALLMARK" report "$incident" --to us-cert --policy policy.txt --tlp red -o given.md
grep -q 'night\|North Korea\|198.51' given.md && fail "what is ours and red left"
expect 0 "$HALLMARK" report "$incident" --to us-cert --policy policy.txt --tlp green --with-findings -o given.md
cp first/*.log .
mkdir world-a world-b
cp first/* world-a/ && cp without.json world-b/report.json && cp first/*.log world-b/
for world in world-a world-b; do
    HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" init >/dev/null
    HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" add same $world >/dev/null
    for format in html markdown; do
        HALLMARK_CASEBOOK=$PWD/book-$world "$HALLMARK" report same --format $format --tlp green --to us-cert --policy policy.txt \
            -o $world.$format >/dev/null || fail "no report for the partner"
    done
done
cmp world-a.html world-b.html && cmp world-a.markdown world-b.markdown || fail "a held object shows"

expect 2 "$HALLMARK" report "$incident" --format pdf
expect 2 "$HALLMARK" report "$incident" --lang de
expect 2 "$HALLMARK" report nobody
expect 3 "$HALLMARK" report "$incident" --statements does-not-exist
done_testing
