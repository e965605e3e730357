#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# overlap.sh - two houses learn how much they have in common, then what, and nobody else anything.
. "$(dirname "$0")/lib.sh"

seoul_id=11111111-1111-4111-8111-111111111111 tokyo_id=22222222-2222-4222-8222-222222222222
line() { printf '203.0.113.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "%s"\n' "$1"; }
mkdir seoul tokyo
for i in $(seq 1 40); do line "probe/7.$i"; done >seoul/access.log
for i in $(seq 36 60); do line "probe/7.$i"; done >tokyo/access.log
s() { HALLMARK_CASEBOOK=$house/s HALLMARK_STATE=$house/state-s "$HALLMARK" "$@"; }
t() { HALLMARK_CASEBOOK=$house/t HALLMARK_STATE=$house/state-t "$HALLMARK" "$@"; }
expect 0 s init
expect 0 t init
s add attack seoul --allow-weak-jail >/dev/null
t add attack tokyo --allow-weak-jail >/dev/null
expect 0 s overlap key
seoul_key=$out
expect 0 t overlap key
tokyo_key=$out
printf 'partner tokyo %s community\nkey %s %s\n' $tokyo_id $tokyo_id "$tokyo_key" >s.policy
printf 'partner seoul %s community\nkey %s %s\n' $seoul_id $seoul_id "$seoul_key" >t.policy
to_t=(--to tokyo --policy s.policy) to_s=(--to seoul --policy t.policy)

# Without a marking nothing enters; with one that the partner may not have, neither.
expect 0 s overlap offer attack "${to_t[@]}" -o none.msg --json
same "$(value "['entered']")" 0 "unmarked"
expect 0 s overlap offer attack "${to_t[@]}" --tlp amber -o none.msg --json
same "$(value "['entered']")" 0 "amber to a community partner"

# Values come after a count, never first.
expect 4 s overlap offer attack "${to_t[@]}" --tlp green --values -o early.msg
has "values follow a count"

expect 0 s overlap offer attack "${to_t[@]}" --tlp green --class user-agent -o 1.msg --json
same "$(value "['entered']")" 40 "entered"
same "$(value "['padded']")" 256 "padded"
expect 0 t overlap answer 1.msg attack "${to_s[@]}" --tlp green --class user-agent -o 2.msg
expect 0 s overlap finish 2.msg "${to_t[@]}" -o 3.msg --json
same "$(value "['common']")" 5 "seoul"
same "$(value "['values']")" "[]" "a count tells no value"
expect 0 t overlap result 3.msg "${to_s[@]}"
has "5 in common of our 25"
grep -q "probe" 1.msg 2.msg 3.msg && fail "a value stands in a message"
# It is over: nothing can be asked again with the same messages.
expect 4 s overlap finish 2.msg "${to_t[@]}" -o again.msg
has "takes no part in that overlap"

# Now the values, when both say so.
expect 0 s overlap offer attack "${to_t[@]}" --tlp green --class user-agent --values -o 4.msg
expect 4 t overlap answer 4.msg attack "${to_s[@]}" --tlp green --class user-agent -o 5.msg
has "agree with --values"
[ -e 5.msg ] && fail "an answer was written"
expect 0 t overlap answer 4.msg attack "${to_s[@]}" --tlp green --class user-agent --values -o 5.msg
expect 0 s overlap finish 5.msg "${to_t[@]}" -o 6.msg
has "probe/7.36"
lacks "probe/7.35"
lacks "probe/7.41"
expect 0 t overlap result 6.msg "${to_s[@]}" --json
same "$(value "['common']")" 5 "tokyo"
same "$(value "['values'][0]['class']")" user-agent "tokyo"

# A message that was touched, cut, or is for another.
printf 'x' | dd of=1.msg bs=1 seek=300 conv=notrunc 2>/dev/null
expect 4 t overlap answer 1.msg attack "${to_s[@]}" --tlp green -o x.msg
head -c 1000 4.msg >cut.msg
expect 3 t overlap answer cut.msg attack "${to_s[@]}" --tlp green -o x.msg
expect 4 s overlap answer 4.msg attack "${to_t[@]}" --tlp green -o x.msg
printf 'partner seoul %s community\n' $seoul_id >nokey.policy
expect 2 t overlap answer 4.msg attack --to seoul --policy nokey.policy --tlp green -o x.msg
has "overlap key"
[ -e x.msg ] && fail "an answer to a bad message"

# A partner may not ask for ever.
for i in $(seq 1 16); do
    s overlap offer attack "${to_t[@]}" --tlp green --class user-agent -o more.msg >/dev/null 2>&1
    t overlap answer more.msg attack "${to_s[@]}" --tlp green --class user-agent -o more2.msg >/dev/null 2>"$house/.why" || break
done
grep -q "are the most" "$house/.why" || fail "a partner may ask without end"
expect 0 s audit verify
expect 0 t audit verify
expect 0 t audit list
has "overlap"
[ -z "$(ls t/overlap | grep -v answer)" ] || fail "states of offers in a house that only answered"
done_testing
