#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# diff.sh - two builds of one program, function by function: with symbols, without, by another compiler; instructions side
# by side; evidence by its hash; what is no program, or a damaged one, says so.
. "$(dirname "$0")/lib.sh"
command -v gcc >/dev/null || { echo "skipped: no gcc"; exit 77; }
case $(uname -m) in x86_64 | i?86) ;; *) echo "skipped: code of $(uname -m) is not read"; exit 77 ;; esac
cat >tool.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define OWN __attribute__((noinline))
static OWN unsigned hash(const char *s) { unsigned h = 5381; while (*s) h = h * 33 ^ (unsigned char)*s++; return h; }
OWN void scramble(unsigned char *b, unsigned long n) { for (unsigned long i = 0; i < n; i++) b[i] ^= (unsigned char)(0x5a + i); }
OWN int read_setting(const char *s)
{
    if (!strncmp(s, "host=", 5)) { printf("host is %s\n", s + 5); return (int)hash(s); }
#ifdef NEWER
    if (!strncmp(s, "port=", 5)) { printf("port is %d\n", atoi(s + 5)); return 2; }
#endif
    return 0;
}
#ifdef NEWER
OWN void tick(int n) { for (int i = 0; i < n; i++) printf("tick %d of %d\n", i * 3, n); }
#else
OWN void farewell(const char *s) { if (puts(s) < 0) { perror("farewell"); exit(7); } }
#endif
int main(int c, char **v)
{
    unsigned char b[64] = { 0 };
    for (int i = 1; i < c; i++) if (read_setting(v[i])) scramble(b, 64);
#ifdef NEWER
    tick(c);
#else
    farewell("bye for now");
#endif
    return b[3];
}
C
gcc -O2 tool.c -o older && gcc -O2 -DNEWER tool.c -o newer && gcc -O3 -fno-inline tool.c -o other || fail "cannot compile"
strip -o older.bare older && strip -o newer.bare newer || fail "cannot strip"

expect 0 "$HALLMARK" diff older newer
has "equal, "
has "read_setting"
has "tick"
has "farewell"
has "added: only in B"
has "removed: only in A"
safe_output
expect 0 "$HALLMARK" diff older newer --json
python3 - "$house/.out" <<'PY' || fail "the pairs are not those of the symbols"
import json, sys
d = json.load(open(sys.argv[1]))
own = {"hash", "scramble", "read_setting", "main", "tick", "farewell"}
of = {(f.get("left") or f["right"])["name"]: f for f in d["functions"] if (f.get("left") or f["right"]).get("name") in own}
assert {n: f["status"] for n, f in of.items()} == {"hash": "equal", "scramble": "equal", "read_setting": "changed",
    "main": "changed", "tick": "added", "farewell": "removed"}, of
assert 0.3 < of["read_setting"]["similarity"] < 1 and of["hash"]["similarity"] == 1
assert d["left"]["format"] == "elf" and d["left"]["verdict"] == "read"
assert d["equal"] + d["changed"] + d["removed"] == d["left"]["functions"]
assert d["pairs"] + d["added"] == d["right"]["functions"]
PY
# Without symbols the same, by code alone.
python3 - "$HALLMARK" <<'PY' || fail "stripped programs are paired otherwise"
import json, subprocess, sys
def pairs(a, b, *options):
    d = json.loads(subprocess.run([sys.argv[1], "diff", a, b, "--json", *options], capture_output=True, text=True).stdout)
    return {(f["left"]["address"], f["right"]["address"]) for f in d["functions"] if "left" in f and "right" in f}
named = pairs("older", "newer")
assert pairs("older.bare", "newer.bare") == pairs("older", "newer", "--ignore-names") == named, \
    (pairs("older.bare", "newer.bare") ^ named)
PY
expect 0 "$HALLMARK" diff older other
has "% alike"
expect 0 "$HALLMARK" diff older older
has "100.0% alike"
has " 0 changed, 0 removed, 0 added"

# Instructions side by side, what changed marked; colour only when asked for.
expect 0 "$HALLMARK" diff older newer --function read_setting
has '"port="'
has " > "
has "call "
has "; printf"
lacks $'\033'
expect 0 env -u NO_COLOR "$HALLMARK" diff older newer --function read_setting --color always
case "$out" in *$'\033['*) ;; *) fail "no colour though asked for" ;; esac
expect 0 "$HALLMARK" diff older newer --function tick --function farewell --function tick
has "(not in A)"
has "(not in B)"
at=$(nm older | awk '$3 == "scramble" { print "0x" $1 }')
expect 0 "$HALLMARK" diff older.bare newer.bare -f "$at" --all --json
python3 - "$house/.out" <<'PY' || fail "the instructions are not told"
import json, sys
d = json.load(open(sys.argv[1]))
told = [f for f in d["functions"] if "lines" in f]
assert len(told) == 1 and told[0]["status"] == "equal"
assert all(line["kind"] == "same" and line["left"]["text"] for line in told[0]["lines"])
assert len(told[0]["lines"]) == told[0]["left"]["instructions"]
PY
expect 0 "$HALLMARK" diff older newer --code
has "main"
has "read_setting"
expect 2 "$HALLMARK" diff older newer --function nowhere
has "no function \"nowhere\""
expect 2 "$HALLMARK" diff older
expect 2 "$HALLMARK" diff older newer --jobs 2 # there are two programs, read one after the other
expect 0 "$HALLMARK" diff --help
has "default 10000"

# Evidence of the casebook, by its hash.
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add seoul older
expect 0 "$HALLMARK" diff "$(sha256sum older | cut -c1-64)" newer
has "read_setting"
expect 3 "$HALLMARK" diff "$(sha256sum newer | cut -c1-64)" newer
has "no kept evidence"

# What cannot be read costs a sentence and an exit code.
echo "dear sir" >letter
expect 3 "$HALLMARK" diff older letter
has "no program that can be read"
expect 3 "$HALLMARK" diff older nowhere
mkfifo pipe
expect 3 "$HALLMARK" diff older pipe
has "no regular file"
head -c 3000 older >cut
expect 3 "$HALLMARK" diff cut older
safe_output
python3 "$HALLMARK_SOURCE_ROOT/tests/cli/make_hostile.py" programs programs
for program in programs/*; do
    "$HALLMARK" diff older "$program" >out 2>err
    case $? in 0 | 1 | 3) ;; *) fail "$program: exit code $?" ;; esac
    grep -q crashed err && fail "$program: a worker crashed"
done
expect 3 "$HALLMARK" diff older "$HALLMARK" --memory-max 1M
case "$err" in *"left out"* | *"memory limit"*) ;; *) fail "a program too large is not told: $err" ;; esac
"$HALLMARK" diff older newer --json >one; "$HALLMARK" diff older newer --json >two
cmp -s one two || fail "the same question twice gave two answers"
done_testing
