#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make.sh HALLMARK FILE - the casebook that old_book.py writes down as FILE, made by the program of that version: two incidents
# that share a program, a host and a user agent, a harmless file, and, where that version knew them, claims and what was given.
# How the files here came to be: git log names the last commit of each version of src/casebook/schema.c.
set -euo pipefail
hallmark=$(realpath "$1") file=$(realpath "$2")
tree=$(cd "$(dirname "$0")/../../.." && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
export HALLMARK_CASEBOOK=$here/book
mkdir first second harmless
cp "$tree/tests/cases/elf/x86-64.elf" first/courier
cp "$tree/tests/cases/elf/x86-64.elf" second/postman
cp "$tree/tests/cases/misp/event.json" second/
printf '203.0.113.7 - - [24/Nov/2013:08:00:%02d +0000] "GET /gate.php HTTP/1.1" 200 1 "-" "HarbourCourier/1.3"\n' 1 2 3 >first/access.log
printf '203.0.113.9 - - [24/Nov/2014:08:00:%02d +0000] "GET /gate.php HTTP/1.1" 200 1 "-" "HarbourCourier/1.3"\n' 4 5 6 >second/access.log
printf 'update-harbour.example.org\n198.51.100.4\n' | tee first/hosts.txt >second/hosts.txt
printf 'a harmless list: www.example.com, 192.0.2.1\n' >harmless/list.txt
cat >second/report.json <<'J'
{"type":"bundle","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[{"type":"tool","spec_version":"2.1",
"id":"tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z",
"name":"courier","object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}]}
J
"$hallmark" init
"$hallmark" baseline learn harmless
"$hallmark" add first first
"$hallmark" add second second
knows() { "$hallmark" help | grep "^  $1 " >.knows; }
if knows 'claim add'; then
    "$hallmark" claim add second --by "An agency" --on 2014-12-19 --actor Kestrel --ground "the same lines of code"
fi
if knows 'audit list'; then
    echo 'partner us-cert 11111111-1111-4111-8111-111111111111 community' >policy.txt
    "$hallmark" share second --to us-cert --policy policy.txt --tlp green --output out.json
fi
"$hallmark" verify
"$tree/tests/cli/old_book.py" dump book >"$file"
