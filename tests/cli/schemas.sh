#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# schemas.sh - what every command prints with --json is what schemas/ says of it, and schemas/ says nothing else.
. "$(dirname "$0")/lib.sh"
python=
for one in python3 /usr/bin/python3; do
    "$one" -c 'import jsonschema' 2>/dev/null && python=$one && break
done
[ -n "$python" ] || { echo "skipped: no Python with jsonschema (Debian: python3-jsonschema)"; exit 77; }
mkdir answers

# j SCHEMA ARGUMENTS...: asks with --json and keeps the answer as one of SCHEMA's. Exit codes are other sessions' matter.
j() {
    local schema=$1
    shift
    echo "$*" >>asked
    "$HALLMARK" --json "$@" >.out 2>.err </dev/null
    [ -s .out ] || fail "no answer: $* ($(head -c 300 .err))"
    cp .out "answers/$schema.$(find answers -name "$schema.*" | wc -l)"
}

# ---- A casebook with two incidents, and what is asked of it
mkdir one two logs
j init init
j version version
printf '# seen\nrare-hallmark-host.net\n5.188.10.77\n6f8e1a2b3c4d5e6f708192a3b4c5d6e7\n' >one/list.txt
printf 'rare-hallmark-host.net\n5.188.10.77\nanother-host-of-b.org\n' >two/list.txt
printf 'PK\003\004 no archive' >two/broken.zip
for hour in 08 09 10; do
    printf '5.188.10.77 - - [24/Nov/2014:%s:00:00 +0000] "GET /a.php HTTP/1.1" 200 1 "-" "Courier/1.3 (parcel)"\n' $hour
done | tee two/access.log >logs/access.log
j add add one one
j add add two two nowhere
j baseline-learn baseline learn logs
j baseline-show baseline show
j show show
j show show two
j show-traits show one --traits
j compare compare one
j compare compare two
printf 'one\tKestrel\t2013-03-20\n' >says.tsv
j claim-add claim add two --by FBI --on 2014-12-19 --actor Kestrel --ground 'lines of code' --confidence 80
claim=$(value "['id']")
j claim-list claim list
expect 0 "$HALLMARK" claim withdraw "$claim" --why mistaken
j claim-list claim list two
j attribute attribute two --statements says.tsv
j attribute attribute one
j timeline timeline two
j verify verify
j casebook-move casebook move "$HALLMARK_CASEBOOK" "$house/moved"

# ---- Programs, weights, accounts
if command -v gcc >/dev/null; then
    printf 'int puts(const char *); int g(int a) { for (int i = 0; i < a; i++) a ^= i * 77 + (a >> 3); return a; } int main(int c, char **v) { return c > 1 ? g(c) : puts(v[0]) < 0; }\n' >left.c
    sed 's/77/78 * c * a/; s/int g(int a)/int g(int a) { int c = a; return a + c \/ 3; } int h(int a, int c)/; s/g(c)/g(c) + h(c, 2)/' left.c >right.c
    gcc -O1 -fno-inline left.c -o left && gcc -O1 -fno-inline -s right.c -o right || fail "no programs made"
    "$HALLMARK" add four left >/dev/null || fail "add left"
    j diff diff left right --code
    j search search right
fi
for i in 1 2 3 4 5 6; do
    printf '{"id":"%s","actor":"%s","date":"2020-0%s-01","obs":{"domain":["a%s.example","b%s.example"],"technique":["T1059"]}}\n' $i $((i % 2)) $i $((i % 2)) $i
done >incidents.jsonl
j model-evaluate model evaluate incidents.jsonl --false-flag
j model-pairs model pairs incidents.jsonl
printf 'four words are a passphrase\n' >word
"$HALLMARK" user add kim --role admin --password-file word 2>.err || fail "user add: $(cat .err)"
j user-list user list

# ---- Watching and detecting
printf '5.188.10.77\nCourier/1.3\n' >feed.txt
j watch watch --once --indicators feed.txt logs/access.log
j hunt-index hunt index logs
j watch hunt --indicators feed.txt logs
mkdir rules
cat >rules/courier.yml <<'Y'
title: a courier
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
status: test
logsource: {category: webserver}
detection:
  selection: {user_agent|contains: Courier}
  condition: selection
