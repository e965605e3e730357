#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve_postgres.sh - two servers of one page on one casebook in PostgreSQL: who signs in at one is known to the other, an
# upload goes on at the other, what happens at one is heard at the other, and when one is killed the other reads on.
if [ -z "${HALLMARK_TEST_POSTGRES:-}" ]; then
    exec "$HALLMARK_SOURCE_ROOT/tests/with-postgres" bash "$0"
fi
. "$(dirname "$0")/lib.sh"
export HALLMARK_CACHE=$house/cache
psql() { "$HALLMARK_TEST_POSTGRES_BIN/psql" -X -q -A -t -d "$HALLMARK_TEST_POSTGRES" -c "$1"; }
psql 'CREATE SCHEMA team' || fail "psql"
export HALLMARK_CASEBOOK="$HALLMARK_TEST_POSTGRES&options=-csearch_path%3Dteam"
servers=()
# start NAME: a machine of its own, as far as files go; its port in $port.
start() {
    HALLMARK_STATE=$house/state-$1 HALLMARK_CACHE=$house/cache-$1 "$HALLMARK" serve --page 127.0.0.1:0 >"$1.out" 2>>"$1.err" &
    server=$!
    servers+=("$server")
    for _ in $(seq 100); do
        port=$(sed -n 's|^page at http://127.0.0.1:\([0-9]*\)/$|\1|p' "$1.out")
        [ -n "$port" ] && return
        sleep 0.1
    done
    cat "$1.err"
    fail "the server does not start"
}
end() { for one in "${servers[@]}"; do kill "-${1:-TERM}" "$one" 2>/dev/null; done; wait "${servers[@]}" 2>/dev/null; servers=(); }
trap 'code=$?; end KILL; rm -rf "$house"; exit $code' EXIT
expect 0 "$HALLMARK" init "$HALLMARK_CASEBOOK"
mkdir evidence && printf 'GET http://evil.page.example/x HTTP/1.1\n' >evidence/access.log
expect 0 "$HALLMARK" add seoul-2013 evidence
start a
a=$port a_pid=$server
start b
b=$port
code=$(sed -n 's|.*/setup#||p' a.out)
[ ${#code} = 64 ] || fail "no code for the first admin"
cat >two.py <<'P'
import http.client, json, os, signal, sys, threading, time
a, b = int(sys.argv[1]), int(sys.argv[2])
PASSWORD = "correct horse battery"
class Team:
    def __init__(self): self.cookie, self.csrf = None, None
    def ask(self, port, method, path, body=None, want=200, headers=None):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        head = dict(headers or {})
        if self.cookie: head["Cookie"] = self.cookie
        if self.csrf and method != "GET": head["X-Hallmark-Csrf"] = self.csrf
        raw = None
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            head["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        link.request(method, "/api/v1" + path, raw, head)
        answer = link.getresponse()
        text = answer.read()
        assert answer.status == want, (port, method, path, answer.status, text[:500])
        if answer.getheader("Set-Cookie"): self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        return json.loads(text) if text and answer.getheader("Content-Type") == "application/json" else text
    def listen(self, port, last=None):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.request("GET", "/api/v1/events", headers={"Cookie": self.cookie} | ({"Last-Event-ID": last} if last else {}))
        return link.getresponse()
def hear(stream, until):
    told, last = [], None
    while True:
        line = stream.readline()
        assert line, ("the stream ended early", told)
        if line.startswith(b"id: "): last = line[4:].strip().decode()
        if line.startswith(b"data: "):
            told.append(json.loads(line[6:]))
            if until(told[-1]): return told, last
kim = Team()
if sys.argv[3] == "first":
    kim.csrf = kim.ask(a, "POST", "/setup", {"code": sys.argv[4], "name": "kim", "password": PASSWORD}, 201)["csrf"]
    assert kim.ask(b, "GET", "/about")["setup"] is False # nobody else makes another first admin there
    assert kim.ask(b, "GET", "/session")["user"]["name"] == "kim"
    kim.ask(b, "POST", "/users", {"name": "lee", "role": "analyst", "password": PASSWORD}, 201)
    lee = Team(); lee.csrf = lee.ask(a, "POST", "/session", {"name": "lee", "password": PASSWORD})["csrf"]
    token = lee.ask(b, "POST", "/account/tokens", {"name": "nightly", "role": "reader"}, 201)["token"]
    lee.ask(b, "DELETE", "/session", want=204)
    lee.ask(a, "GET", "/incidents", want=401) # out at one is out at all
    script = {"Authorization": "Bearer " + token}
    for port in (a, b): Team().ask(port, "GET", "/incidents", headers=script)
    kim.ask(a, "PATCH", "/users/lee", {"disabled": True})
    for port in (a, b): Team().ask(port, "GET", "/incidents", headers=script, want=401)
    entries = [e["what"] for e in kim.ask(b, "GET", "/audit")["entries"]]
    assert {"signed-in", "user-added", "user-changed"} <= set(entries), entries
    # A page of names begun at one goes on at the other.
    for name in ("b-1", "b-2", "b-3"): kim.ask(a, "POST", "/incidents", {"name": name}, 201)
    names, after, port = [], "", b
    while after is not None:
        page = kim.ask(port, "GET", "/incidents?limit=1" + after)
        names += [i["name"] for i in page["incidents"]]
        after, port = ("&after=" + page["next"] if "next" in page else None), a + b - port
    assert sorted(names) == ["b-1", "b-2", "b-3", "seoul-2013"], names
    incident = next(i["id"] for i in kim.ask(b, "GET", "/incidents")["incidents"] if i["name"] == "seoul-2013")
    note = kim.ask(a, "POST", f"/incidents/{incident}/notes", {"text": "seen at a"}, 201)
    assert kim.ask(b, "GET", "/notes/" + note["id"])["text"] == "seen at a"
    # An upload: announced at one, brought to both, read by either, heard at both.
    log = b"".join(b"10.0.0.%d - - [24/Nov/2014:08:00:00 +0900] \"GET /dropped.example HTTP/1.1\" 200 1\n" % (n % 250) for n in range(2000))
    streams = [kim.listen(a), kim.listen(b)]
    one = kim.ask(a, "POST", f"/incidents/{incident}/uploads", {"name": "access.log", "size": len(log)}, 201)
    kim.ask(b, "PATCH", "/uploads/" + one["id"], log[:5000], headers={"Upload-Offset": "0"})
    kim.ask(a, "PATCH", "/uploads/" + one["id"], log[:5000], 409, {"Upload-Offset": "0"})
    assert kim.ask(a, "GET", "/uploads/" + one["id"])["offset"] == 5000
    kim.ask(a, "PATCH", "/uploads/" + one["id"], log[5000:], headers={"Upload-Offset": "5000"})
    heard = [hear(s, lambda t: t["event"] == "upload" and t["upload"]["state"] in ("done", "failed")) for s in streams]
    for told, last in heard:
        states = [t["upload"]["state"] for t in told if t["event"] == "upload"]
        assert states[0] == "receiving" and states[-1] == "done", states
        assert any(t["event"] == "piece" and t["piece"]["verdict"] == "read" for t in told), told
    assert heard[0][1] == heard[1][1], heard # the same numbers at both: a listener may change over
    events = [t["event"] for t in heard[0][0]]
    again, _ = hear(kim.listen(b, str(int(heard[0][1]) - 1)), lambda t: True)
    assert again[-1]["event"] == "upload", again
    for port in (a, b): assert kim.ask(port, "GET", "/uploads/" + one["id"])["pieces"][0]["verdict"] == "read"
    assert len(kim.ask(b, "GET", f"/incidents/{incident}/evidence")["evidence"]) == 2
    print(kim.cookie)
if sys.argv[3] == "killed": # half of it brought to one that is killed; the other goes on and reads it
    kim.cookie = sys.argv[4]; kim.csrf = kim.ask(b, "GET", "/session")["csrf"]
    incident = next(i["id"] for i in kim.ask(b, "GET", "/incidents")["incidents"] if i["name"] == "b-1")
    log = os.urandom(1 << 20).hex().encode()
    one = kim.ask(a, "POST", f"/incidents/{incident}/uploads", {"name": "notes.txt", "size": len(log)}, 201)
    kim.ask(a, "PATCH", "/uploads/" + one["id"], log[:1 << 20], headers={"Upload-Offset": "0"})
    os.kill(int(sys.argv[5]), signal.SIGKILL)
    assert kim.ask(b, "GET", "/uploads/" + one["id"])["offset"] == 1 << 20
    kim.ask(b, "PATCH", "/uploads/" + one["id"], log[1 << 20:], headers={"Upload-Offset": str(1 << 20)})
    for _ in range(300):
        state = kim.ask(b, "GET", "/uploads/" + one["id"])["state"]
        if state in ("done", "failed"): break
        time.sleep(0.1)
    assert state == "done", state
    assert len(kim.ask(b, "GET", f"/incidents/{incident}/evidence")["evidence"]) == 1
if sys.argv[3] == "left": # one that a server was reading when it was killed
    kim.cookie = sys.argv[4]
    for _ in range(300):
        (one,) = [u for u in kim.ask(b, "GET", "/uploads")["uploads"] if u["name"] == "left.txt"]
        if one["state"] in ("done", "failed"): break
        time.sleep(0.1)
    assert one["state"] == "done", one
if sys.argv[3] == "away":
    kim.cookie = sys.argv[4]
    said = kim.ask(b, "GET", "/incidents", want=503)
    assert said["why"] == "the casebook's database cannot be reached now", said
if sys.argv[3] == "back":
    kim.cookie = sys.argv[4]
    assert kim.ask(b, "GET", "/incidents")["incidents"]
P
expect 0 python3 two.py "$a" "$b" first "$code"
cookie=$(printf %s "$out" | tail -1)
[ "$(psql "SELECT count(*) FROM team.page_upload_part")" = 0 ] || fail "bytes of what was read are left over"
[ "$(psql "SELECT count(*) FROM team.page_node")" = 2 ] || fail "two servers are entered"
expect 0 python3 two.py "$a" "$b" killed "$cookie" "$a_pid"
# What the killed one had begun to read is read by the other: its entry is there, its process is not.
dead=$(psql "SELECT encode(id, 'escape') FROM team.page_node WHERE pid = $a_pid")
[ ${#dead} = 32 ] || fail "the killed one's entry is gone"
incident=$(psql "SELECT convert_from(stix_id, 'UTF8') FROM team.incident WHERE name = 'b-2'")
psql "BEGIN; INSERT INTO team.page_upload_part VALUES ('00000000000000000000000000000001', 0, 'left over');
      INSERT INTO team.page_upload VALUES ('00000000000000000000000000000001', 'kim', '$incident', 'left.txt', 9, 9,
      1, extract(epoch FROM now())::bigint * 1000000, 2, 0, '$dead', '', ''); COMMIT" || fail "psql"
expect 0 python3 two.py "$a" "$b" left "$cookie"
# The database goes away and comes back: 503 meanwhile, and on it goes without a restart.
control() { (cd / && $HALLMARK_TEST_POSTGRES_AS "$HALLMARK_TEST_POSTGRES_BIN/pg_ctl" -D "$HALLMARK_TEST_POSTGRES_DATA" -w "$@" >/dev/null 2>&1); }
control -m immediate stop || fail "pg_ctl stop"
expect 0 python3 two.py "$a" "$b" away "$cookie"
control -l "$HALLMARK_TEST_POSTGRES_DATA/server.log" start || fail "pg_ctl start"
expect 0 python3 two.py "$a" "$b" back "$cookie"
expect 0 "$HALLMARK" user list
has "admin    kim"
expect 0 "$HALLMARK" verify
end
[ "$(psql "SELECT count(*) FROM team.page_node WHERE pid <> $a_pid")" = 0 ] || fail "who ended took no leave"
grep -i "password\|correct horse" ./*.err ./*.out && fail "a password was written down"
done_testing
