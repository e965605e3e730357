#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""old_book.py dump BOOK >FILE | restore FILE BOOK - a casebook as text, and back: what tests/cases/casebook/ keeps of each
version that ever was. What is made from the database (index/) is left out."""
import base64
import pathlib
import re
import sqlite3
import sys

HEAD = "-- SPDX-License-Identifier: Apache-2.0\n"


def dump(book):
    book = pathlib.Path(book)
    db = sqlite3.connect(book / "casebook.db")
    print(HEAD, end="")
    for name in ("user_version", "application_id"):
        print(f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};")
    for line in db.iterdump():
        print(line)
    for folder in ("evidence", "baseline"):
        for path in sorted((book / folder).rglob("*")):
            if path.is_file():
                print(f"--file {path.relative_to(book)} {base64.b64encode(path.read_bytes()).decode()}")


def restore(file, book):
    book = pathlib.Path(book)
    text = pathlib.Path(file).read_text()
    for folder in ("evidence", "index", "baseline"):
        (book / folder).mkdir(parents=True)
    for name, content in re.findall(r"^--file (\S+) (\S*)$", text, re.M):
        (book / name).parent.mkdir(exist_ok=True)
        (book / name).write_bytes(base64.b64decode(content))
    db = sqlite3.connect(book / "casebook.db")
    db.executescript(re.sub(r"^--file .*$", "", text, flags=re.M))
    db.execute("PRAGMA journal_mode = WAL")  # as every version made it
    db.close()


if __name__ == "__main__":
    {"dump": dump, "restore": restore}[sys.argv[1]](*sys.argv[2:])
