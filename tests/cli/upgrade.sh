#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# upgrade.sh - casebooks of every older version are opened, kept whole and compared; a newer one is refused.
. "$(dirname "$0")/lib.sh"
: "${HALLMARK_KILL_AT:?set by meson}"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
TMPDIR=$house python3 "$HALLMARK_SOURCE_ROOT/tests/cli/upgrade.py" "$HALLMARK" "$HALLMARK_KILL_AT" || fail "upgrade.py"
done_testing
