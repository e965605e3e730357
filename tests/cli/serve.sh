#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve.sh - a running TAXII server: plain and TLS sessions, tricks of framing on the wire, certificates that are not to be
# trusted, kill -9 while objects come in.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "python3 is missing: left out"; exit 77; }
main=91a7b528-80eb-42ed-a74d-c6fbd5a26116
digest() { python3 -c "import hashlib,sys; print(hashlib.sha256(sys.argv[1].encode()).hexdigest())" "$1"; }
cat >policy.txt <<'P'
partner alice 11111111-1111-4111-8111-111111111111 community
partner bob   22222222-2222-4222-8222-222222222222 public
P
cat >server.conf <<P
title Session
listen 127.0.0.1 0
root api Root
collection api $main main Main
read $main *
write $main alice
account alice token $(digest alice-token)
account bob token $(digest bob-token)
rate * 100000
P
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" serve --config server.conf --policy policy.txt --check
has "1 roots, 1 collections, 2 partners, 2 accounts"
expect 2 "$HALLMARK" serve --config server.conf
sed 's/listen.*/listen 0.0.0.0 0/' server.conf >open.conf
expect 4 "$HALLMARK" serve --config open.conf --policy policy.txt
has "certificate"
sed 's/^read.*/reed x/' server.conf >bad.conf
expect 3 "$HALLMARK" serve --config bad.conf --policy policy.txt
has "line 5"

server=
start() { # CONFIG: starts it and sets $port
    "$HALLMARK" serve --config "$1" --policy policy.txt >serve.out 2>>serve.err &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -n 's|.*:\([0-9]*\)/taxii2/|\1|p' serve.out)
        [ -n "$port" ] && return
        sleep 0.1
    done
    fail "the server does not start"
}
stop() { kill -"${1:-TERM}" "$server" 2>/dev/null; wait "$server" 2>/dev/null; }
trap 'code=$?; stop KILL; rm -rf "$house"; exit $code' EXIT

start server.conf
expect 4 "$HALLMARK" serve --config server.conf --policy policy.txt
has "another process"
cat >client.py <<'P'
import http.client, json, os, socket, ssl, sys, threading, time
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
TYPE = "application/taxii+json;version=2.1"
OBJECTS = "/api/collections/main/objects/"
def tool(n, marking=GREEN):
    return {"type": "tool", "spec_version": "2.1", "id": f"tool--0c7b5b88-8ff7-4a4d-aa9d-{n:012x}",
            "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z", "name": f"t{n}",
            "object_marking_refs": [marking]}
def ask(port, method, path, token=None, body=None, tls=None):
    c = (http.client.HTTPSConnection("localhost", port, context=tls, timeout=20) if tls
         else http.client.HTTPConnection("127.0.0.1", port, timeout=20))
    headers = {"Accept": TYPE}
    if token: headers["Authorization"] = "Bearer " + token
    if body is not None: headers["Content-Type"] = TYPE
    c.request(method, path, body, headers)
    r = c.getresponse()
    return r.status, r.read(), r
def raw(port, data):
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    s.sendall(data)
    out = b""
    while True:
        try: part = s.recv(65536)
        except ConnectionResetError: break
        if not part: break
        out += part
    return out
