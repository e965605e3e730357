#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# search.sh - functions of a new build lead to the old one and its incident; library code is named and weighs nothing; what
# nobody has seen ends with 1.
. "$(dirname "$0")/lib.sh"
command -v gcc >/dev/null || { echo "skipped: no gcc"; exit 77; }
case $(uname -m) in x86_64 | i?86) ;; *) echo "skipped: code of $(uname -m) is not read"; exit 77 ;; esac
cat >own.c <<'C'
#include <stdio.h>
#include <string.h>
#define OWN __attribute__((noinline))
OWN unsigned mixer(const char *s) { unsigned h = 0x7a3f19c5; while (*s) h = (h ^ (unsigned char)*s++) * 0x01000193 + (h >> 7); return h; }
OWN int greet(const char *name) { if (strlen(name) > 40) { puts("name is too long for the wall"); return -1; } return printf("hello %s of %08x\n", name, mixer(name)); }
int shared_sum(const unsigned char *b, unsigned long n);
OWN int walk(int n, char **names) { int sum = 0; for (int i = 0; i < n; i++) sum += greet(names[i]) > 5 ? i * 3 : -i; return sum; }
int main(int c, char **v) { return walk(c, v) + shared_sum((const unsigned char *)v[0], strlen(v[0])); }
C
cat >shared.c <<'C'
int shared_sum(const unsigned char *b, unsigned long n);
int shared_sum(const unsigned char *b, unsigned long n)
{
    unsigned a = 1, c = 0x7f123456;
    for (unsigned long i = 0; i < n; i++) { a = (a + b[i]) % 65521; c = (c << 3 | c >> 29) ^ a; if (c == 0x51ed270bu) c += 77; }
    return (int)(a ^ c << 16);
}
C
cat >alien.c <<'C'
#include <math.h>
#include <stdio.h>
static __attribute__((noinline)) double orbit(double x, int n) { while (n--) x = x > 0.3 ? sin(x) * 3.7 - sqrt(x) : x * x + 1.25; return x; }
int main(int c, char **v) { (void)v; return printf("orbit ends at %f after all\n", orbit(c * 0.11, c * 100)) > 3; }
C
gcc -O2 -fPIC -c shared.c && gcc -O2 own.c shared.o -o old && gcc -O3 own.c shared.o -o new && strip new && gcc -O2 alien.c -o alien -lm &&
    gcc -shared shared.o -o libshared.so || fail "cannot compile"
cp old old.named

expect 4 "$HALLMARK" search new
has "there is no casebook"
expect 0 "$HALLMARK" init
expect 1 "$HALLMARK" search new
has "0 near something"
expect 0 "$HALLMARK" add seoul old
expect 0 "$HALLMARK" add culver old.named
expect 0 "$HALLMARK" search new
has "programs that hold most of it"
has "seoul"
has "nothing harmless was learned"
safe_output
# What compilers put into every program is learned from a harmless one; the library with its name.
gcc -O2 -x c - -o harmless <<<'int main(void) { return 0; }'
expect 0 "$HALLMARK" baseline learn harmless libshared.so
expect 0 "$HALLMARK" search old.named --json
python3 - "$house/.out" <<'PY' || fail "what is known is not what was learned"
import json, sys
d = json.load(open(sys.argv[1]))
by = {f["name"]: f for f in d["functions"]}
assert by["shared_sum"]["library"] == "libshared.so" and by["shared_sum"]["baseline"] >= 1, by["shared_sum"]
assert "library" in by["_start"] and "library" not in by["walk"], by
assert by["walk"]["baseline"] == 0 and by["walk"]["near"][0]["similarity"] == 1
assert by["walk"]["near"][0]["incidents"] == ["seoul", "culver"]
assert d["programs"][0]["sha256"] and d["programs"][0]["similarity"] == 1
assert set(d["programs"][0]["incidents"]) == {"seoul", "culver"} and d["programs"][0]["rare"] >= 3
known = ["library" in f for f in d["functions"]]
assert known == sorted(known), "known functions come last"
PY
expect 0 "$HALLMARK" search old.named
has "known: libshared.so"
expect 0 "$HALLMARK" search old.named --function walk --similarity 1
has "walk"
lacks "shared_sum"
expect 1 "$HALLMARK" search old.named --function shared_sum
expect 2 "$HALLMARK" search old.named --function nowhere
expect 2 "$HALLMARK" search old.named --similarity 2
expect 1 "$HALLMARK" search alien --similarity 0.8
expect 0 "$HALLMARK" search "$(sha256sum old | cut -c1-64)"
# diff names the same code, and it weighs nothing there either.
expect 0 "$HALLMARK" diff old new --all
has "libshared.so"
has "of libraries weigh nothing"
expect 0 "$HALLMARK" diff old new --no-baseline
lacks "of libraries"
echo "dear sir" >letter
expect 3 "$HALLMARK" search letter
mkfifo pipe
expect 3 "$HALLMARK" search pipe
head -c 3000 old >cut
"$HALLMARK" search cut >out 2>err
case $? in 1 | 3) ;; *) fail "a cut program: exit code $?" ;; esac
"$HALLMARK" search new --json >one; "$HALLMARK" search new --json >two
cmp -s one two || fail "the same question twice gave two answers"
expect 0 "$HALLMARK" verify
done_testing
