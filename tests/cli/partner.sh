#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# partner.sh - partners' servers: remembered, checked, pulled from, pushed to; against our own server and against one that
# gets things wrong.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
main=91a7b528-80eb-42ed-a74d-c6fbd5a26116
cat >policy.txt <<'P'
partner alice 11111111-1111-4111-8111-111111111111 community
partner bob   22222222-2222-4222-8222-222222222222 community
P
cat >server.conf <<P
listen 127.0.0.1 0
root api Root
collection api $main main Main
read $main *
write $main alice
body-max 3000000
P
expect 0 "$HALLMARK" init
cp -r casebook theirs
"$HALLMARK" partner admit alice --token --casebook theirs >alice.token 2>/dev/null || fail "admit"
"$HALLMARK" partner admit bob --password --casebook theirs >bob.password 2>/dev/null || fail "admit"
expect 2 "$HALLMARK" partner admit alice
grep -q "$(cat alice.token)" theirs/taxii/accounts && fail "the secret can be read back"
[ "$(stat -c %a theirs/taxii/accounts)" = 600 ] || fail "accounts are readable by others"

server=
start() {
    "$HALLMARK" serve --casebook theirs --config server.conf --policy policy.txt >serve.out 2>>serve.err &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -n 's|.*:\([0-9]*\)/taxii2/|\1|p' serve.out)
        [ -n "$port" ] && return
        sleep 0.1
    done
    fail "the server does not start"
}
trap 'code=$?; kill $server 2>/dev/null; rm -rf "$house"; exit $code' EXIT
start
url=http://127.0.0.1:$port/api/
expect 3 "$HALLMARK" partner add far --url http://partner.example/api/
has "https://"
expect 3 "$HALLMARK" partner add ../x --url "$url"
expect 0 "$HALLMARK" partner add alice --url "$url" --collection main --token-file alice.token
expect 4 "$HALLMARK" partner add alice --url "$url"
expect 0 "$HALLMARK" partner add bob --url "$url" --collection $main --user bob --password-file bob.password
expect 0 "$HALLMARK" partner list
has "credentials: token"
lacks "$(cat alice.token)"
lacks "$(cat bob.password)"
expect 0 "$HALLMARK" partner list --json
same "$(value "[1]['credentials']")" password "credentials"

expect 0 "$HALLMARK" taxii check "$url" --token-file alice.token --collection main --write
has "88 passed, 0 failed, 0 left out"
expect 0 "$HALLMARK" taxii check "$url" --user bob --password-file bob.password --json
same "$(value "['failed']")" 0 "failed requirements"

# What may leave is pushed, once.
python3 - <<'P'
import json
green, red = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
def tool(n, mark): return {"type": "tool", "spec_version": "2.1", "id": f"tool--0c7b5b88-8ff7-4a4d-aa9d-{n:012x}",
    "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z", "name": f"tool {n}", "object_marking_refs": [mark]}
json.dump({"type": "bundle", "id": "bundle--0c7b5b88-8ff7-4a4d-aa9d-000000000000",
           "objects": [tool(i, green) for i in range(1200)] + [tool(9999, red)]}, open("report.json", "w"))
P
expect 0 "$HALLMARK" push alice report.json --policy policy.txt --json
same "$(value "['accepted']")" 1200 "accepted"
same "$(value "['held']")" 1 "held"
expect 0 "$HALLMARK" push alice report.json --policy policy.txt
has "0 sent"
has "1200 sent before"
expect 0 "$HALLMARK" audit list
has "taxii"
expect 2 "$HALLMARK" push alice report.json
printf 'partner x 11111111-1111-4111-8111-111111111111 own\n' >other.txt
expect 4 "$HALLMARK" push alice report.json --policy other.txt

# What is new is pulled; nothing twice; cut off anywhere it goes on.
expect 0 "$HALLMARK" pull bob --verify --page-size 500
has "1200 new objects in 3 pages, as many as the partner's manifest has"
expect 0 "$HALLMARK" pull bob --verify
has "0 new objects"
rm -rf casebook/taxii/peers/bob.pulled
for delay in 0.02 0.03 0.05 0.08; do
    timeout -s KILL $delay "$HALLMARK" pull bob --page-size 20 >/dev/null 2>&1
done
expect 0 "$HALLMARK" pull bob --page-size 20 --verify
python3 - <<'P' || fail "pulled twice or lost"
import glob, json
seen = [o["id"] for f in glob.glob("casebook/taxii/peers/bob.pulled/*.json") for o in json.load(open(f))["objects"]]
assert len(seen) == len(set(seen)) == 1200, (len(seen), len(set(seen)))
P
expect 0 "$HALLMARK" add from-bob casebook/taxii/peers/bob.pulled --allow-weak-jail
expect 0 "$HALLMARK" partner remove bob
expect 4 "$HALLMARK" pull bob
has "hallmark partner add"

# What the server gave is in its casebook's memory.
expect 0 "$HALLMARK" audit list --casebook theirs
has "bob"
expect 0 "$HALLMARK" audit verify --casebook theirs

# A server that goes round, lies about types, and answers 500 must be noticed, not believed.
cat >liar.py <<'P'
import http.server, json, sys
class Liar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {"more": True, "next": "same", "objects": [{"type": "tool", "id": "tool--1", "created": "x", "date_added": "x"}]}
        if "/collections/" in self.path and "/objects" not in self.path and "/manifest" not in self.path:
            body = {"collections": [{"id": "main", "title": "t", "can_read": True, "can_write": False}]}
        data = json.dumps(body).encode()
        self.send_response(500 if "limit=0" in self.path else 200)
        self.send_header("Content-Type", "text/html"); self.send_header("Content-Length", str(len(data)))
        self.end_headers(); self.wfile.write(data)
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), Liar)
print(s.server_port, flush=True)
s.serve_forever()
P
python3 liar.py >liar.port &
liar=$!
for _ in $(seq 50); do [ -s liar.port ] && break; sleep 0.1; done
lies=http://127.0.0.1:$(cat liar.port)/api/
expect 0 "$HALLMARK" partner add liar --url "$lies" --collection main
expect 4 "$HALLMARK" pull liar
has "gives the same again"
expect 1 "$HALLMARK" taxii check "$lies" --json
[ "$(value "['failed']")" -gt 15 ] || fail "the liar passes too much"
kill $liar
expect 4 "$HALLMARK" taxii check "$lies"
has "partner's server"
done_testing