P
cat >wire.py <<'P'
import sys
from client import *
port = int(sys.argv[1])
status, body, r = ask(port, "GET", "/taxii2/")
assert status == 401 and r.getheader("WWW-Authenticate"), status
status, body, r = ask(port, "POST", OBJECTS, "alice-token", json.dumps({"objects": [tool(i) for i in range(5)]}))
assert status == 202 and json.loads(body)["success_count"] == 5, body
status, body, r = ask(port, "GET", OBJECTS, "alice-token")
assert status == 200 and len(json.loads(body)["objects"]) == 5 and r.getheader("X-TAXII-Date-Added-Last")
assert ask(port, "GET", OBJECTS, "bob-token")[1] == b"{}"          # GREEN is not for the public
assert ask(port, "POST", OBJECTS, "bob-token", "{}")[0] == 403
get = b"GET /api/collections/main/objects/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer alice-token\r\n\r\n"
post = b"POST /api/collections/main/objects/ HTTP/1.1\r\nAuthorization: Bearer alice-token\r\n"
for trick, want in [
        (post + b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (post + b"Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", b"400"),
        (post + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n", b"411"),
        (post + b"Host: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"GET /taxii2/ HTTP/1.1\nHost: a\n\n", b"400"),
        (b"GET /taxii2/ HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"a" * 20000, b"431"),
        (post + b"Host: a\r\nContent-Type: application/taxii+json\r\nContent-Length: 999999999\r\n\r\n", b"413")]:
    answer = raw(port, trick + get)
    assert answer.startswith(b"HTTP/1.1 " + want), (trick[:200], answer[:200])
    assert answer.count(b"HTTP/1.1 ") == 1 and b"tool--" not in answer, answer   # nothing behind it was read
P
python3 wire.py "$port" || fail "plain session"
# What is recalled while the server runs is served to nobody a second later, nor when it comes again.
cat >recalled.py <<'P'
import sys
from client import *
port, back = int(sys.argv[1]), tool(2)["id"]
status, body, r = ask(port, "POST", OBJECTS, "alice-token", json.dumps({"objects": [dict(tool(2), modified="2021-01-01T00:00:00.000Z")]}))
assert status == 202, body
ids = [o["id"] for o in json.loads(ask(port, "GET", OBJECTS, "alice-token")[1])["objects"]]
assert back not in ids and len(ids) == 4, ids
assert ask(port, "GET", OBJECTS + back + "/", "alice-token")[0] == 404
P
expect 0 "$HALLMARK" recall "tool--0c7b5b88-8ff7-4a4d-aa9d-000000000002" --reason "a hospital's tool"
sleep 1.2
python3 recalled.py "$port" || fail "a recalled object is served"
stop
grep -q '"event"' serve.err && cat serve.err

# kill -9 while envelopes come in: everything that was acknowledged is there, once, and no batch is half there.
cat >crash.py <<'P'
import os, sys, signal
from client import *
port, server = int(sys.argv[1]), int(sys.argv[2])
acknowledged, n, lock, killed = [], [100000], threading.Lock(), []
def add():
    while not killed:
        try:
            with lock: first = n[0]; n[0] += 20
            status, body, r = ask(port, "POST", OBJECTS, "alice-token", json.dumps({"objects": [tool(i) for i in range(first, first + 20)]}))
            if status == 202: acknowledged.append(first)
        except Exception: pass      # killed, or too busy to answer in time
threads = [threading.Thread(target=add) for _ in range(4)]
for t in threads: t.start()
end = time.time() + 60      # a busy machine may take its time over the first
while len(acknowledged) < 5 and time.time() < end: time.sleep(0.02)
time.sleep(0.3)
os.kill(server, signal.SIGKILL)
killed.append(True)
for t in threads: t.join()
json.dump(acknowledged, open("acknowledged.json", "w"))
P
cat >after.py <<'P'
import sys
from client import *
port = int(sys.argv[1])
seen, more = {}, ""
while True:
    page = json.loads(ask(port, "GET", OBJECTS + "?limit=1000" + more, "alice-token")[1])
    for o in page.get("objects", []):
        assert o["id"] not in seen, "twice: " + o["id"]
        seen[o["id"]] = o
    if not page.get("more"): break
    more = "&next=" + page["next"]
acknowledged = json.load(open("acknowledged.json"))
assert acknowledged, "nothing was acknowledged"
for first in acknowledged:
    for i in range(first, first + 20): assert tool(i)["id"] in seen, i
assert len(seen) % 20 == 4, len(seen)       # 4 from before, and whole batches
P
start server.conf
python3 crash.py "$port" "$server" || fail "crash session"
wait "$server" 2>/dev/null
start server.conf
python3 after.py "$port" || fail "something acknowledged is missing"
stop

# TLS and certificates.
if command -v openssl >/dev/null; then
    ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1" 2>/dev/null; }
    leaf() { # NAME CA USAGE START END
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
        printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=%s\nsubjectAltName=DNS:localhost\n' "$3" >"$1.ext"
        openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -out "$1.pem" -extfile "$1.ext" -days "${4:-30}" 2>/dev/null
    }
    ca authority; ca stranger
    leaf server authority serverAuth
    leaf client authority clientAuth
    leaf unknown authority clientAuth
    leaf wrongusage authority serverAuth
    leaf foreign stranger clientAuth
    leaf revoked authority clientAuth
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout expired.key -out expired.csr -subj /CN=expired 2>/dev/null
    touch index.txt; echo 1000 >serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=x\ndefault_crl_days=30\n[p]\ncommonName=supplied\n[x]\nextendedKeyUsage=clientAuth\n' >ca.cnf
    openssl ca -batch -config ca.cnf -cert authority.pem -keyfile authority.key -in expired.csr -out expired.pem -startdate 20200101000000Z -enddate 20200201000000Z -notext 2>/dev/null
    openssl ca -config ca.cnf -cert authority.pem -keyfile authority.key -revoke revoked.pem 2>/dev/null
    openssl ca -config ca.cnf -cert authority.pem -keyfile authority.key -gencrl -out crl.pem 2>/dev/null
    finger=$(openssl x509 -in client.pem -outform der | sha256sum | cut -d' ' -f1)
    { cat server.conf; printf 'certificate server.pem\nkey server.key\nclient-ca authority.pem\nclient-crl crl.pem\naccount alice certificate %s\n' "$finger"; } >tls.conf
    start tls.conf
    cat >tls.py <<'P'
import sys
from client import *
port = int(sys.argv[1])
def context(name=None):
    c = ssl.create_default_context(cafile="authority.pem")
    if name: c.load_cert_chain(name + ".pem", name + ".key")
    return c
def status(name): return ask(port, "GET", OBJECTS, None, None, context(name))[0]
assert status("client") == 200
assert status(None) == 401 and status("unknown") == 401      # a good handshake binds nobody
assert ask(port, "GET", OBJECTS, "alice-token", None, context())[0] == 200
for name in ["wrongusage", "foreign", "revoked", "expired"]:
    assert os.path.getsize(name + ".pem") > 0, name
    try:
        answer = status(name)
        raise SystemExit(f"{name} was answered {answer}")
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected): pass
old = context(); old.minimum_version = ssl.TLSVersion.TLSv1; old.maximum_version = ssl.TLSVersion.TLSv1_1
try:
    ask(port, "GET", OBJECTS, None, None, old); raise SystemExit("TLS 1.1 was spoken")
except (ssl.SSLError, ConnectionError, ValueError): pass
assert raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[:5] != b"HTTP/"
P
    python3 -W ignore tls.py "$port" || fail "TLS session"
    stop

    # SIGHUP: another certificate, a longer list of revoked ones, other partners and rights, without dropping who is served.
    leaf leaving authority clientAuth
    leaf renewed authority serverAuth
    finger=$(openssl x509 -in leaving.pem -outform der | sha256sum | cut -d' ' -f1)
    { cat tls.conf; printf 'account bob certificate %s\n' "$finger"; } >both.conf
    cp both.conf now.conf
    : >serve.err
    start now.conf
    cat >hangup.py <<'P'
import shutil, signal, subprocess, sys
from client import *
port, server = int(sys.argv[1]), int(sys.argv[2])
def context(name=None):
    c = ssl.create_default_context(cafile="authority.pem")
    if name: c.load_cert_chain(name + ".pem", name + ".key")
    return c
def line(): return open("serve.err").read().count('"event":"')
def hang_up(want):
    before = line()
    os.kill(server, signal.SIGHUP)
    end = time.time() + 30
    while line() == before and time.time() < end: time.sleep(0.05)
    said = [json.loads(l) for l in open("serve.err").read().splitlines()[before:]]
    assert said and said[0]["event"].startswith(want), said
    return said
class Kept:     # a connection that stays open
    def __init__(self, name=None, token=None):
        self.c = http.client.HTTPSConnection("localhost", port, context=context(name), timeout=20)
        self.headers = {"Accept": TYPE}
        if token: self.headers["Authorization"] = "Bearer " + token
        self.c.connect()
        self.c.auto_open = 0    # never opens another one behind our back
    def get(self, path=OBJECTS):
        self.c.request("GET", path, None, self.headers)
        r = self.c.getresponse()
        return r.status, r.read(), r.getheader("X-TAXII-Date-Added-Last")
def serial():
    with socket.create_connection(("localhost", port)) as s, context().wrap_socket(s, server_hostname="localhost") as t:
        return t.getpeercert()["serialNumber"]
alice, leaving, by_token = Kept("client"), Kept("leaving"), Kept(None, "alice-token")
first = alice.get()
assert first[0] == 200 and leaving.get()[0] == 200 and by_token.get()[0] == 200
old = serial()
# A body that is under way meanwhile is told to come again, or is taken: never half of it, never cut off.
slow = context("client").wrap_socket(socket.create_connection(("localhost", port)), server_hostname="localhost")
body = json.dumps({"objects": [tool(900001)]}).encode()
slow.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (OBJECTS.encode(), TYPE.encode(), len(body)) + body[:20])
for name in ("pem", "key"): shutil.copy("renewed." + name, "server." + name)
subprocess.check_call("openssl ca -config ca.cnf -cert authority.pem -keyfile authority.key -revoke leaving.pem && openssl ca -config ca.cnf "
                      "-cert authority.pem -keyfile authority.key -gencrl -out crl.pem", shell=True, stderr=subprocess.DEVNULL)
assert hang_up("read again")[0]["partners"] == 2
new = serial()
assert new != old, "the old certificate is served"
assert alice.get() == first and by_token.get() == first     # went on, and sees the same bytes and dates
try:
    raise SystemExit(f"a revoked certificate is still answered: {leaving.get()}")
except (http.client.HTTPException, ConnectionError, ssl.SSLError): pass
slow.sendall(body[20:])
answer = slow.recv(65536)
assert answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 202")), answer
assert answer.startswith(b"HTTP/1.1 202") or b"Retry-After" in answer, answer
# What is wrong changes nothing, and says what and where.
good = open("server.pem").read()
for name, wrong, said in [("server.pem", "no certificate\n", "server.pem"), ("server.pem", open("client.pem").read(), "server.pem"),
                          ("now.conf", open("now.conf").read() + "reed x\n", "line"), ("policy.txt", "partner nobody\n", "line"),
                          ("now.conf", open("now.conf").read().replace("listen 127.0.0.1 0", "listen 127.0.0.2 0"), "listen")]:
    right = open(name).read()
    open(name, "w").write(wrong)
    event = hang_up("not read again")[0]
    assert said in json.dumps(event), event
    open(name, "w").write(right)
    assert serial() == new and alice.get()[0] == 200
# Another partner comes, one of the accounts goes, a right ends: all at once, on open connections too.
carol = "33333333-3333-4333-8333-333333333333"
open("policy.txt", "a").write(f"partner carol {carol} community\n")
import hashlib
token = lambda t: hashlib.sha256(t.encode()).hexdigest()
conf = open("now.conf").read()
conf = conf.replace(f"account alice token {token('alice-token')}\n", "") + f"account carol token {token('carol-token')}\n"
open("now.conf", "w").write(conf)
assert ask(port, "GET", OBJECTS, "carol-token", None, context())[0] == 401
assert hang_up("read again")[0]["partners"] == 3
assert by_token.get()[0] == 401 and alice.get()[:2] != (401, first[1]) and alice.get()[0] == 200
status, seen, r = ask(port, "GET", OBJECTS, "carol-token", None, context())
assert status == 200 and json.loads(seen)["objects"], seen
P
    python3 -W ignore hangup.py "$port" "$server" || { cat serve.err; fail "SIGHUP session"; }
    expect 0 "$HALLMARK" serve --config now.conf --policy policy.txt --check
    echo broken >server.pem
    expect 4 "$HALLMARK" serve --config now.conf --policy policy.txt --check
    has "server.pem"
    stop
    cp policy.txt policy3.txt; head -2 policy3.txt >policy.txt
else
    echo "openssl is missing: certificates are left out"
fi
# A socket that somebody else opened is taken over, and other descriptors are refused.
cat >activate.py <<'P'
import os, socket, sys
kind, address = sys.argv[1:3]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM)
s.bind((address, 0))
if kind == "listening":
    s.listen(8)
print(s.getsockname()[1], file=open("handed.port", "w"))
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2" if kind == "two" else "1")
os.execv(sys.argv[3], sys.argv[3:])
P
for kind in datagrams silent two; do
    expect 2 python3 activate.py $kind 127.0.0.1 "$HALLMARK" serve --config server.conf --policy policy.txt
    has "one listening TCP socket is expected"
done
expect 4 python3 activate.py listening 0.0.0.0 "$HALLMARK" serve --config server.conf --policy policy.txt
has "can be reached from other machines"
stop
python3 activate.py listening 127.0.0.1 "$HALLMARK" serve --config server.conf --policy policy.txt >serve.out 2>>serve.err &
server=$!
for _ in $(seq 100); do
    port=$(sed -n 's|.*:\([0-9]*\)/taxii2/|\1|p' serve.out)
    [ -z "$port" ] || break
    sleep 0.1
done
same "$port" "$(cat handed.port)" "the port of the socket that was handed over"
expect 0 python3 -c "import urllib.request, urllib.error
try: urllib.request.urlopen('http://127.0.0.1:$port/taxii2/')
except urllib.error.HTTPError as e: print(e.code)"
same "$out" 401 "what it answers there"
done_testing
