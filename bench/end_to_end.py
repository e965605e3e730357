#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""end_to_end.py HALLMARK - what the whole program does with real files of this machine.

Reads /usr/bin (every ELF file, code included) with one worker and with two, runs the same command again, and prints
rates, the resident memory of the parent, and how the casebook grew. On a shared machine seconds of the processor say
more than seconds of the clock: both are printed, the workers' apart from the parent's.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def run(arguments, casebook):
    """Runs hallmark; returns its JSON answer, seconds, seconds of the processor (the parent's, all), and the parent's
    peak resident megabytes."""
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = tempfile.TemporaryFile(mode="w+")
    child = subprocess.Popen([HALLMARK, *arguments, "--json", "--casebook", casebook],
                             stdout=output, stderr=subprocess.DEVNULL)
    peak, parent = 0, 0.0
    while child.poll() is None:
        try:
            status = open(f"/proc/{child.pid}/status").read()
            peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
            times = open(f"/proc/{child.pid}/stat").read().rsplit(")", 1)[1].split()
            parent = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError):
            pass
        time.sleep(0.005)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    every = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    output.seek(0)
    return json.load(output), seconds, parent, every, peak / 1024


def size_of(path):
    return sum(os.path.getsize(os.path.join(root, name))
               for root, _, names in os.walk(path) for name in names)


def elf_files(folder, into):
    """Links to the ELF files of a folder, so that only programs are measured."""
    total = 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or os.path.islink(path):
            continue
        with open(path, "rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        shutil.copyfile(path, os.path.join(into, name))
        total += os.path.getsize(path)
    return total


def main():
    house = tempfile.mkdtemp(prefix="hallmark-bench-")
    try:
        evidence = os.path.join(house, "evidence")
        os.mkdir(evidence)
        total = elf_files("/usr/bin", evidence)
        print(f"{len(os.listdir(evidence))} ELF files of /usr/bin, {total / 1e6:.1f} MB")
        for jobs in ("1", "2"):
            casebook = os.path.join(house, "casebook" + jobs)
            subprocess.run([HALLMARK, "init", casebook, "--quiet"], check=True)
            answer, seconds, parent, every, peak = run(["add", "bench", evidence, "--jobs", jobs], casebook)
            totals = answer["totals"]
            print(f"add, {jobs} worker(s): {seconds:.2f} s, {total / 1e6 / seconds:.1f} MB/s; of the processor "
                  f"{every:.2f} s (parent {parent:.2f}, workers {every - parent:.2f}): {total / 1e6 / every:.1f} MB/s; "
                  f"{totals['traits']} traits, {totals['bad']} bad, {totals['partial']} in part, parent peak "
                  f"{peak:.0f} MB")
            _, again, _, every_again, peak = run(["add", "bench", evidence, "--jobs", jobs], casebook)
            print(f"the same again: {again:.3f} s, {seconds / again:.0f} times faster; of the processor "
                  f"{every_again:.3f} s, {every / max(every_again, 0.001):.0f} times faster; parent peak {peak:.0f} MB")
            database = os.path.getsize(os.path.join(casebook, "casebook.db"))
            rest = size_of(os.path.join(casebook, "index"))
            kept = size_of(os.path.join(casebook, "evidence"))
            print(f"casebook: database {database / totals['traits']:.0f} B, index "
                  f"{rest / totals['traits']:.0f} B per trait occurrence; evidence kept "
                  f"{kept / 1e6:.1f} MB ({kept / total:.2f} of the files)")
    finally:
        shutil.rmtree(house)


if len(sys.argv) != 2:
    sys.exit(__doc__)
HALLMARK = sys.argv[1]
main()
