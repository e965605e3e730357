#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs.py ROOT - what the pages name is there: functions, files, and where their links lead."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
listed = subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, text=True).stdout.split()
files = [root / name for name in listed] or [p for p in root.rglob("*") if p.is_file()]
names = {str(f.relative_to(root)) for f in files}
folders = {str(p) for name in names for p in pathlib.PurePosixPath(name).parents}
code = " ".join(f.read_text(errors="replace") for f in files
                if f.suffix in {".c", ".h", ".cc", ".def"} and f.exists())
words = set(re.findall(r"\w+", code))
tests = set(re.findall(r"^TEST\((\w+)\)", code, re.M))
bad = []
# What the worked example of CONTRIBUTING.md makes (tests/new_format.sh makes it, and looks).
example = re.search(r"tools/new-format (\w+)", (root / "CONTRIBUTING.md").read_text())[1]


def is_there(path, page):
    """As a page would write it: the end of a path, or the way from the page."""
    path = path.rstrip("/")
    return any(("/" + name).endswith("/" + path) for name in names | folders) or (page.parent / path).exists()


for page in sorted(f for f in files if f.suffix == ".md" and f.exists()):
    where, text = page.relative_to(root), page.read_text()
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
            bad.append(f"{where}: the link to {target} leads nowhere")
    if page.name == "CHANGELOG.md":
        continue  # tells what was, too
    for quoted in re.findall(r"`([^`\n]+)`", text):
        for name in re.findall(r"\bhmi?_\w+", quoted):
            if name not in words and not name.endswith("_") and "NAME" not in name:
                bad.append(f"{where}: there is no {name}")
        if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){3,}", quoted) and page.parent.name == "tests" and quoted not in tests:
            bad.append(f"{where}: there is no test {quoted}")
        path = re.fullmatch(r"((?:[\w.-]+/)+[\w.-]*\.(?:c|h|cc|sh|py|md|build)|(?:src|tests|tools|docs|examples|bench|fuzz|include)/[\w./-]*)", quoted)
        if path and not is_there(path[1], page) and not re.search(rf"NAME|ROOM|COMMAND|[/_]{example}\b", path[1]):
            bad.append(f"{where}: there is no {path[1]}")
# The tables of rooms say what tests/rooms.sh enforces.
uses = {room: set(to.split()) for room, to in
        re.findall(r'^ +(\w+)\) echo "([^"]*)" ;;', (root / "tests/rooms.sh").read_text(), re.M)}
for page in ("docs/ARCHITECTURE.md", "src/README.md"):
    rows = dict(re.findall(r"^\| (\w+) \| [^|]* \| ([\w ,]+) \|$", (root / page).read_text(), re.M))
    for room, to in uses.items():
        said = set(re.findall(r"\w+", rows.get(room, "")))
        if room not in rows:
            bad.append(f"{page}: the room {room} has no row")
        elif rows[room] != "all above" and (said - {"nothing", "of", "ours"}) != to:
            bad.append(f"{page}: {room} uses {', '.join(sorted(to)) or 'nothing of ours'}")
for line in bad:
    print(line)
print(f"{len(bad)} wrong" if bad else "the pages name what is there")
sys.exit(bool(bad))
