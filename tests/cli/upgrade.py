#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""upgrade.py HALLMARK KILL_AT - casebooks of every older version, opened by this program: everything that was in them is there,
they verify, compare and take evidence; killed at any change of a file in the middle, the next start brings them to the end."""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

import old_book

HALLMARK, KILL_AT = sys.argv[1:3]
CASES = pathlib.Path(__file__).resolve().parent.parent / "cases" / "casebook"
HOUSE = pathlib.Path(tempfile.mkdtemp(prefix="hallmark-upgrade-"))
# Counters of the index, which is made anew; the only rows that may change.
MAY_CHANGE = {"meta"}
failures = 0


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def run(book, *words, want=0, env=None):
    done = subprocess.run([HALLMARK, *words], capture_output=True, text=True, env={**os.environ, "HALLMARK_CASEBOOK": str(book), **(env or {})})
    if want is not None and done.returncode != want:
        fail(f"{book.name}: hallmark {' '.join(words)} ended with {done.returncode}, not {want}: {done.stderr}{done.stdout[-400:]}")
    return done


def version(book):
    db = sqlite3.connect(book / "casebook.db")
    number = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return number


def rows(book, tables=None):
    db = sqlite3.connect(book / "casebook.db")
    names = tables or sorted(n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
    held = {}
    for name in names:
        columns = [c[1] for c in db.execute(f"PRAGMA table_info({name})")]
        held[name] = (columns, sorted(repr(row) for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}")))
    db.close()
    return held


def kept(before, book):
    """Every row of every table, in the columns that it had."""
    db = sqlite3.connect(book / "casebook.db")
    for name, (columns, had) in before.items():
        if name not in MAY_CHANGE:
            has = sorted(repr(row) for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}"))
            if has != had:
                fail(f"{book.name}: the rows of {name} changed: {len(had)} were there, {len(has)} are")
    db.close()


def answers(book):
    """What a comparison says of the two: what later readers find besides adds nothing to it."""
    match, = json.loads(run(book, "compare", "second", "--json").stdout)["matches"]
    return {"related": match["related"], "words": match["words"], "groups": match["groups"],
            "carried by": [(h["class"], h["value"], h["here"], h["there"]) for h in match["hallmarks"] if h["bits"] > 0]}


def fresh_version():
    book = HOUSE / "fresh"
    run(book, "init")
    return version(book)


NOW = fresh_version()
said = {}
for old in range(1, NOW + 1):
    file = CASES / f"v{old}.txt"
    if not file.exists():
        fail(f"there is no {file.name}: a new version needs a casebook of the one before it: tests/cases/casebook/make.sh")
        continue
    book = HOUSE / f"v{old}"
    old_book.restore(file, book)
    before = rows(book)
    if version(book) != old or not any(had for _, had in before.values()):
        fail(f"{file.name} holds version {version(book)}, or nothing")
    shutil.copytree(book, HOUSE / "whole")
    # The first command that comes along brings it to today.
    done = run(book, "show", "--json")
    listed = json.loads(done.stdout)
    if (old < NOW) != ("older programs refuse it from now on" in done.stderr):
        fail(f"{book.name}: {done.stderr}")
    if version(book) != NOW:
        fail(f"{book.name} has version {version(book)} after it was opened")
    if [i["name"] for i in listed["incidents"]] != ["first", "second"]:
        fail(f"{book.name} lists {listed}")
    kept(before, book)
    run(book, "verify")
    said[old] = answers(book)
    if not said[old]["related"] or "HarbourCourier/1.3" not in json.dumps(said[old]):
        fail(f"{book.name}: {said[old]}")
    # The same bytes again are the same piece.
    log = b"".join(b'203.0.113.7 - - [24/Nov/2013:08:00:%02d +0000] "GET /gate.php HTTP/1.1" 200 1 "-" "HarbourCourier/1.3"\n' % s for s in (1, 2, 3))
    (HOUSE / "access.log").write_bytes(log)
    run(book, "add", "third", str(HOUSE / "access.log"))
    if len(rows(book, ["evidence"])["evidence"][1]) != len(before["evidence"][1]):
        fail(f"{book.name}: the log is another piece now")
    run(book, "verify")
    # Killed at every change of a file on the way.
    count = HOUSE / "count"
    preload = {"LD_PRELOAD": KILL_AT, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    shutil.copytree(HOUSE / "whole", HOUSE / "counted")
    run(HOUSE / "counted", "show", env={**preload, "KILL_COUNT": str(count)})
    changes, seen = int(count.read_text()), set()
    for at in range(1, changes + 1) if old == 1 else range(1, changes + 1, 4):  # the first goes through every step
        book = HOUSE / "cut"
        shutil.copytree(HOUSE / "whole", book)
        done = run(book, "show", want=None, env={**preload, "KILL_AT": str(at)})
        if done.returncode != -signal.SIGKILL:
            fail(f"v{old}: not killed at change {at} of {changes}: {done.returncode}")
        seen.add(version(book))
        run(book, "show")
        if version(book) != NOW:
            fail(f"v{old}: version {version(book)} after the kill at change {at}")
        kept(before, book)
        if at % 10 == 1:
            run(book, "verify")
        shutil.rmtree(book)
    if old < NOW and (changes < 6 or len(seen) < 2):
        fail(f"v{old}: {changes} changes, versions {seen} after a kill: this tests nothing")
    print(f"v{old}: {sum(len(had) for _, had in before.values())} rows kept, of {changes} changes of files killed at {'each' if old == 1 else 'every fourth'}, found as {sorted(seen)} then")
    shutil.rmtree(HOUSE / "whole")
    shutil.rmtree(HOUSE / "counted")

# All of them were made of the same evidence: they are equal.
for old, found in said.items():
    if found != said[max(said)]:
        fail(f"v{old} compares otherwise than v{max(said)}: {found} {said[max(said)]}")

# A casebook of a newer program is left alone.
book = HOUSE / "newer"
run(book, "init")
db = sqlite3.connect(book / "casebook.db")
db.execute(f"PRAGMA user_version = {NOW + 1}")
db.commit()
db.close()
content = (book / "casebook.db").read_bytes()
for words in (("show",), ("verify",), ("add", "x", str(CASES)), ("compare", "first"), ("serve",)):
    done = run(book, *words, want=4)
    for wanted in (f"version {NOW + 1}", f"up to {NOW}", "newer"):
        if wanted not in done.stderr:
            fail(f"a newer casebook: {words[0]} does not say \"{wanted}\": {done.stderr}")
if (book / "casebook.db").read_bytes() != content:
    fail("a newer casebook was written to")
shutil.rmtree(HOUSE)
print(f"{failures} failures" if failures else "all as expected")
sys.exit(bool(failures))
