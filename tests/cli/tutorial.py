#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tutorial.py PAGE - runs the page's ```console blocks in this folder, in one shell, and compares what they print.

"..." stands for any lines, or for the rest of its own line; ids and the trailing space of lines do not count. A command that the
page shows without output must print none. The last line of a failing answer is shown whole."""
import pathlib
import re
import subprocess
import sys

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MARK = "-- end of the answer --"


def clean(lines):
    return [UUID.sub("UUID", line.rstrip()) for line in lines]


def same(said, told):
    """Lines of the page, in order; "..." may swallow any number of lines."""
    if not said:
        return not told
    if said[0] == "...":
        return any(same(said[1:], told[i:]) for i in range(len(told) + 1))
    if not told:
        return False
    head, dots, _ = said[0].partition("...")
    if said[0].endswith("...") and dots:
        return told[0].startswith(head) and same(said[1:], told[1:])
    return (told[0] == said[0] or told[0].strip() == said[0].strip()) and same(said[1:], told[1:])


page = pathlib.Path(sys.argv[1])
shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
bad = count = 0
for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(), re.S | re.M):
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, answer = part.partition("\n")
        shell.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n%s\\n' '{MARK}'\n")
        shell.stdin.flush()
        told = []
        for line in shell.stdout:
            if line.rstrip() == MARK:
                break
            told.append(line)
        while told and not told[-1].strip():
            told.pop()
        said, told = clean(answer.splitlines()), clean(told)
        while said and not said[-1]:
            said.pop()
        count += 1
        if not same(said, told):
            bad += 1
            print(f"{page.name}: $ {command}\n--- the page\n" + "\n".join(said) + "\n--- the program\n" + "\n".join(told[:40]))
print(f"{bad} of {count} wrong" if bad else f"{page.name}: {count} commands say what the page says")
sys.exit(bad != 0 or count == 0)
