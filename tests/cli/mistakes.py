#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mistakes.py HALLMARK - the usual mistakes, one a row: what each command says must name what happened, where, and what to do.

In the current folder: a casebook "book" with the incident "one", "garbage" (no text at all), "empty", "folder/" and "policy"."""
import re
import subprocess
import sys

TRY = 'Try "hallmark help'
# command line | exit code | what happened | where | what to do
TABLE = [
    ("-c nobook show", 4, "there is no casebook", '"nobook"', "hallmark init"),
    ("-c nobook add one garbage", 4, "there is no casebook", '"nobook"', "hallmark init"),
    ("-c nobook serve", 4, "there is no casebook", '"nobook"', "hallmark init"),
    ("-c nobook partner list", 4, "there is no casebook", '"nobook"', "hallmark init"),
    ("-c folder verify", 4, "there is no casebook", '"folder"', "hallmark init"),
    ("-c book init", 4, "exists already", '"book"', "a name that is free"),
    ("-c no/where init", 4, "does not exist", "no/where", "the folder it is to lie in"),
    ("-c damaged show", 4, "damaged", "damaged/casebook.db", "copy"),
    ("-c damaged verify", 4, "damaged", "damaged/casebook.db", "copy"),
    ("show nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("compare nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("timeline nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("report nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("attribute nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("export nobody", 2, "there is no incident", '"nobody"', "hallmark show"),
    ("show one --class colour", 2, "no trait class", '"colour"', TRY),
    ("frobnicate", 2, "there is no command", '"frobnicate"', "hallmark help"),
    ("help frobnicate", 2, "there is no command", '"frobnicate"', "hallmark help"),
    ("add", 2, "is missing", "INCIDENT", TRY),
    ("add one garbage --sizemax 3", 2, "there is no option", "--sizemax", TRY),
    ("add one garbage --cpu-ms soon", 2, "wants a number", '--cpu-ms', "such as 500"),
    ("add one garbage --jobs 9999", 2, "at most", "--jobs", TRY),
    ("baseline learn nowhere", 3, "there is no such file or folder", '"nowhere"', "nowhere"),
    ("attribute one --statements nowhere", 3, "no such file", '"nowhere"', "look at its spelling"),
    ("attribute one --statements garbage", 3, "not UTF-8", "garbage: line 1", "line 1"),
    ("claim add one", 2, "--actor and --like", "--actor", TRY),
    ("claim add one --by A --on yesterday --actor B", 2, "--on, the day of a claim", "--on", "like 2014-12-19"),
    ("claim withdraw nothing", 4, "there is no claim", "id", "hallmark claim list"),
    ("export one --format foo", 2, "there is no format", '"foo"', "--help"),
    ("export one --tlp purple", 2, "--tlp is", "--tlp", "clear, green, amber"),
    ("export one -o no/where/x", 4, "cannot be written", '"no/where/x"', "make it first"),
    ("export one -o folder", 4, "it is a folder", '"folder"', "name a file"),
    ("report one -o no/where/x", 3, "cannot be written", '"no/where/x"', "make it first"),
    ("report one --lang de", 2, "--lang is", "--lang", "en, ko or ja"),
    ("rule one", 2, "nothing harmless is known", "rule", "hallmark baseline learn"),
    ("rule one --against nowhere", 4, "no such file or folder", '"nowhere"', "look at its spelling"),
    ("diff nowhere garbage", 3, "no such file", '"nowhere"', "look at its spelling"),
    ("diff garbage garbage", 3, "no program that can be read", "garbage", "ELF and PE"),
    ("diff folder folder", 3, "no regular file", '"folder"', "name a program"),
    ("search nowhere", 3, "no such file", '"nowhere"', "look at its spelling"),
    ("search garbage --similarity 2", 2, "--similarity is", "--similarity", "0.3 to 1"),
    ("model evaluate nowhere", 4, "no such file", '"nowhere"', "look at its spelling"),
    ("model fit garbage", 4, "no dated incident", "in these days", "one JSON object a line"),
    ("watch -i nowhere --once empty", 4, "no such file", '"nowhere"', "look at its spelling"),
    ("watch -i empty --once empty", 1, "nothing to look for", "watch", "--indicators"),
    ("watch -i feed --once udp:127.0.0.1:9", 2, "on a socket nothing is", "--once", TRY),
    ("watch -i feed --once --send nonsense empty", 2, "hits are sent to", "https://", "syslog:udp"),
    ("watch -i feed --once nowhere", 3, "No such file", "nowhere", "nowhere"),
    ("hunt -i feed", 4, "there is no index", "book/records", "hallmark hunt index"),
    ("detect garbage", 2, "is missing", "--rules", TRY),
    ("detect --rules nowhere garbage", 4, "no such file or folder", '"nowhere"', "look at its spelling"),
    ("detect --rules folder garbage", 2, "no rule that is understood", '"folder"', "hallmark rules check"),
    ("rules check nowhere", 4, "no such file or folder", '"nowhere"', "look at its spelling"),
    ("pattern match [x garbage", 2, "a colon is missing", "byte 2", TRY),
    ("pattern match [a:b='c'] nowhere", 3, "no such file", '"nowhere"', "look at its spelling"),
    ("serve --config nowhere --policy policy", 4, "no such file", '"nowhere"', "look at its spelling"),
    ("serve --config garbage --policy policy", 3, "no UTF-8", '"garbage": line 1', "line 1"),
    ("serve --config garbage", 2, "belong together", "--config and --policy", TRY),
    ("user remove nobody", 4, "no such account", "account", "hallmark user list"),
    ("user add bob --role king", 2, "--role is", "--role", "reader, analyst, liaison or admin"),
    ("partner remove us", 4, "no partner", '"us"', "hallmark partner list"),
    ("pull us", 4, "no partner", '"us"', "hallmark partner add"),
    ("taxii check http://203.0.113.1/", 3, "https://", "a partner's url", "http:// only on this machine"),
    ("taxii check https://127.0.0.1:1/", 4, "connect", "127.0.0.1 port 1", "is it running"),
    ("share one --to us-cert --policy nowhere --preview", 4, "no such file", '"nowhere"', "look at its spelling"),
    ("share one --to us-cert --policy garbage --preview", 3, "no UTF-8", '"garbage": line 1', "line 1"),
    ("share one --to us-cert --policy folder --preview", 4, "is a folder", '"folder"', "name a file"),
    ("share one --to nobody --policy policy --preview", 2, "names no partner", '"policy"', "add a line"),
    ("share one --to us-cert --policy policy", 2, "is needed", "--preview and --output", TRY),
    ("release explain garbage --to us-cert --policy policy", 3, "not UTF-8", '"garbage"', "JSON"),
    ("audit verify --head nonsense", 2, "no head", "--head", "it reads"),
    ("recall x --reason y", 1, "nobody was given", "copy", "hallmark audit list"),
    ("recall x", 2, "is needed", "--reason", TRY),
    ("recall send 7 --to us-cert --policy policy -o x --identity identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0099", 1, "no entry", "7", "hallmark audit list"),
    ("overlap offer one --to us-cert --policy policy -o x", 2, 'no "key" line', "policy", "hallmark overlap key"),
    ("stix validate nowhere", 3, "no such file", '"nowhere"', "look at its spelling"),
    ("stix validate garbage --ignore foo", 2, "no check", '"foo"', TRY),
    ("stix lift garbage", 3, "not UTF-8", '"garbage"', "JSON"),
    ("timeline one --from x", 2, "wants a moment", "--from", "such as 2014-11-24"),
    ("completion tcsh", 2, "the shell is", "shell", "bash, zsh or fish"),
]
failures = 0
for line, code, what, where, remedy in TABLE:
    done = subprocess.run([sys.argv[1], *line.split(" ")], capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    said = done.stderr.decode("utf-8", "replace")
    wrong = [f'"{part}" is not said' for part in (what, where, remedy) if part not in said]
    if done.returncode != code:
        wrong.append(f"exit code {done.returncode}, not {code}")
    for bad in (r"\(null\)", r"errno", r"[Ee]rror -?\d", r"(\S+): \1: ", r"assert", r"SQL"):
        if re.search(bad, said):
            wrong.append(f"it says {bad}")
    first = said.splitlines()[0] if said else ""
    if not first.startswith("hallmark: ") or len(first) > 400:
        wrong.append("it does not begin as a message does")
    if wrong:
        failures += 1
        print(f"FAILED: hallmark {line}: {'; '.join(wrong)}\n    {said}")
print(f"{len(TABLE)} mistakes, {failures} told badly")
sys.exit(bool(failures))
