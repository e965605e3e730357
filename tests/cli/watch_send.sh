#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# watch_send.sh - hits sent on: to syslog over UDP, TCP and a Unix socket, to a webhook that is down, busy, rude or slow, into the casebook.
. "$(dirname "$0")/lib.sh"

echo 45.77.10.20 >list.txt
for i in 1 2 3; do echo "line $i 45.77.10.20"; done >access.log
echo "a secret of some length" >secret

# A receiver of each kind: what it got goes into files. The webhook answers what answers.txt says, a number a request, then 200.
cat >receive.py <<'PY'
import hmac, http.server, os, socket, sys, threading, time
lock = threading.Lock()
def keep(name, data):
    with lock, open(name, "ab") as out:
        out.write(data)
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stamp = self.headers.get("Hallmark-Timestamp", "")
        signed = hmac.new(open("secret").read().strip().encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
        good = self.headers.get("Hallmark-Signature") == "sha256=" + signed and abs(int(stamp or 0) - time.time()) < 60
        with lock:
            answers = open("answers.txt").read().split() if os.path.exists("answers.txt") else []
            if os.path.exists("answers.txt"):
                open("answers.txt", "w").write(" ".join(answers[1:]))
        code = int(answers[0]) if answers else 200
        keep("requests", b"%d %s %s\n" % (code, b"signed" if good else b"unsigned", self.path.encode()))
        if code == 200:
            keep("hooked", body)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "http://127.0.0.1:%d/elsewhere" % self.server.server_port)
        if code == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "100000" if code == 418 else "0")
        self.end_headers()
        if code == 418:
            self.wfile.write(b"x" * 100000)
    def log_message(self, *ignored):
        pass
hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); unix.bind("devlog")
tcp = socket.create_server(("127.0.0.1", 0))
def datagrams(s, name):
    while True:
        keep(name, s.recv(70000) + b"\n")
def streams():
    while True:
        client = tcp.accept()[0]
        while data := client.recv(65536):
            keep("tcp", data)
threading.Thread(target=datagrams, args=(udp, "udp"), daemon=True).start()
threading.Thread(target=datagrams, args=(unix, "unix"), daemon=True).start()
threading.Thread(target=streams, daemon=True).start()
with open("ports.new", "w") as out:
    out.write("%d %d %d" % (hook.server_port, udp.getsockname()[1], tcp.getsockname()[1]))
os.rename("ports.new", "ports")
threading.Event().wait()
PY
python3 receive.py &
receiver=$!
wait_for() { # FILE COUNT-OF-LINES
    for _ in $(seq 100); do
        [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ] && return 0
        sleep 0.1
    done
    fail "waited for $2 lines in $1"
}
for _ in $(seq 100); do [ -f ports ] && break; sleep 0.1; done
read -r hook udp tcp <ports

expect 0 "$HALLMARK" watch --once -i list.txt --send "syslog:udp:127.0.0.1:$udp" --send "syslog:tcp:127.0.0.1:$tcp" \
    --send "syslog:unix:$PWD/devlog" --send "http://127.0.0.1:$hook/in" --send-secret secret access.log
has "3 hits"
wait_for udp 3
wait_for unix 3
wait_for hooked 3
for _ in $(seq 50); do [ "$(grep -o '"line":' tcp | wc -l)" = 3 ] && break; sleep 0.1; done
python3 - <<'PY' || fail "what was sent is not what it should be"
import json, re
form = re.compile(r"<84>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z [!-~]{1,255} hallmark \d+ hit - (\{.*\})")
def ids(texts):
    return [json.loads(form.fullmatch(t).group(2))["event"]["id"] for t in texts]
udp = ids(open("udp").read().splitlines())
unix = ids(open("unix").read().splitlines())
tcp, rest = [], open("tcp").read()
while rest:
    length, rest = rest.split(" ", 1)
    tcp.append(rest[:int(length)])
    rest = rest[int(length):]
hooked = [json.loads(line)["event"]["id"] for line in open("hooked")]
assert udp == unix == ids(tcp) == hooked and len(set(hooked)) == 3, (udp, unix, tcp, hooked)
assert open("requests").read() == "200 signed /in\n"
PY

# Busy: tried again, signed anew, and told once. A long answer is not read to its end.
rm -f requests hooked
echo "503 429" >answers.txt
expect 0 "$HALLMARK" watch --once -i list.txt --send "http://127.0.0.1:$hook/secret-path" --send-secret secret access.log
has "127.0.0.1:$hook: does not take hits now, and is tried again: it answers 503"
has "takes hits again"
lacks "secret-path"
same "$(cut -d' ' -f1,2 requests | tr '\n' ' ')" "503 signed 429 signed 200 signed " "what the webhook was asked"
same "$(wc -l <hooked)" 3 "hits that the webhook took"

