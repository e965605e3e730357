#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile_files.sh - strange files each get a clear verdict, cost themselves alone, and never the terminal.
. "$(dirname "$0")/lib.sh"

expect 0 "$HALLMARK" init
mkdir evidence
head -c 10485760 /dev/urandom >evidence/random
: >evidence/empty
mkfifo evidence/fifo
ln -s . evidence/loop
ln -s /etc/passwd evidence/leads-out
truncate -s 5G evidence/sparse
printf 'GET \x1b]52;c;aGk=\x07 \xc2\x9b31m \xe2\x80\xae gnp.exe\r\n' >$'evidence/esc\x1b[31m\nname'
printf '\x7fELF' >evidence/cut-elf
printf 'MZ' >evidence/cut-pe
printf 'PK\x03\x04garbage' >evidence/cut-zip
printf '{"type":"bundle","id":"bundle--x","objects":[' >evidence/cut.json
printf 'hello, good file\n' >evidence/good.txt
if [ "$(id -u)" != 0 ]; then
    : >evidence/locked
    chmod 0 evidence/locked
fi
expect 3 "$HALLMARK" add strange evidence --size-max 1G
safe_output
has "sparse"
has "over the limit"
has "fifo"
has "a FIFO, not a file"
has "symbolic link: not followed"
[ "$(id -u)" = 0 ] || has "Permission denied"
expect 3 "$HALLMARK" add strange evidence --size-max 1G --json
safe_output
expect 0 "$HALLMARK" show strange
safe_output
has "good.txt"
has "random"
has "empty"
lacks "passwd"
expect 0 "$HALLMARK" show strange --json
safe_output
same "$(value "['incident']['name']")" strange "incident name"
expect 0 "$HALLMARK" show strange --traits
safe_output
for format in stix csv list; do
    expect 0 "$HALLMARK" export strange --format $format
done
expect 0 "$HALLMARK" verify
has "sound"
# What is named on the command line and is no file is an error of its own.
expect 3 "$HALLMARK" add strange evidence/fifo
expect 3 "$HALLMARK" add strange does-not-exist
has "there is no such file or folder"
done_testing
