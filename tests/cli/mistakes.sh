#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mistakes.sh - the usual mistakes with every command: each is told with what happened, where, and what to do.
. "$(dirname "$0")/lib.sh"
export HALLMARK_CASEBOOK=book
expect 0 "$HALLMARK" init
mkdir folder one
printf 'c2.example.org\n' | tee one/list >feed
expect 0 "$HALLMARK" add one one
printf '\0\1\2garbage\377\376' >garbage
: >empty
printf 'partner us-cert 11111111-1111-4111-8111-111111111111 community\n' >policy
cp -r book damaged
printf 'no database, no database, no database' | dd of=damaged/casebook.db conv=notrunc 2>/dev/null
python3 "$HALLMARK_SOURCE_ROOT/tests/cli/mistakes.py" "$HALLMARK" || fail "mistakes.py"
done_testing
