#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# claim.sh - statements are kept, shown beside findings, answered by partners, withdrawn; no score ever moves.
. "$(dirname "$0")/lib.sh"

expect 0 "$HALLMARK" init
mkdir lists
for i in 1 2 3; do
    printf '%s\n' "update-$i-kestrel.net" "http://cdn$i.kestrel-host.com/panel/gate.php" "45.77.1$i.20" >lists/kestrel-$i
    printf '%s\n' "heron$i.river-docs.info" "http://heron-files$i.top/u/load.aspx" "91.204.2$i.7" >lists/heron-$i
    expect 0 "$HALLMARK" add "kestrel-$i" "lists/kestrel-$i"
    expect 0 "$HALLMARK" add "heron-$i" "lists/heron-$i"
    printf 'kestrel-%s\tKestrel\t2014-0%s-01\nheron-%s\tHeron\t2014-0%s-02\n' $i $i $i $i >>who.tsv
done
printf '%s\n' "update-9-kestrel.net" "http://cdn1.kestrel-host.com/panel/gate.php" "45.77.11.20" >lists/new
expect 0 "$HALLMARK" add new lists/new

# All that a question answers, but for the claims and the casebook's counter of changes.
scores() {
    "$HALLMARK" attribute new --statements who.tsv --json | python3 -c '
import json, sys
a = json.load(sys.stdin); a.pop("claims"); a.pop("generation"); print(json.dumps(a))'
    "$HALLMARK" compare new --json | python3 -c '
import json, sys
a = json.load(sys.stdin); a.pop("generation"); print(json.dumps(a))'
}
scores >before

expect 1 "$HALLMARK" claim list new
has "nobody has said anything"
expect 0 "$HALLMARK" claim add new --by FBI --on 2014-12-19 --actor Kestrel --grade B2 --confidence high \
    --ground "similarities in specific lines of code" --source "Update" --document who.tsv
same "${out#note--}" "${out##*note--}" "the id"
first=$out
expect 0 "$HALLMARK" claim add new --by "$(printf 'Nor\033[31mse')" --on 2014-12-29 --actor "six individuals"
expect 0 "$HALLMARK" claim add new --by Kaspersky --on 2014-12-04 --like heron-1 --opinion neutral \
    --ground "do not prove that the crew is the same"
expect 0 "$HALLMARK" claim add --of Kestrel --by Novetta --on 2016-02-24 --actor "A state" --json
value "['id']" >/dev/null || fail "no id in JSON"
scores >after
cmp -s before after || fail "a claim moved a score"

expect 0 "$HALLMARK" claim list new
safe_output
has 'Kaspersky on 2014-12-04 leaves open whether "new" is related to "heron-1"'
has "stated confidence 85 of 100, graded B2"
has "lines of code"
lacks "Novetta"
expect 0 "$HALLMARK" claim list
has "Novetta"
expect 0 "$HALLMARK" show new
has "never weighed"
expect 0 "$HALLMARK" attribute new --statements who.tsv
has "FBI on 2014-12-19"
"$HALLMARK" claim list new --json >.out
same "$(value "['claims'][1]['publisher']")" FBI "order by day"
same "$(value "['claims'][1]['confidence']")" 85 "stated confidence"
same "$(value "['claims'][1]['document']")" "$(sha256sum who.tsv | cut -d' ' -f1)" "the document's hash"

# A partner answers in STIX; the opinion finds the ledger's row.
cat >answer.json <<J
{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[
{"type":"identity","spec_version":"2.1","id":"identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2015-01-02T00:00:00.000Z","modified":"2015-01-02T00:00:00.000Z","name":"JPCERT"},
{"type":"opinion","spec_version":"2.1","id":"opinion--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062","created":"2015-01-02T00:00:00.000Z","modified":"2015-01-02T00:00:00.000Z","created_by_ref":"identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","opinion":"disagree","explanation":"seen elsewhere too","object_refs":["$first"]}]}
J
expect 0 "$HALLMARK" add mailbox answer.json
expect 0 "$HALLMARK" claim list new
has 'JPCERT on 2015-01-02 doubts that "new" is attributed to "Kestrel"'
has "seen elsewhere too"

expect 0 "$HALLMARK" claim withdraw "$first" --why "their own address"
expect 4 "$HALLMARK" claim withdraw "$first"
has "already"
expect 4 "$HALLMARK" claim withdraw note--nothing
has "claim list"
expect 0 "$HALLMARK" claim withdraw opinion--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062
expect 0 "$HALLMARK" claim list new
has "withdrawn: their own address"
# A new incident came in, so rarities may have; whose it may be rests on the stated ones alone.
scores | head -1 >after
head -1 before | cmp -s - after || fail "withdrawals or an opinion moved a score"

# Mistakes say what is missing.
expect 2 "$HALLMARK" claim add new --by FBI --on 2014-12-19
has "--actor"
expect 2 "$HALLMARK" claim add --by FBI --on 2014-12-19 --actor X
has "--of"
expect 2 "$HALLMARK" claim add new --on 2014-12-19 --actor X
has "--by"
expect 2 "$HALLMARK" claim add new --by FBI --on yesterday --actor X
has "2014-12-19"
expect 2 "$HALLMARK" claim add new --by FBI --on 2014-12-19 --actor X --grade Z9
has "Admiralty"
expect 2 "$HALLMARK" claim add new --by FBI --on 2014-12-19 --actor X --confidence 101
expect 2 "$HALLMARK" claim add new --by FBI --on 2014-12-19 --actor X --opinion maybe
expect 2 "$HALLMARK" claim add new --by "$(printf '\377')" --on 2014-12-19 --actor X
expect 3 "$HALLMARK" claim add new --by FBI --on 2014-12-19 --actor X --document does-not-exist
expect 2 "$HALLMARK" claim add nobody --by FBI --on 2014-12-19 --actor X
expect 0 "$HALLMARK" verify
done_testing
