#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""taxii_serve.py HALLMARK [SIZES] - pages, posts and overload of hallmark serve, beside nginx serving the same bytes.

Needs wrk and nginx (Debian packages wrk and nginx-light); what is missing is left out. Times are this machine's; ratios
are of one run.
"""
import hashlib, http.client, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time

HALLMARK = os.path.realpath(sys.argv[1])
SIZES = [int(n) for n in (sys.argv[2] if len(sys.argv) > 2 else "1000,10000,100000").split(",")]
MAIN = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
TYPE = "application/taxii+json;version=2.1"
OBJECTS = "/api/collections/main/objects/"
SECONDS = 4


def indicator(n):
    address = "%d.%d.%d.%d" % (198, n >> 16 & 255, n >> 8 & 255, n & 255)
    return json.dumps({
        "type": "indicator", "spec_version": "2.1", "id": "indicator--0c7b5b88-8ff7-4a4d-aa9d-%012x" % n,
        "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z", "name": "address %d" % n,
        "description": "seen in the logs of a mail gateway during the campaign of autumn; scanning, then a second stage",
        "indicator_types": ["malicious-activity"], "pattern": "[ipv4-addr:value = '%s']" % address, "pattern_type": "stix",
        "valid_from": "2020-01-01T00:00:00Z", "labels": ["campaign-autumn", "mail-gateway"],
        "object_marking_refs": [GREEN]}, separators=(",", ":"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, house, rate=1000000):
        self.house = house
        self.port = free_port()
        digest = lambda t: hashlib.sha256(t.encode()).hexdigest()
        with open(house + "/policy", "w") as f:
            f.write("partner a 11111111-1111-4111-8111-111111111111 community\npartner b 22222222-2222-4222-8222-222222222222 community\n")
        with open(house + "/config", "w") as f:
            f.write(f"listen 127.0.0.1 {self.port}\nroot api R\ncollection api {MAIN} main M\nread {MAIN} *\nwrite {MAIN} *\n"
                    f"account a token {digest('a')}\naccount b token {digest('b')}\nrate * {rate}\n")
        if not os.path.exists(house + "/casebook"):
            subprocess.run([HALLMARK, "init", "--casebook", house + "/casebook"], check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([HALLMARK, "serve", "--casebook", house + "/casebook", "--config", house + "/config",
                                         "--policy", house + "/policy"], stdout=subprocess.DEVNULL, stderr=open(house + "/log", "a"))
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server does not start: " + open(house + "/log").read()[-500:])

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def ask(port, method, path, body=None, token="a"):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    c.request(method, path, body, {"Authorization": "Bearer " + token, "Accept": TYPE, "Content-Type": TYPE})
    r = c.getresponse()
    return r.status, r.read()


def fill(server, start, end):
    """Adds indicators in envelopes of 1,000 over one connection; returns wall and the server's CPU seconds."""
    bodies = []
    spent = cpu = 0.0
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    for first in range(start, end, 50000):
        bodies = [('{"objects":[' + ",".join(indicator(i) for i in range(at, min(at + 1000, end))) + "]}").encode()
                  for at in range(first, min(first + 50000, end), 1000)]
        began, cpu0 = time.monotonic(), server.cpu()
        for body in bodies:
            c.request("POST", OBJECTS, body, {"Authorization": "Bearer a", "Accept": TYPE, "Content-Type": TYPE})
            r = c.getresponse()
            data = r.read()
            assert r.status == 202 and b'"failure_count":0' in data, data[:300]
        spent += time.monotonic() - began
        cpu += server.cpu() - cpu0
    return spent, cpu