# Rude: not tried again, the run fails, and with a checkpoint the next run begins where it was.
for answer in 302 401 418; do
    rm -f requests hooked state
    echo $answer >answers.txt
    expect 4 "$HALLMARK" watch --once --checkpoint state -i list.txt --send "http://127.0.0.1:$hook/" access.log
    has "did not take hits: it answers $answer"
    same "$(wc -l <requests)" 1 "requests answered $answer"
    grep -q elsewhere requests && fail "a redirect was followed"
    [ -f state ] && fail "a checkpoint was written over hits that nobody took"
    expect 0 "$HALLMARK" watch --once --checkpoint state -i list.txt --send "http://127.0.0.1:$hook/" access.log
    same "$(wc -l <hooked)" 3 "hits taken by the run after $answer"
done

# Nobody there, and no patience.
expect 4 "$HALLMARK" watch --once -i list.txt --send syslog:tcp:127.0.0.1:1 --send-patience 0 access.log
has "Connection refused"
expect 4 "$HALLMARK" watch --once -i list.txt --send "syslog:unix:$PWD/nobody" --send-patience 0 access.log
has "No such file"

# What cannot be a receiver.
expect 2 "$HALLMARK" watch --once -i list.txt --send ftp://x access.log
expect 2 "$HALLMARK" watch --once -i list.txt --send http://192.0.2.1/ access.log
has "https:// alone"
expect 2 "$HALLMARK" watch --once -i list.txt --send https://me:word@hooks.example/ access.log
has "no user or password"
lacks "me:word"
expect 2 "$HALLMARK" watch --once -i list.txt --send syslog:udp:514 access.log
echo short >tiny
expect 2 "$HALLMARK" watch --once -i list.txt --send "http://127.0.0.1:$hook/" --send-secret tiny access.log
has "16 bytes"

# Over TLS: to whom the certificate was made for, and to nobody else; who hangs up is called again.
if command -v openssl >/dev/null; then
    authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1" 2>/dev/null; }
    authority known; authority stranger
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=server 2>/dev/null
    printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n' >server.ext
    openssl x509 -req -in server.csr -CA known.pem -CAkey known.key -CAcreateserial -out server.pem -extfile server.ext -days 30 2>/dev/null
    cat >tls.py <<'PY'
import http.server, os, socket, ssl, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("hooked_tls", "ab") as out:
            out.write(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *ignored):
        pass
hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
hook.socket = context.wrap_socket(hook.socket, server_side=True)
threading.Thread(target=hook.serve_forever, daemon=True).start()
log = socket.create_server(("127.0.0.1", 0))
with open("tls_ports.new", "w") as out:
    out.write("%d %d" % (hook.server_port, log.getsockname()[1]))
os.rename("tls_ports.new", "tls_ports")
calls = 0
while True:
    try:
        calls += 1
        client = context.wrap_socket(log.accept()[0], server_side=True)
        with client:
            assert client.selected_alpn_protocol() is None
            while data := client.recv(65536):
                with open("tls", "ab") as out:
                    out.write(data)
                if calls == 2:
                    break  # hangs up in the midst
    except (OSError, ssl.SSLError):
        pass
    with open("tls_calls", "a") as out:
        out.write("call\n")
PY
    python3 tls.py 2>/dev/null &
    tls_receiver=$!
    for _ in $(seq 100); do [ -f tls_ports ] && break; sleep 0.1; done
    read -r tls_hook tls_log <tls_ports
    expect 0 "$HALLMARK" watch --once -i list.txt --send "syslog:tls:localhost:$tls_log" --send "https://localhost:$tls_hook/in" \
        --send-ca known.pem access.log
    has "3 hits"
    wait_for tls_calls 1
    same "$(wc -l <hooked_tls)" 3 "hits posted over TLS"
    python3 - <<'PY' || fail "what was sent over TLS is not what it should be"
import json, re
form = re.compile(r"<84>1 \S+ \S+ hallmark \d+ hit - (\{.*\})")
rest, ids = open("tls").read(), []
while rest:
    length, rest = rest.split(" ", 1)
    ids.append(json.loads(form.fullmatch(rest[:int(length)]).group(1))["event"]["id"])
    rest = rest[int(length):]
