#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage.sh - every wrong command line says what is wrong and ends with 2; every command has help.
. "$(dirname "$0")/lib.sh"

expect 2 "$HALLMARK"
has "usage: hallmark COMMAND"
expect 2 "$HALLMARK" frobnicate
has 'there is no command "frobnicate"'
lacks "did you mean"
expect 2 "$HALLMARK" sohw
has 'did you mean "show"?'
expect 2 "$HALLMARK" baseline
has "baseline: what to do with it is missing: learn, show"
expect 2 "$HALLMARK" baseline lern x
has "baseline: what to do with it is none of these: learn, show"
expect 2 "$HALLMARK" --jsn show
has "a command comes first"
expect 0 "$HALLMARK" --version
has "hallmark 0."
expect 0 "$HALLMARK" help
for command in init add show compare export verify version completion help; do
    has "$command"
    expect 0 "$HALLMARK" help "$command"
    has "usage: hallmark $command"
    has "--casebook"
    expect 0 "$HALLMARK" "$command" --help
    expect 0 "$HALLMARK" help
done
expect 0 "$HALLMARK" help baseline learn
has "--files-max"
expect 2 "$HALLMARK" add
has "add: INCIDENT is missing"
expect 2 "$HALLMARK" add x
has "add: PATH is missing"
expect 2 "$HALLMARK" completion
has "completion: bash|zsh|fish is missing"
expect 2 "$HALLMARK" add x y --nonsense
has "there is no option --nonsense"
expect 2 "$HALLMARK" add x y --size-max tomorrow
has "--size-max wants a number"
expect 2 "$HALLMARK" add x y --size-max
has "wants BYTES"
expect 2 "$HALLMARK" version --json=yes
has "takes no value"
expect 2 "$HALLMARK" show --color sometimes
expect 2 "$HALLMARK" init a b
has '"b" is one word too many'
expect 4 "$HALLMARK" show
has 'there is no casebook at'
has 'hallmark init'
for shell in bash zsh fish; do
    expect 0 "$HALLMARK" completion $shell
    has "compare"
done
expect 0 bash -c "$HALLMARK completion bash | bash -n"
expect 2 "$HALLMARK" completion tcsh
expect 0 "$HALLMARK" init
expect 4 "$HALLMARK" init
expect 1 "$HALLMARK" show
has "no incidents yet"
expect 1 "$HALLMARK" --casebook "$house/casebook" -q show
expect 1 env -u HALLMARK_CASEBOOK "$HALLMARK" -c "$house/casebook" --json show
expect 2 "$HALLMARK" compare nobody
has 'there is no incident "nobody"'
expect 2 "$HALLMARK" show --class colour
has 'there is no trait class "colour"'
lacks "did you mean"
expect 2 "$HALLMARK" show --class domian
has 'did you mean "domain"?'
expect 3 "$HALLMARK" baseline learn "$house/nowhere"
has 'nowhere": there is no such file or folder'
expect 3 "$HALLMARK" add x "$house/nowhere"
has "nowhere: there is no such file or folder"
expect 4 "$HALLMARK" init "$house/no/where"
has "the folder it is to lie in does not exist"
expect 2 "$HALLMARK" add $'\xff' .
has "UTF-8"
# Every manual page that is built is a command, and every command has one.
listed=$("$HALLMARK" help | sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' | sed 's, *$,,' | sort)
built=$(sed -n "/commands = \[/,/\]/p" "$HALLMARK_SOURCE_ROOT/docs/meson.build" | grep -o "'[a-z ]*'" | tr -d "'" | sort)
same "$built" "$listed" "manual pages in docs/meson.build"
done_testing
