#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many of the pairs that `hallmark diff` makes are right?

    eval_diff.py HALLMARK FOLDER/bin LEFT RIGHT [PACKAGE...]     configurations of build_corpus.py
    eval_diff.py HALLMARK --files OLD NEW                        two programs with symbols

Both programs are stripped first; the symbols of the unstripped ones are the truth. A pair counts when both ends are
functions by symbol. Precision: pairs whose names are equal, of all such pairs. Recall: of names that stand once on
each side, those that were paired. A function that the compiler cut a piece off ("name.part.0", "name.cold")
counts as that name; of equal code under several names each name is right.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile


def symbols(path):
    """address: set of names, without what a compiler appends."""
    names = {}
    out = subprocess.run(["nm", "--defined-only", path], capture_output=True, text=True).stdout
    for line in out.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] in "tTwWi":
            names.setdefault(int(parts[0], 16), set()).add(parts[2].split(".")[0])
    return names


def strip_for(path):
    """The strip that knows the program's processor."""
    with open(path, "rb") as program:
        return "aarch64-linux-gnu-strip" if program.read(19)[18] == 0xB7 else "strip"


def judge(hallmark, left, right):
    with tempfile.TemporaryDirectory() as folder:
        bare = []
        for index, path in enumerate((left, right)):
            bare.append(f"{folder}/{index}")
            subprocess.run([strip_for(path), "-o", bare[-1], path], check=True)
        run = subprocess.run([hallmark, "diff", *bare, "--json"], capture_output=True, text=True)
    answer = json.loads(run.stdout)
    a, b = symbols(left), symbols(right)
    count_a, count_b = {}, {}
    for names, count in ((a, count_a), (b, count_b)):
        for some in names.values():
            for name in some:
                count[name] = count.get(name, 0) + 1
    listed_a = {int(f["left"]["address"], 16) for f in answer["functions"] if "left" in f}
    listed_b = {int(f["right"]["address"], 16) for f in answer["functions"] if "right" in f}
    once = {name for name in count_a if count_a[name] == 1 and count_b.get(name) == 1}
    asked = {name for at in listed_a & a.keys() for name in a[at] & once}
    asked &= {name for at in listed_b & b.keys() for name in b[at] & once}
    truth = {name for some in a.values() for name in some} & {n for some in b.values() for n in some}
    made = right_ones = 0
    found = set()
    for f in answer["functions"]:
        if "left" not in f or "right" not in f:
            continue
        x, y = a.get(int(f["left"]["address"], 16)), b.get(int(f["right"]["address"], 16))
        if not x or not y or not (x & truth or y & truth):
            continue
        made += 1
        right_ones += bool(x & y)
        found |= x & y & asked
    return made, right_ones, len(asked), len(found), answer["similarity"]


def main():
    hallmark = sys.argv[1]
    if sys.argv[2] == "--files":
        pairs = [(sys.argv[3], sys.argv[4])]
    else:
        folder, left, right = sys.argv[2:5]
        names = sys.argv[5:] or sorted({os.path.basename(p).split(".")[0] for p in glob.glob(f"{folder}/*.{left}")})
        pairs = [(f"{folder}/{n}.{left}", f"{folder}/{n}.{right}") for n in names]
    total = [0, 0, 0, 0]
    print(f"{'program':24} {'pairs':>7} {'precision':>10} {'once each':>10} {'recall':>8} {'alike':>7}")
    for left, right in pairs:
        if not (os.path.exists(left) and os.path.exists(right)):
            continue
        made, good, asked, found, alike = judge(hallmark, left, right)
        total = [t + v for t, v in zip(total, (made, good, asked, found))]
        print(f"{os.path.basename(left):24} {made:7} {good / max(made, 1):10.3f} {asked:10} "
              f"{found / max(asked, 1):8.3f} {alike:7.3f}", flush=True)
    print(f"{'together':24} {total[0]:7} {total[1] / max(total[0], 1):10.3f} {total[2]:10} "
          f"{total[3] / max(total[2], 1):8.3f}")


if __name__ == "__main__":
    main()
