#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile_text.sh - abuse case 10: what a stranger wrote into a log line never commands a terminal or a spreadsheet.
. "$(dirname "$0")/lib.sh"
mkdir evidence
python3 - <<'PY'
import os
def line(agent):
    return (b'198.51.100.23 - - [20/Mar/2013:14:00:00 +0900] "GET /dns? HTTP/1.1" 200 17 "-" "' + agent + b'"\n')
agents = [b"esc \x1b[2J\x1b[31m", b"osc \x1b]52;c;aGVsbG8=\x07", b"c1 \xc2\x9b31m \x9b31m", b"bidi \xe2\x80\xaeexe.gpj\xe2\x81\xa6",
          b"zero\xe2\x80\x8bwidth\xef\xbb\xbf", b"cr\roverwritten", b"nul\0nul", b"del\x7f", b"tab\ttab",
          b"=cmd|' /C calc'!A0", b"+1+1", b"-1", b"@SUM(A1)", b"line\xe2\x80\xa8separator"]
open("evidence/access.log", "wb").write(b"".join(line(a) for a in agents) * 3)
open("evidence/one-line", "wb").write(b"\x1b[31m" * (8 << 18))  # 10 MB without a line end
open(os.fsencode("evidence/") + b"name\x1b]0;x\x07\xff\xe2\x80\xaetxt", "wb").write(b"a name for terminals")
open("evidence/list.txt", "wb").write(b"evil\xe2\x80\xae.example.org\nhxxp://bad[.]example[.]com/\x1b[2J\n203.0.113.8\n")
PY
expect 0 "$HALLMARK" init
incident=$'tidy \x1b[31m\u202ename'
expect 0 "$HALLMARK" add "$incident" evidence
safe_output
expect 0 "$HALLMARK" add other evidence/access.log
for command in "show" "show other" "show other --traits" "show other --class user-agent" "compare other" "verify" \
    "export other --format csv" "export other --format list" "export other --format stix" "baseline show"; do
    for json in "" --json; do
        case "$command$json" in export*--json) continue ;; esac # refused: its forms have names
        # shellcheck disable=SC2086
        "$HALLMARK" $command $json >.out 2>.err
        [ -s .out ] || fail "no answer: $command $json"
        safe_output
        [ -z "$json" ] || continue
        # shellcheck disable=SC2086
        "$HALLMARK" $command --color always 2>.err | sed 's/\x1b\[[0-9;]*m//g' >.out
        safe_output
    done
done
expect 0 "$HALLMARK" show "$incident" --traits
safe_output
# A spreadsheet must not find a formula at the start of a cell, and one trait stays one line.
expect 0 "$HALLMARK" export other --format csv
python3 - "$house/.out" <<'PY' || fail "the CSV could command a spreadsheet"
import csv, sys
text = open(sys.argv[1], newline="", encoding="utf-8").read()
rows = list(csv.reader(text.splitlines()))
assert len(rows) == len(text.splitlines()) and len({len(r) for r in rows}) == 1, "rows of different widths"
assert any("cmd|" in c for r in rows for c in r), "the formula is gone instead of being disarmed"
for row in rows:
    for cell in row:
        assert not cell or cell[0] not in "=+-@\t\r", cell
PY
expect 2 "$HALLMARK" $'no\x1b[2Jcommand'
safe_output
expect 2 "$HALLMARK" show $'no\x1b[2Jincident'
safe_output
expect 2 "$HALLMARK" show --class $'\x1b[2J'
safe_output
expect 2 "$HALLMARK" show $'--\x1b[2J'
safe_output
done_testing
