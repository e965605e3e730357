#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""long_log.py HALLMARK [MEGABYTES] [FOLDER] - a log that is larger than memory should be, read by `hallmark add`.

Makes an access log of so many megabytes (10,000 unless said) in FOLDER, adds it to a new casebook there, and prints how
long that took and how much memory was resident at its peak: in hallmark, in its worker, and in all of its processes
together. Needs two and a half times the log's size on the disk; removes everything afterwards.
"""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

BLOCK = 64_000_000


def make_block():
    """Lines of one day; DD is the day, each SSSS is this block's own."""
    draw = random.Random(4)
    lines, size, second = [], 0, 0.0
    addresses = [f"{draw.randint(11, 190)}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(1, 254)}"
                 for _ in range(60_000)]
    while size < BLOCK:
        second = min(second + 0.28, 86_399)
        clock = f"{int(second) // 3600:02}:{int(second) // 60 % 60:02}:{int(second) % 60:02}"
        page = min(draw.randint(0, 20_000), draw.randint(0, 20_000))
        query = f"?session=SSSS{draw.getrandbits(48):x}" if draw.random() < 0.02 else "?v=1"
        build = draw.randint(0, 300)
        line = (f'{draw.choice(addresses)} - - [DDDDDDDDDDD:{clock} +0000] "GET /section{page % 50}/page{page}.html{query} '
                f'HTTP/1.1" {404 if draw.random() < 0.05 else 200} {draw.randint(200, 99_999)} '
                f'"https://www.site{page % 400}.test/start" "Mozilla/5.0 (X11; Linux x86_64; rv:{build}.0) Gecko/20100101 '
                f'Firefox/{build}.0"\n')
        lines.append(line)
        size += len(line)
    return "".join(lines).encode()


def make_log(path, size):
    block, day, done = make_block(), 0, 0
    with open(path, "wb") as out:
        while done < size:
            date = time.strftime("%d/%b/%Y", time.gmtime(1_700_000_000 + 86_400 * day)).encode()
            done += out.write(block.replace(b"DDDDDDDDDDD", date).replace(b"SSSS", b"%04x" % day))
            day += 1
    return done


def memory_of(pid):
    """Resident kilobytes now of a process: all, and without the pages of files."""
    try:
        with open(f"/proc/{pid}/status") as file:
            status = file.read()
        return int(status.split("VmRSS:")[1].split()[0])
    except (OSError, IndexError):
        return 0


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            own = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return own + [child for mine in own for child in children_of(mine)]


def main():
    hallmark = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2] if len(sys.argv) > 2 else 10_000) * 1_000_000
    folder = tempfile.mkdtemp(prefix="long-log-", dir=sys.argv[3] if len(sys.argv) > 3 else None)
    try:
        log, casebook = os.path.join(folder, "access.log"), os.path.join(folder, "casebook")
        size = make_log(log, size)
        subprocess.run([hallmark, "init", casebook], check=True, stdout=subprocess.DEVNULL)
        began, peaks = time.monotonic(), {"hallmark": 0, "workers": 0, "together": 0}
        child = subprocess.Popen([hallmark, "add", "long", log, "--json", "--casebook", casebook], stdout=subprocess.PIPE)
        while child.poll() is None:
            own, theirs = memory_of(child.pid), [memory_of(pid) for pid in children_of(child.pid)]
            now = {"hallmark": own, "workers": max(theirs, default=0), "together": own + sum(theirs)}
            peaks = {name: max(peaks[name], now[name]) for name in peaks}
            time.sleep(0.02)
        answer = json.loads(child.stdout.read())
        seconds = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{size / 1e9:.2f} GB in {seconds:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of the processor "
              f"({size / 1e6 / (used.ru_utime + used.ru_stime):.0f} MB/s, copying, hashing and keeping included)")
        print("resident at the peak: " + ", ".join(f"{name} {peaks[name] / 1024:.0f} MB" for name in peaks))
        print(json.dumps(answer)[:600])
        verdicts = {piece["verdict"] for piece in answer["pieces"]}
        if verdicts != {"read"}:
            print("not read to its end: the rate above is none")
        return 0 if child.returncode == 0 and verdicts == {"read"} else 1
    finally:
        shutil.rmtree(folder)


sys.exit(main())
