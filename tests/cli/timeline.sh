#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeline.sh - records of several hosts on one clock, filtered and grouped; behaviour beside them; gaps are told.
. "$(dirname "$0")/lib.sh"

mkdir evidence
python3 - <<'PY'
import datetime
def at(second): return (datetime.datetime(2013, 3, 20, 4, 0) + datetime.timedelta(seconds=second)).isoformat()
with open("evidence/gate.log", "w") as f:                       # zone in the record
    for i in range(60):
        f.write(f"{at(i * 10)}+00:00 gate sshd[7]: Failed password for root from 45.9.9.9 port 4711 ssh2\n")
    f.write(f"{at(700)}+00:00 gate sshd[7]: Accepted password for root from 45.9.9.9 port 4711 ssh2\n")
with open("evidence/db.csv", "w") as f:                         # none
    f.write("time,hostname,username,src_ip,commandline\n")
    f.write("2013-03-20 05:00:00,db,svc,10.0.0.9,vssadmin delete shadows /all\n")
with open("evidence/access.log", "w") as f:                     # nine hours east
    f.write('45.9.9.9 - - [20/Mar/2013:13:30:00 +0900] "GET /\x1b[31mred HTTP/1.1" 404 12 "-" "curl/8"\n')
PY
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add seoul evidence
expect 0 "$HALLMARK" timeline seoul
safe_output
has "2013-03-20T04:00:00Z  gate"
has "x60 in 590 s"
has "2013-03-20T04:30:00Z"
has "2013-03-20T05:00:00Z~"
has "backup-deleted"
has "the record has no zone"
has "brute force on one account, then a login"
expect 0 "$HALLMARK" timeline seoul --json
python3 - "$house/.out" <<'PY' || fail "the time line is not in order"
import json, sys
moments = json.load(open(sys.argv[1]))["moments"]
assert [m["first"] for m in moments] == sorted(m["first"] for m in moments)
assert sum(m.get("assumed") == "zone" for m in moments) == 2
assert all("evidence" in m for m in moments)
PY
"$HALLMARK" timeline seoul --json >one; "$HALLMARK" timeline seoul --json >two
cmp -s one two || fail "the same question twice gave two answers"
expect 0 "$HALLMARK" timeline seoul --from 2013-03-20T05:00 --to 2013-03-20
has "vssadmin"
lacks "gate"
expect 0 "$HALLMARK" timeline seoul --class login --host GATE
lacks "vssadmin"
has "(failure)"
expect 0 "$HALLMARK" timeline seoul --by actor
has "actor 45.9.9.9"
expect 0 "$HALLMARK" timeline seoul --max 1
has "more moments"
expect 1 "$HALLMARK" timeline seoul --from 2020-01-01
expect 2 "$HALLMARK" timeline seoul --from yesterday
has "wants a moment"
expect 2 "$HALLMARK" timeline seoul --by colour
expect 2 "$HALLMARK" timeline
"$HALLMARK" timeline nowhere >/dev/null 2>&1 && fail "an unknown incident has a time line"
# What was not kept cannot be told again, and that is said.
printf '%s\n' '2013-03-20T06:00:00+00:00 web sshd[7]: Accepted password for kim from 45.9.9.8 port 1 ssh2' >more.log
expect 0 "$HALLMARK" add seoul more.log --no-keep
expect 3 "$HALLMARK" timeline seoul
has "not kept"
# What was concluded is a trait of the incident.
expect 0 "$HALLMARK" show seoul --class behaviour
has "brute force on one account"
# Records too long for memory (above 32 MiB) are read again from a file on the disk that has no name, and nothing of it stays.
python3 - <<'PY'
line = '45.9.9.%d - - [21/Mar/2013:%02d:%02d:%02d +0000] "GET /page%d.html HTTP/1.1" 200 12 "-" "Mozilla/5.0 (X11; Linux x86_64)"\n'
with open("long.log", "w") as f:
    for i in range(340_000):
        s = i // 5
        f.write(line % (i % 200, s // 3600 % 24, s // 60 % 60, s % 60, i % 300))
    f.write('45.9.9.77 - - [21/Mar/2013:23:59:59 +0000] "GET /the-last-line HTTP/1.1" 404 12 "-" "curl/8"\n')
PY
[ "$(wc -c <long.log)" -gt 34000000 ] || fail "the long log is not long"
expect 0 "$HALLMARK" add pusan long.log
expect 0 "$HALLMARK" timeline pusan --from 2013-03-21T23:59:59
has "the-last-line"
lacks "page1.html"
[ -z "$(find "$house" -name '*spool*' -print)" ] || fail "a spooled copy was left behind"
done_testing
