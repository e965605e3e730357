#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What agreeing on one trait of a class is worth in programs, measured on a harmless corpus whose origins are known:
this machine's own programs, each an incident of its own, of one origin when one Debian source package made them.

    price.py HALLMARK [FOLDER]     reads up to twelve programs of each source package into a casebook in FOLDER
                                   (kept between runs), and prints one row a class

  m   how often another program of the same origin holds a value that a program holds
  pi  how often a program of another origin does: each origin the same, occurrences not values, so that it is the rate
      of what is met twice by chance (sum u^2 / sum u) and not of what is written once and never seen again
"""
import collections
import math
import os
import sqlite3
import subprocess
import sys
import tempfile

EACH_MAX = 12
SIZE_MAX = 1_500_000


def command(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True).stdout


def programs():
    """Paths by source package."""
    seen, paths = set(), []
    for folder in ("/usr/bin", "/usr/sbin"):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            about = os.stat(path)
            with open(path, "rb") as file:
                is_elf = file.read(4) == b"\x7fELF"
            if is_elf and about.st_size <= SIZE_MAX and about.st_ino not in seen:
                seen.add(about.st_ino)
                paths.append(path)
    owner = {}
    for line in command("dpkg-query", "-S", *paths, *[p.removeprefix("/usr") for p in paths]).splitlines():
        package, _, path = line.partition(": ")
        owner[path if path.startswith("/usr") else "/usr" + path] = package.split(",")[0].split(":")[0]
    source = dict(line.split("\t") for line in command(
        "dpkg-query", "-W", "-f", "${Package}\t${source:Package}\n").splitlines())
    origins = collections.defaultdict(list)
    for path in paths:
        if path in owner and len(origins[source[owner[path]]]) < EACH_MAX:
            origins[source[owner[path]]].append(path)
    return origins


def mean(values):
    return sum(values) / len(values) if values else float("nan")


def measure(database, origin_of, class_id):
    """m and pi of one class, how many values, how many origins show any."""
    held = collections.defaultdict(set)  # trait -> incidents
    for incident, trait in database.execute("SELECT DISTINCT incident, trait FROM posting WHERE class = ?", (class_id,)):
        if incident in origin_of:
            held[trait].add(incident)
    size = collections.Counter(origin_of.values())
    same, other = collections.defaultdict(list), collections.defaultdict(list)
    for incidents in held.values():
        of_origin = collections.Counter(origin_of[i] for i in incidents)
        rates = sum(n / size[o] for o, n in of_origin.items())
        for incident in incidents:
            mine = origin_of[incident]
            if size[mine] > 1:
                same[incident].append((of_origin[mine] - 1) / (size[mine] - 1))
            other[incident].append((rates - of_origin[mine] / size[mine]) / (len(size) - 1))
    return (mean([mean(v) for v in same.values()]), mean([mean(v) for v in other.values()]), len(held),
            len({origin_of[i] for i in other}))


def main():
    hallmark = os.path.abspath(sys.argv[1])
    folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
    casebook = os.path.join(folder, "casebook")
    origins = programs()
    if not os.path.exists(casebook):
        subprocess.run([hallmark, "init", casebook], check=True, capture_output=True)
        for paths in origins.values():
            for path in paths:
                command(hallmark, "add", "-c", casebook, "--no-keep", path.replace("/", "_"), path)
    database = sqlite3.connect(os.path.join(casebook, "casebook.db"))
    named = {name: number for number, name in database.execute("SELECT id, name FROM incident")}
    origin_of = {named[p.replace("/", "_")]: origin for origin, paths in origins.items() for p in paths
                 if p.replace("/", "_") in named}
    print(f"{len(origin_of)} programs of {len(set(origin_of.values()))} origins")
    print(f"{'class':>5} {'m':>6} {'pi':>7} {'bits':>5} {'values':>8} {'origins':>7}")
    for (class_id,) in database.execute("SELECT DISTINCT class FROM posting ORDER BY class").fetchall():
        m, pi, values, shown = measure(database, origin_of, class_id)
        bits = math.log2(m / pi) if m > 0 and pi > 0 else float("nan")
        print(f"{class_id:>5} {m:6.3f} {pi:7.4f} {bits:5.1f} {values:8} {shown:7}")


main()
