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
expect 1 "$HALLMARK" attribute stranger --statements who.tsv
has "none that I know"
# Nobody said anything: nobody is known.
expect 1 "$HALLMARK" attribute new
has "against 0 actors"

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
if [ -n "${HALLMARK_SHARED:-}" ] && [ -f "$HALLMARK_SHARED/testdata/attribution/dev.jsonl" ]; then
    expect 0 "$HALLMARK" model evaluate "$HALLMARK_SHARED/testdata/attribution/dev.jsonl" --from 2022-11-01 --json
    [ "$(value "['top1'] > 0.6")" = True ] || fail "top1 fell below 0.6"
fi
done_testing
