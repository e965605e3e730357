#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tutorial.sh - the tutorial and the task guides, replayed: every command, every line of output that they show.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
export SOURCE=$HALLMARK_SOURCE_ROOT HALLMARK_CASEBOOK=casebook
mkdir bin
ln -s "$HALLMARK" bin/hallmark
PATH=$house/bin:$PATH
# A link would hide where the program lies, and with it the worker.
export HALLMARK_WORKER=${HALLMARK_WORKER:-$HALLMARK_BUILD_ROOT/src/jail/hallmark-worker}
for page in "$SOURCE"/docs/tutorial.md "$SOURCE"/docs/guides/*.md; do
    [ -e "$page" ] || continue
    mkdir "here-$(basename "$page" .md)"
    (cd "here-$(basename "$page" .md)" && python3 "$SOURCE/tests/cli/tutorial.py" "$page") || fail "$(basename "$page")"
done
done_testing