level: high
tags: [attack.t1071.001]
Y
printf 'title: broken\n' >rules/broken.yml
j rules-check rules check rules
printf '{"user_agent":"Courier/1.3"}\n' >events.jsonl
j detect detect --rules rules/courier.yml events.jsonl
cat >seen.json <<'S'
{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0001","objects":[
{"type":"observed-data","spec_version":"2.1","id":"observed-data--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0002","created":"2020-01-01T00:00:00.000Z",
"modified":"2020-01-01T00:00:00.000Z","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,
"object_refs":["file--0c7b5b88-8ff7-5a4d-aa9d-feb398cd0003"]},
{"type":"file","spec_version":"2.1","id":"file--0c7b5b88-8ff7-5a4d-aa9d-feb398cd0003","name":"wiper.exe"}]}
S
j pattern-match pattern match "[file:name = 'wiper.exe']" seen.json
j stix-validate stix validate seen.json
printf '{"type":"indicator"}' >bad.json
j stix-validate stix validate bad.json
j stix-lift stix lift seen.json -o lifted.json

# ---- Partners: a server of our own, what is given, what is asked back
main=91a7b528-80eb-42ed-a74d-c6fbd5a26116 green=marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb
printf 'partner alice 11111111-1111-4111-8111-111111111111 community\n' >policy.txt
printf 'listen 127.0.0.1 0\nroot api Root\ncollection api %s main Main\nread %s *\nwrite %s alice\n' $main $main $main >server.conf
cp -r casebook theirs
"$HALLMARK" partner admit alice --token --casebook theirs >alice.token 2>/dev/null || fail "admit"
tool='{"type":"tool","spec_version":"2.1","id":"tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"mine","object_marking_refs":["'$green'"]}'
printf '{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0001","objects":[%s]}' "$tool" >report.json
"$HALLMARK" serve --casebook theirs --config server.conf --policy policy.txt >serve.out 2>serve.err &
server=$!
trap 'code=$?; kill $server 2>/dev/null; rm -rf "$house"; exit $code' EXIT
for _ in $(seq 100); do
    port=$(sed -n 's|.*:\([0-9]*\)/taxii2/|\1|p' serve.out)
    [ -z "$port" ] || break
    sleep 0.1
done
url=http://127.0.0.1:$port/api/
expect 0 "$HALLMARK" partner add alice --url "$url" --collection main --token-file alice.token
j partner-list partner list
j release release explain report.json --to alice --policy policy.txt
j push push alice report.json --policy policy.txt
j pull pull alice
j taxii-check taxii check "$url" --token-file alice.token --collection main
expect 0 "$HALLMARK" add three report.json
j release share three --to alice --policy policy.txt --tlp green --output given.json
j audit-list audit list
j audit-verify audit verify
j recall recall tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061 --reason mistaken
number=$(value "['recall']")
j recall-list recall list
j release recall send "$number" --to alice --policy policy.txt --output told.json
s() { HALLMARK_CASEBOOK=$house/casebook; }
t() { HALLMARK_CASEBOOK=$house/theirs; }
seoul=11111111-1111-4111-8111-111111111111 studio=22222222-2222-4222-8222-222222222222
s; j overlap-key overlap key
printf 'partner seoul %s community\nkey %s %s\n' $seoul $seoul "$(value "['key']")" >studio.policy
t; export HALLMARK_STATE=$house/state-theirs
j overlap-key overlap key
printf 'partner studio %s community\nkey %s %s\n' $studio $studio "$(value "['key']")" >seoul.policy
s; HALLMARK_STATE=$house/state
j overlap-offer overlap offer two --to studio --policy seoul.policy --tlp green -o 1.msg
t; HALLMARK_STATE=$house/state-theirs
j overlap-offer overlap answer 1.msg two --to seoul --policy studio.policy --tlp green -o 2.msg
s; HALLMARK_STATE=$house/state
j overlap-result overlap finish 2.msg --to studio --policy seoul.policy -o 3.msg
t; HALLMARK_STATE=$house/state-theirs
j overlap-result overlap result 3.msg --to seoul --policy studio.policy

# ---- Every command: asked above, or it says that it has no JSON.
while read -r command; do
    # shellcheck disable=SC2086
    if "$HALLMARK" $command --help | grep -q -- --json; then
        grep -q "^$command" asked || fail "hallmark $command --json has no schema: ask it here"
    else
        # shellcheck disable=SC2046
        expect 2 "$HALLMARK" $command $(for _ in 1 2 3 4; do echo x; done) --json
    fi
done < <(sed -n 's/^ *&hmi_command_\(.*\),$/\1/p' "$HALLMARK_SOURCE_ROOT/src/cli/commands.c" | tr _ ' ')

"$python" "$HALLMARK_SOURCE_ROOT/tests/cli/schemas.py" "$HALLMARK_SOURCE_ROOT/schemas" answers || fail "answers and schemas differ"
done_testing