assert ids == [json.loads(line)["event"]["id"] for line in open("hooked_tls")] and len(set(ids)) == 3, ids
PY
    # It has hung up between two batches: called again, and what comes then arrives.
    rm -f tls
    : >grows.log
    "$HALLMARK" watch --quiet --json -i list.txt --send "syslog:tls:localhost:$tls_log" --send-ca known.pem grows.log >/dev/null 2>grows.err &
    pid=$!
    for i in 1 2 3; do
        echo "grown $i 45.77.10.20" >>grows.log
        for _ in $(seq 50); do [ "$(grep -o '"line":' tls 2>/dev/null | wc -l)" -ge $i ] && break; sleep 0.1; done
        sleep 0.2
    done
    kill $pid
    wait $pid
    same "$(grep -o '"line":' tls | wc -l)" 3 "hits of a receiver that hung up"
    # Another's certificate, another name, no TLS at all.
    rm -f tls hooked_tls
    for to in "syslog:tls:localhost:$tls_log" "https://localhost:$tls_hook/in"; do
        expect 4 "$HALLMARK" watch --once -i list.txt --send "$to" --send-ca stranger.pem access.log
        has "did not take hits"
        expect 4 "$HALLMARK" watch --once -i list.txt --send "${to/localhost/127.0.0.1}" --send-ca known.pem access.log
        has "did not take hits"
        expect 4 "$HALLMARK" watch --once -i list.txt --send "$to" --send-patience 0 access.log
    done
    expect 4 "$HALLMARK" watch --once -i list.txt --send "syslog:tls:localhost:$hook" --send-ca known.pem --send-patience 0 access.log
    has "syslog over TLS"
    [ -e tls ] || [ -e hooked_tls ] && fail "a receiver with a stranger's certificate got hits"
    kill $tls_receiver
    wait $tls_receiver 2>/dev/null
    # As a source: from who has a certificate of the authority, and from nobody else. The program sends to itself.
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr -subj /CN=client 2>/dev/null
    printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n' >client.ext
    openssl x509 -req -in client.csr -CA known.pem -CAkey known.key -CAcreateserial -out client.pem -extfile client.ext -days 30 2>/dev/null
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    listen() {
        "$HALLMARK" watch --json -i list.txt --listen-cert server.pem --listen-key server.key "$@" "tls:127.0.0.1:$port" >listened 2>listened.err &
        pid=$!
        for _ in $(seq 100); do
            python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()' "$port" 2>/dev/null && break
            sleep 0.1
        done
    }
    listen
    expect 0 "$HALLMARK" watch --once -i list.txt --send "syslog:tls:localhost:$port" --send-ca known.pem access.log
    wait_for listened "$(wc -l <access.log)"
    kill $pid
    wait $pid
    listen --listen-ca known.pem
    cat >send_tls.py <<'PY'
import socket, ssl, sys
context = ssl.create_default_context(cafile="known.pem")
if len(sys.argv) > 2:
    context.load_cert_chain(sys.argv[2] + ".pem", sys.argv[2] + ".key")
try:
    with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="localhost") as tls:
        for part in (b"23 <34>counted 45.77", b".10.20", b"<34>a line 45.77.10.20\n", b"<34>the last 45.77.10.20"):
            tls.sendall(part)
        tls.unwrap()
except (OSError, ssl.SSLError):
    sys.exit(1)
PY
    python3 send_tls.py "$port"            # without a certificate
    python3 send_tls.py "$port" server     # with one that was not made for clients
    python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1]))).sendall(b"<34>plain 45.77.10.20\n")' "$port"
    python3 send_tls.py "$port" client
    wait_for listened 3
    sleep 0.3
    kill $pid
    wait $pid
    same "$(python3 -c 'import json; print([json.loads(l)["event"]["original"] for l in open("listened")])')" \
        "['<34>counted 45.77.10.20', '<34>a line 45.77.10.20', '<34>the last 45.77.10.20']" "records of the one client that is known"
    grep -q "records, clients" listened.err || fail "clients turned away were not told"
    expect 2 "$HALLMARK" watch -i list.txt "tls:127.0.0.1:$port"
    has "--listen-cert"
    expect 2 "$HALLMARK" watch -i list.txt --listen-cert list.txt --listen-key list.txt "tls:127.0.0.1:$port"
    has "cannot be used"
else
    echo "skipped: no openssl to make certificates with"
fi
expect 2 "$HALLMARK" watch --once -i list.txt --send syslog:tls:loghost access.log
has "syslog:tls:HOST:PORT"

