#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# page.sh - the page's server as a team and its enemies use it: first start, accounts, search, notes, hostile texts, a
# kill in the middle.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
expect 4 "$HALLMARK" serve --page 127.0.0.1:0
has "hallmark init"
expect 0 "$HALLMARK" init
expect 4 "$HALLMARK" serve --page 0.0.0.0:0
has "page-cert"
expect 2 "$HALLMARK" serve --page-cert x.pem
server=
start() {
    : >page.out
    "$HALLMARK" serve --page 127.0.0.1:0 >page.out 2>>page.err &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -n 's|^page at http://127.0.0.1:\([0-9]*\)/$|\1|p' page.out)
        [ -n "$port" ] && return
        sleep 0.1
    done
    cat page.err
    fail "the server does not start"
}
stop() { [ -z "$server" ] || kill -"${1:-TERM}" "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=; }
trap 'code=$?; stop KILL; rm -rf "$house"; exit $code' EXIT
mkdir evidence && printf 'GET http://evil.page.example/x HTTP/1.1\n' >evidence/access.log
expect 0 "$HALLMARK" add seoul-2013 evidence
expect 0 "$HALLMARK" add culver-city-2014 evidence
expect 0 "$HALLMARK" claim add culver-city-2014 --actor "North Korea" --by FBI --on 2014-12-19
start
code=$(sed -n 's|.*/setup#||p' page.out)
[ ${#code} = 64 ] || fail "no code for the first admin"
cat >client.py <<'P'
import http.client, json, os, sys, time
port, step = int(sys.argv[1]), sys.argv[2]
class Team:
    def __init__(self): self.cookie, self.csrf, self.token = None, None, None
    def ask(self, method, path, body=None, want=200, headers=None):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        head = dict(headers or {})
        if self.cookie: head["Cookie"] = self.cookie
        if self.csrf and method != "GET": head["X-Hallmark-Csrf"] = self.csrf
        if self.token: head["Authorization"] = "Bearer " + self.token
        raw = None
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            head.setdefault("Content-Type", "application/octet-stream" if isinstance(body, bytes) else "application/json")
        link.request(method, "/api/v1" + path, raw, head)
        answer = link.getresponse()
        text = answer.read()
        assert answer.status == want, (method, path, answer.status, text[:500])
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        self.last = answer
        if answer.getheader("Set-Cookie"): self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        return json.loads(text) if text and answer.getheader("Content-Type") == "application/json" else text
PASSWORD = "correct horse battery"
kim = Team()
if step == "first":
    assert kim.ask("GET", "/about")["setup"] is True
    kim.csrf = kim.ask("POST", "/setup", {"code": sys.argv[3], "name": "kim", "password": PASSWORD}, 201)["csrf"]
    assert kim.ask("GET", "/about")["setup"] is False
    kim.ask("POST", "/users", {"name": "lee", "role": "analyst", "password": PASSWORD}, 201)
    document = kim.ask("GET", "/openapi.json")
    assert document["openapi"] == "3.1.0"
    for path, item in document["paths"].items(): # what is described is there
        for method in set(item) & {"get", "post", "put", "patch", "delete"}:
            link = http.client.HTTPConnection("127.0.0.1", port)
            link.request(method.upper(), "/api/v1" + path.replace("{", "").replace("}", ""), b"{}" if "requestBody" in item[method] else None)
            status = link.getresponse().status
            assert status not in (404, 405, 500), (method, path, status)
    one = kim.ask("GET", "/incidents?q=SEOUL")["incidents"][0]
    assert one["name"] == "seoul-2013" and one["evidence"] == 1
    for _ in range(100): # the index follows
        found = kim.ask("GET", "/incidents?q=vil.page.exam")
        if found["total"]: break
        time.sleep(0.1)
    assert found["incidents"][0]["matched"][0]["kind"] == "trait", found
    whole = kim.ask("GET", "/incidents/" + one["id"])
    assert whole["verdicts"] and sum(g["traits"] for g in whole["groups"]) == whole["traits"]
    traits, after = [], ""
    while after is not None: # pages put together are the whole
        page = kim.ask("GET", f"/incidents/{one['id']}/traits?limit=1{after}")
        traits += page["traits"]
        after = "&after=" + page["next"] if "next" in page else None
    assert len(traits) == whole["traits"] == len({t["id"] for t in traits}), (len(traits), whole["traits"])
    seen = kim.ask("GET", f"/incidents/{one['id']}/traits/{traits[0]['id']}")
    assert seen["seen"][0]["name"].endswith("access.log") and seen["incidents"][0]["name"] == "seoul-2013"
    piece = kim.ask("GET", f"/incidents/{one['id']}/evidence")["evidence"][0]
    assert kim.ask("GET", "/evidence/" + piece["sha256"])["incidents"][0]["id"] == one["id"]
    finding = kim.ask("GET", f"/incidents/{one['id']}/finding")
    assert finding["matches"][0]["incident"] == "culver-city-2014" and finding["matches"][0]["hallmarks"], finding
    other = finding["matches"][0]["id"]
    assert kim.ask("GET", f"/incidents/{one['id']}/finding?with={other}")["matches_all"] == 1
    kim.ask("GET", f"/incidents/{one['id']}/finding?with=incident--nothing", want=404)
    groups = ",".join(finding["matches"][0]["groups"])
    supposed = kim.ask("GET", f"/incidents/{one['id']}/whatif?planted={groups}")["matches"][0]
    assert supposed["bits"] <= 0.001 and not supposed["related"] and supposed["bits_before"] == finding["matches"][0]["bits"]
    kim.ask("GET", f"/incidents/{one['id']}/whatif?planted=magic", want=400)
    graph = kim.ask("GET", f"/incidents/{one['id']}/graph")
    names = {n["id"] for n in graph["nodes"]}
    assert {one["id"], other} <= names and all(e["from"] in names and e["to"] in names for e in graph["edges"])
    trait = next(n["id"] for n in graph["nodes"] if n["kind"] == "trait")
    assert kim.ask("GET", f"/incidents/{one['id']}/graph?expand={trait}")["nodes"]
    assert kim.ask("GET", f"/incidents/{other}/claims")["claims"][0]["publisher"] == "FBI"
    claim = kim.ask("POST", f"/incidents/{one['id']}/claims", {"relation": "attributed-to", "target": "<b>x", "publisher": "p", "said": "2013-04-10"}, 201)
    kim.ask("POST", f"/incidents/{one['id']}/claims", {"relation": "made-by", "target": "x", "publisher": "p", "said": "2013-04-10"}, 400)
    kim.ask("POST", f"/claims/{claim['id']}/withdrawal", {"why": "a test"}, 204)
    kim.ask("POST", f"/claims/{claim['id']}/withdrawal", {"why": "a test"}, 409)
    assert [a["name"] for a in kim.ask("GET", "/actors")["actors"]] == ["North Korea"]
    assert kim.ask("GET", "/actors/North%20Korea")["incidents"][0]["id"] == other
    kim.ask("GET", "/actors/Nobody", want=404)
    assert kim.ask("GET", f"/incidents/{one['id']}/attribution", want=404)["code"] == "nobody-known"
    report = kim.ask("GET", f"/incidents/{one['id']}/report?format=markdown&language=ko")
    assert b"seoul-2013" in report and "attachment" in kim.last.getheader("Content-Disposition")
    line = kim.ask("GET", f"/incidents/{one['id']}/timeline")
    assert line["total"] == len(line["moments"]) or "next" in line
    assert kim.ask("GET", "/partners") == {"partners": [], "policy": False}
    kim.ask("GET", f"/incidents/{one['id']}/preview?partner=x", want=404)
    assert kim.ask("GET", "/recalls")["obligations"] == []
    assert kim.ask("GET", "/search?q=seoul")["incidents"] and kim.ask("GET", "/search?q=page.exam")["traits"]
    assert b"hallmark_incidents 2" in kim.ask("GET", "/metrics")
if step == "hostile":
    kim.csrf = kim.ask("POST", "/session", {"name": "kim", "password": PASSWORD})["csrf"]
    incident = kim.ask("GET", "/incidents")["incidents"][0]["id"]
    naughty = ["<script>alert(1)</script>", "'; DROP TABLE incident; --", "../../etc/passwd", "{{7*7}}", "${jndi:ldap://x}",
               "=1+1", "\u202eevil", "a\u0000b", "\x1b]52;c;x\x07", "\ufeff", "\U0001f469\u200d\U0001f469", "%00%0a", "-1", "NaN", "\\u0041"]
    for line in naughty:
        note = kim.ask("POST", f"/incidents/{incident}/notes", {"text": line}, 201)
        assert kim.ask("GET", "/notes/" + note["id"])["text"] == line
        link = http.client.HTTPConnection("127.0.0.1", port)
        link.request("POST", "/api/v1/incidents", json.dumps({"name": line}), {"Cookie": kim.cookie, "X-Hallmark-Csrf": kim.csrf, "Content-Type": "application/json"})
        answer = link.getresponse(); text = answer.read()
        assert answer.status in (201, 400), (line, answer.status)
        if answer.status == 201: assert json.loads(text)["name"] == line
        for path in ("/incidents/", "/notes/", "/evidence/", "/sessions/"):
            quoted = "".join("%%%02x" % b for b in line.encode())
            link = http.client.HTTPConnection("127.0.0.1", port)
            link.request("DELETE" if path == "/sessions/" else "GET", "/api/v1" + path + quoted, headers={"Cookie": kim.cookie, "X-Hallmark-Csrf": kim.csrf})
            assert link.getresponse().status in (400, 404), (path, line)
        link = http.client.HTTPConnection("127.0.0.1", port)
        link.request("GET", "/api/v1/incidents?q=" + "".join("%%%02x" % b for b in line.encode()), headers={"Cookie": kim.cookie})
        assert link.getresponse().status in (200, 400), line
    hidden, absent = Team(), Team() # somebody else's and nobody's are the same bytes
    lee = Team(); lee.csrf = lee.ask("POST", "/session", {"name": "lee", "password": PASSWORD})["csrf"]
    mine = kim.ask("GET", "/sessions")["sessions"][0]["id"]
    assert lee.ask("DELETE", "/sessions/" + mine, want=404) == lee.ask("DELETE", "/sessions/" + "0" * 32, want=404)
    lee.ask("GET", "/sessions?all=true", want=403); lee.ask("GET", "/audit", want=403)
    lee.ask("PATCH", "/users/kim", {"password": "taken over by lee"}, 403)
    assert any(e["what"] == "signed-in" for e in kim.ask("GET", "/audit")["entries"])
    script = Team(); script.token = lee.ask("POST", "/account/tokens", {"name": "nightly", "role": "reader"}, 201)["token"]
    script.ask("GET", "/incidents"); script.ask("POST", "/incidents", {"name": "x"}, 403)
    script.ask("POST", "/account/tokens", {"name": "more"}, 403)
    kim.ask("PATCH", "/users/lee", {"disabled": True})
    lee.ask("GET", "/incidents", want=401); script.ask("GET", "/incidents", want=401)
    print(kim.cookie)
log = b"".join(b"10.0.0.%d - - [24/Nov/2014:08:00:00 +0900] \"GET /dropped.example HTTP/1.1\" 200 1\n" % (n % 250) for n in range(2000))
if step == "upload": # announced, half of it brought
    kim.cookie = sys.argv[3]; kim.csrf = kim.ask("GET", "/session")["csrf"]
    incident = next(i["id"] for i in kim.ask("GET", "/incidents")["incidents"] if i["name"] == "seoul-2013")
    one = kim.ask("POST", f"/incidents/{incident}/uploads", {"name": "../../<b>access.log", "size": len(log)}, 201)
    kim.ask("PATCH", "/uploads/" + one["id"], log[:5000], headers={"Upload-Offset": "0"})
    kim.ask("PATCH", "/uploads/" + one["id"], log[:5000], 409, {"Upload-Offset": "0"})
    kim.ask("PATCH", "/uploads/" + one["id"], log[5000:], 400)
    kim.ask("PATCH", "/uploads/" + one["id"], log + b"more", 413, {"Upload-Offset": "5000"})
    kim.ask("POST", f"/incidents/{incident}/uploads", {"name": "x", "size": 1 << 31}, 400)
    gone = kim.ask("POST", f"/incidents/{incident}/uploads", {"name": "x", "size": 9}, 201)
    kim.ask("DELETE", "/uploads/" + gone["id"], want=204); kim.ask("GET", "/uploads/" + gone["id"], want=404)
if step == "resume": # after kill -9
    kim.cookie = sys.argv[3]; kim.csrf = kim.ask("GET", "/session")["csrf"]
    (one,) = kim.ask("GET", "/uploads")["uploads"]
    assert one["offset"] == 5000 and one["state"] == "receiving" and one["name"] == "../../<b>access.log", one
    before = kim.ask("GET", "/incidents/" + one["incident"])["evidence"] # nothing half-stored
    assert before == 1
    listening = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    listening.request("GET", "/api/v1/events", headers={"Cookie": kim.cookie})
    stream = listening.getresponse()
    assert stream.getheader("Content-Type") == "text/event-stream"
    kim.ask("PATCH", "/uploads/" + one["id"], log[5000:], headers={"Upload-Offset": "5000"})
    pieces, state = [], None
    while state not in ("done", "failed"): # the result as it arrives
        line = stream.readline()
        assert line, "the stream ended early"
        if line.startswith(b"data: "):
            told = json.loads(line[6:])
            if told["event"] == "piece": pieces.append(told["piece"])
            if told["event"] == "upload": state = told["upload"]["state"]
    assert state == "done" and pieces[0]["verdict"] == "read" and pieces[0]["traits"] > 0, (state, pieces)
    found = kim.ask("GET", f"/incidents/{one['incident']}/evidence")["evidence"]
    assert len(found) == before + 1 and found[-1]["name"] == "<b>access.log", found
    assert kim.ask("GET", "/uploads/" + one["id"])["pieces"][0]["verdict"] == "read"
if step == "again": # a session outlives the server
    kim.cookie = sys.argv[3]
    assert kim.ask("GET", "/session")["user"]["name"] == "kim"
    assert kim.ask("GET", "/about")["setup"] is False
P
expect 0 python3 client.py "$port" first "$code"
expect 0 python3 client.py "$port" hostile
cookie=$(printf %s "$out" | tail -1)
stop KILL
start
expect 0 python3 client.py "$port" again "$cookie"
expect 0 python3 client.py "$port" upload "$cookie"
stop KILL
start
expect 0 python3 client.py "$port" resume "$cookie"
[ -z "$(ls casebook/page/uploads)" ] || fail "what was read is left over"
expect 0 "$HALLMARK" user list
has "admin    kim"
expect 4 "$HALLMARK" user remove kim
has "no admin would be left"
printf 'a password of one line\n' >pw
expect 0 "$HALLMARK" user add park --role liaison --password-file pw
expect 0 "$HALLMARK" user token park --label x --days 1
expect 0 "$HALLMARK" user remove park
expect 0 "$HALLMARK" verify
stop
grep -i "password\|correct horse" page.err page.out && fail "a password was written down"
done_testing
