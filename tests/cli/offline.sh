#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# offline.sh - nothing is sent home: no command but those meant for it makes a socket that leads anywhere.
. "$(dirname "$0")/lib.sh"
mkdir one two harmless
printf 'c2.kestrel-host.com\n45.77.10.20\n' | tee one/list two/list >feed
printf '203.0.113.7 - - [24/Nov/2014:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "probe/1.0"\n' >one/access.log
printf 'www.example.com\n' >harmless/list
cp "$HALLMARK_SOURCE_ROOT/tests/cases/elf/x86-64.elf" program
cp program one/
printf '\0garbage\377' >garbage
printf '{"EventID":1,"CommandLine":"whoami"}\n' >events.json
printf 'title: t\nlogsource: {product: windows}\ndetection: {s: {CommandLine: whoami}, condition: s}\n' >rule.yml
printf 'partner us-cert 11111111-1111-4111-8111-111111111111 community\npartner them 22222222-2222-4222-8222-222222222222 community\n' >policy
expect 0 "$HALLMARK" -c other init
expect 0 "$HALLMARK" -c other overlap key
echo "key 22222222-2222-4222-8222-222222222222 $out" >>policy
python3 "$HALLMARK_SOURCE_ROOT/tests/cli/offline.py" "$HALLMARK"
code=$?
[ $code != 77 ] || exit 77
[ $code = 0 ] || fail "offline.py"
done_testing