# Into the casebook: STIX that our own checker finds nothing wrong with, kept once however often it is met.
expect 4 "$HALLMARK" watch --once -i list.txt --send casebook:own access.log
has 'make one with "hallmark init"'
expect 0 "$HALLMARK" init
expect 2 "$HALLMARK" watch --once -i list.txt --send casebook: access.log
# How many sightings each line has, "1 1 1 ..." when none is lost and none doubled; all objects go into sightings.json.
sightings() {
    python3 - "$HALLMARK_CASEBOOK/casebook.db" <<'PY'
import collections, json, sqlite3, sys
rows = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute("SELECT raw FROM object").fetchall()
objects = [json.loads(raw) for raw, in rows]
json.dump({"type": "bundle", "id": "bundle--eb877185-05d0-4017-9769-0a4b0170a232", "objects": objects}, open("sightings.json", "w"))
ids = {o["id"] for o in objects}
assert len(ids) == len(objects)
lines = collections.Counter()
for o in objects:
    if o["type"] == "sighting":
        assert o["sighting_of_ref"] in ids and o["created_by_ref"] in ids and set(o["extensions"]) <= ids
        (extension,) = o["extensions"].values()
        lines[extension["line"]] += 1
print(*[lines[line] for line in sorted(lines)])
PY
}
expect 0 "$HALLMARK" watch --once -i list.txt --send casebook:own access.log
same "$(sightings)" "1 1 1" "sightings of each line"
expect 0 "$HALLMARK" stix validate sightings.json
has " 0 errors"
expect 0 "$HALLMARK" watch --once -i sightings.json access.log # whoever gets them can watch for the same
has "3 hits"
expect 0 "$HALLMARK" watch --once -i list.txt --send casebook:own access.log
expect 0 "$HALLMARK" show own --json
same "$(value "['incident']['evidence']")" 1 "pieces of evidence after the second run"
expect 0 "$HALLMARK" hunt index --index index "$PWD/access.log"
expect 0 "$HALLMARK" hunt -i list.txt --send casebook:hunted --index index
same "$(sightings)" "2 2 2" "sightings under the file's two names"
expect 0 "$HALLMARK" verify

# Killed again and again while lines come: every line has its sighting, and one.
: >kept.log
rm -f state
export HALLMARK_CASEBOOK=$house/kept
expect 0 "$HALLMARK" init
(for i in $(seq 400); do echo "k$i 45.77.10.20"; [ $((i % 20)) = 0 ] && sleep 0.1; done >>kept.log) &
writer=$!
for round in 1 2 3 4 5 6; do
    "$HALLMARK" watch --quiet --json --break-hits 1000000 --checkpoint state -i list.txt --send casebook:own kept.log >/dev/null 2>>kept.err &
    pid=$!
    sleep "0.$((round * 5 % 9 + 1))"
    kill -9 $pid
    wait $pid 2>/dev/null
done
wait $writer
"$HALLMARK" watch --once --quiet --json --break-hits 1000000 --checkpoint state -i list.txt --send casebook:own kept.log >/dev/null 2>>kept.err
same "$(sightings | tr ' ' '\n' | sort | uniq -c | tr -s ' ')" " 400 1" "sightings of each line after the kills"
expect 0 "$HALLMARK" verify
export HALLMARK_CASEBOOK=$house/casebook

# Killed again and again while lines come: every line's hit reaches the webhook, and repeats have the ids of the first time.
rm -f requests hooked state answers.txt
: >live.log
(for i in $(seq 600); do echo "n$i 45.77.10.20"; [ $((i % 20)) = 0 ] && sleep 0.1; done >>live.log) &
writer=$!
for round in 1 2 3 4 5 6; do
    "$HALLMARK" watch --quiet --json --break-hits 1000000 --checkpoint state -i list.txt --send "http://127.0.0.1:$hook/" live.log \
        >/dev/null 2>>live.err &
    pid=$!
    sleep "0.$((round * 7 % 9 + 1))"
    kill -9 $pid
    wait $pid 2>/dev/null
done
wait $writer
"$HALLMARK" watch --once --quiet --json --break-hits 1000000 --checkpoint state -i list.txt --send "http://127.0.0.1:$hook/" live.log \
    >/dev/null 2>>live.err
python3 - <<'PY' || fail "hits were lost or doubled"
import json
lines, ids = set(), {}
for text in open("hooked"):
    hit = json.loads(text)
    lines.add(hit["hallmark"]["line"])
    assert ids.setdefault(hit["event"]["id"], hit["hallmark"]["line"]) == hit["hallmark"]["line"]
assert lines == set(range(1, 601)) and len(ids) == 600, (len(lines), len(ids))
PY
kill $receiver
wait $receiver 2>/dev/null
done_testing
