#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# secrets.sh - passwords, tokens, codes and keys stand in no answer, no log and no file but the one that is there to hold them.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
python3 "$HALLMARK_SOURCE_ROOT/tests/cli/secrets.py" "$HALLMARK" || fail "secrets.py"
done_testing
