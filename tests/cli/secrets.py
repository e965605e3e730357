#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""secrets.py HALLMARK - a session with passwords, tokens, codes and keys; then none of them stands in any answer, log or file but
the one that is there to hold it, readable to its owner alone.

Works in the current folder; what it writes itself never goes to disk."""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HALLMARK = sys.argv[1]
secrets, said, failures = {}, {}, 0
ONLY_IN = {"the partner's token": "casebook/taxii/peers/", "the signing key": "casebook/signing.key"}


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def run(*words, want=0):
    done = subprocess.run([HALLMARK, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if want is not None and done.returncode != want:
        fail(f"hallmark {' '.join(words)} ended with {done.returncode}: {done.stderr.decode()}")
    said["hallmark " + words[0]] = said.get("hallmark " + words[0], b"") + done.stdout + done.stderr
    return done.stdout.decode().strip()


def shown_once(*words):
    """What is shown once is a secret from then on; where it was shown is no leak."""
    secret = subprocess.run([HALLMARK, *words], capture_output=True, stdin=subprocess.DEVNULL, check=True).stdout.decode().strip()
    return secret.split()[-1]


pathlib.Path("evidence").mkdir()
pathlib.Path("evidence/list.txt").write_text("c2.kestrel-host.com\n")
run("init")
secrets["the archive's password"] = "zip-secret-5521-kestrel"
run("add", "one", "evidence", "--password", secrets["the archive's password"])
run("add", "one", "evidence", "nowhere", "--password", secrets["the archive's password"], want=3)
secrets["the partner's token"] = "partner-token-8832-heron"
fifo = "token.fifo"
os.mkfifo(fifo)
writer = subprocess.Popen(["sh", "-c", 'printf "%s" "$SECRET" >token.fifo'], env={**os.environ, "SECRET": secrets["the partner's token"]})
run("partner", "add", "us", "--url", "https://127.0.0.1:1/api/", "--collection", "x", "--token-file", fifo)
writer.wait()
run("partner", "list")
run("partner", "list", "--json", want=None)
run("pull", "us", want=4)
secrets["a partner's token for us"] = shown_once("partner", "admit", "jp-cert", "--token")
pathlib.Path("policy").write_text("partner us 11111111-1111-4111-8111-111111111111 community\n")
run("share", "one", "--to", "us", "--policy", "policy", "--tlp", "green", "--output", "out.json")
run("audit", "list", "--json")
run("overlap", "key")
key = pathlib.Path("casebook/signing.key").read_bytes()
secrets["the signing key"] = key

# The page: first start, wrong and right passwords, a session, a token.
with open("page.log", "wb") as log:
    server = subprocess.Popen([HALLMARK, "serve", "--page", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log)
    lines = b""
    while b"/setup#" not in lines:
        lines += server.stdout.readline()
    port = int(re.search(rb"127\.0\.0\.1:(\d+)/", lines)[1])
    secrets["the first code"] = re.search(rb"/setup#(\w+)", lines)[1].decode()

    def ask(method, path, body=None, **head):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.request(method, "/api/v1" + path, None if body is None else json.dumps(body), {"Content-Type": "application/json", **head})
        answer = link.getresponse()
        text = answer.read()
        return answer, text

    secrets["a password"] = "correct-horse-7731-battery"
    secrets["a wrong password"] = "wrong-staple-9942-battery"
    secrets["a wrong token"] = "hmk-wrong-token-6614-heron"
    answer, text = ask("POST", "/setup", {"code": secrets["the first code"], "name": "kim", "password": secrets["a password"]})
    assert answer.status == 201, text
    secrets["a session"] = re.search(r"=([^;]+)", answer.getheader("Set-Cookie"))[1]
    secrets["a csrf token"] = json.loads(text)["csrf"]
    answer, text = ask("POST", "/session", {"name": "kim", "password": secrets["a wrong password"]})
    assert answer.status in (401, 403), answer.status
    said["a refused sign-in"] = text
    answer, text = ask("POST", "/session", {"name": secrets["a wrong password"], "password": "kim"})  # typed into the wrong field
    said["another refused sign-in"] = text
    answer, text = ask("GET", "/incidents", Authorization="Bearer " + secrets["a wrong token"])
    assert answer.status == 401, answer.status
    said["a refused token"] = text
    secrets["lee's password"] = shown_once("user", "add", "lee", "--role", "analyst")
    secrets["lee's token"] = shown_once("user", "token", "lee")
    answer, text = ask("GET", "/incidents", Authorization="Bearer " + secrets["lee's token"])
    assert answer.status == 200, (answer.status, text)
    answer, text = ask("POST", "/session", {"name": "lee", "password": secrets["lee's password"]})
    assert answer.status in (200, 201), text
    head = {"Cookie": answer.getheader("Set-Cookie").split(";")[0]}
    for path in ("/me", "/about", "/incidents", "/audit", "/users", "/sessions", "/tokens", "/metrics"):
        said["GET " + path] = ask("GET", path, **head)[1]
    run("user", "list")
    run("user", "list", "--json")
    server.send_signal(signal.SIGTERM)
    said["the server's answers"] = server.stdout.read()
    server.wait()
run("verify")
said.pop("GET /me", None)  # holds the csrf token of its own session, which is what it is for

# Every answer and every file, but our own programs.
places = dict(said)
for path in sorted(pathlib.Path(".").rglob("*")):
    if path.is_file():
        places[str(path)] = path.read_bytes()
looked = 0
for name, secret in secrets.items():
    raw = secret if isinstance(secret, bytes) else secret.encode()
    forms = {raw, base64.b64encode(raw), raw.hex().encode()}
    for place, content in places.items():
        looked += 1
        allowed = ONLY_IN.get(name)
        if any(form in content for form in forms) and not (allowed and place.startswith(allowed)):
            fail(f"{name} stands in {place}")
for name, place in ONLY_IN.items():
    held = [p for p in places if p.startswith(place) and any(f in places[p] for f in (secrets[name] if isinstance(secrets[name], bytes) else secrets[name].encode(),))]
    if len(held) != 1:
        fail(f"{name} is in {held}: this test looks for the wrong bytes")
    for path in held:
        if os.stat(path).st_mode & 0o077:
            fail(f"{path} may be read by others: {os.stat(path).st_mode:o}")
for path in pathlib.Path("casebook/page").glob("*"):
    if path.stat().st_mode & 0o077:
        fail(f"{path} may be read by others")
print(f"{len(secrets)} secrets looked for in {len(places)} answers and files; {failures} failures")
sys.exit(bool(failures))