def wrk(url, token=None, connections=4, seconds=SECONDS):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if token:
        command += ["-H", "Authorization: Bearer " + token, "-H", "Accept: " + TYPE]
    out = subprocess.run(command + [url], capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        raise SystemExit("wrk was refused: " + out)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    value = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    return rate, float(value.group(1)) * unit[value.group(2)]


def nginx(house, page):
    if not shutil.which("nginx") and not os.path.exists("/usr/sbin/nginx"):
        return None, None
    port = free_port()
    os.makedirs(house + "/www", exist_ok=True)
    with open(house + "/www/page.json", "wb") as f:
        f.write(page)
    with open(house + "/nginx.conf", "w") as f:
        f.write(f"user root;\nworker_processes 2;\npid {house}/nginx.pid;\nerror_log {house}/nginx.log;\nevents {{ worker_connections 512; }}\n"
                f"http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen 127.0.0.1:{port}; root {house}/www; }} }}\n")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-p", house, "-c", house + "/nginx.conf", "-g", "daemon off;"],
                               stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    return process, f"http://127.0.0.1:{port}/page.json"


def pages(house):
    server = Server(house)
    have = 0
    first = None
    web = None
    print(f"{'stored':>9} {'POST objects/s':>15} {'per CPU s':>10} {'pages/s':>9} {'p99 ms':>7} {'nginx/s':>9} {'ratio':>6} {'last page/s':>12} {'RSS MB':>7}")
    for size in SIZES:
        spent, cpu = fill(server, have, size)
        added, have = size - have, size
        began = time.monotonic()
        status, page = ask(server.port, "GET", OBJECTS + "?limit=1000")
        assert status == 200 and page.count(b'"id":"indicator--') == 1000, status
        if web is None:
            web, url = nginx(house, page)
        manifest = json.loads(ask(server.port, "GET", "/api/collections/main/manifest/?limit=1&match[id]=indicator--0c7b5b88-8ff7-4a4d-aa9d-%012x" % (size - 1000))[1])
        after = manifest["objects"][0]["date_added"]
        rate, p99 = wrk(f"http://127.0.0.1:{server.port}{OBJECTS}?limit=1000", "a")
        static, _ = wrk(url) if web else (0, 0)
        rate2, _ = wrk(f"http://127.0.0.1:{server.port}{OBJECTS}?limit=1000&added_after={after}", "a", seconds=2)
        print(f"{size:>9} {added / spent:>15.0f} {added / max(cpu, 0.01):>10.0f} {rate:>9.0f} {p99:>7.2f} {static:>9.0f} {rate / static if static else 0:>6.2f} {rate2:>12.0f} {server.rss():>7.0f}", flush=True)
    if web:
        web.terminate()
    server.stop()
    began = time.monotonic()
    server = Server(house)
    started = time.monotonic() - began
    ask(server.port, "GET", OBJECTS + "?limit=1")
    print(f"started again with {have} objects in {started:.2f} s; the first partner's view after {time.monotonic() - began:.2f} s")
    server.stop()


def overload(house):
    """Partner a floods at ten times its rate while b asks steadily."""
    server = Server(house, rate=200)
    fill_one = '{"objects":[' + ",".join(indicator(i) for i in range(100)) + "]}"
    ask(server.port, "POST", OBJECTS, fill_one.encode())

    def steady(seconds):
        times = []
        c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            c.request("GET", OBJECTS + "?limit=100", headers={"Authorization": "Bearer b", "Accept": TYPE})
            r = c.getresponse()
            r.read()
            if r.status == 200:
                times.append((time.monotonic() - began) * 1000)
            time.sleep(0.02)
        times.sort()
        return times[len(times) // 2], times[int(len(times) * 0.99)]

    idle = steady(4)
    memory = server.rss()
    answers, refused_ms, lock, stop = {}, [], threading.Lock(), time.monotonic() + 5

    def flood():
        c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while time.monotonic() < stop:
            began = time.monotonic()
            c.request("GET", OBJECTS + "?limit=100", headers={"Authorization": "Bearer a", "Accept": TYPE})
            r = c.getresponse()
            r.read()
            with lock:
                answers[r.status] = answers.get(r.status, 0) + 1
                if r.status == 429:
                    refused_ms.append((time.monotonic() - began) * 1000)
                    assert r.getheader("Retry-After")
            time.sleep(0.002)

    threads = [threading.Thread(target=flood) for _ in range(8)]
    for t in threads:
        t.start()
    busy = steady(4)
    for t in threads:
        t.join()
    refused_ms.sort()
    print(f"idle: b's p50 {idle[0]:.2f} ms, p99 {idle[1]:.2f} ms;  a floods ({answers}): b's p50 {busy[0]:.2f} ms, p99 {busy[1]:.2f} ms")
    if refused_ms:
        print(f"refusals: p50 {refused_ms[len(refused_ms) // 2]:.2f} ms, p99 {refused_ms[int(len(refused_ms) * 0.99)]:.2f} ms, all with Retry-After; memory {memory:.0f} -> {server.rss():.0f} MB")
    server.stop()


def main():
    house = tempfile.mkdtemp(prefix="hallmark-bench-")
    try:
        if shutil.which("wrk"):
            pages(house)
        else:
            print("wrk is missing: pages are left out")
        shutil.rmtree(house)
        os.mkdir(house)
        overload(house)
    finally:
        shutil.rmtree(house, ignore_errors=True)


main()
