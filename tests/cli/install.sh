#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# install.sh - what `meson install` puts down works from there: program, worker, library, manual, completions.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2154
root=$house/root
DESTDIR=$root meson install -C "$HALLMARK_BUILD_ROOT" --no-rebuild >"$house/.log" 2>&1 || fail "meson install: $(tail -3 "$house/.log")"
bin=$(find "$root" -path '*/bin/hallmark')
[ -x "$bin" ] || fail "no program installed"
[ -x "$(find "$root" -path '*/libexec/hallmark/hallmark-worker')" ] || fail "no worker installed"
while read -r page; do
    LC_ALL=C.UTF-8 mandoc -Tlint -Werror "$page" >.lint 2>&1 || fail "manual page $(basename "$page"): $(head -2 .lint)"
done < <(find "$root" -name '*.1')
find "$root" -name 'hallmark.1' | grep -q . || fail "no manual page"
for completion in bash-completion/completions/hallmark zsh/site-functions/_hallmark fish/vendor_completions.d/hallmark.fish; do
    find "$root" -path "*$completion" -size +1k | grep -q . || fail "no completion $completion"
done
find "$root" -path '*/share/hallmark/schemas/compare.schema.json' | grep -q . || fail "no schemas"
# The installed worker is found beside the installed program, without any help from the build folder.
prefix=${bin%/bin/hallmark}
expect 0 env -u HALLMARK_WORKER "$bin" init
printf 'a-host-to-remember.net\n' >list
expect 0 env -u HALLMARK_WORKER "$bin" add x list
# A stranger's program of twenty lines builds against it.
cat >quick.c <<'C'
#include <hallmark/hallmark.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    hm_err err;
    hm_casebook *casebook;
    hm_finding *finding;
    if (argc < 3 || hm_casebook_open(argv[1], &casebook, &err) != HM_OK) {
        return 1;
    }
    if (hm_compare(casebook, argv[2], &finding, &err) == HM_OK) {
        puts(hm_finding_json(finding));
        hm_finding_free(finding);
    }
    hm_casebook_close(casebook);
    return 0;
}
C
pc=$(find "$root" -name hallmark.pc)
grep -q '^Requires' "$pc" && fail "hallmark.pc asks strangers to install what is behind the library"
lib=$(dirname "$(dirname "$pc")")
cc -Wall -Wextra -Werror -I"$prefix/include" quick.c -o quick -L"$lib" -lhallmark || fail "the quick start does not build"
expect 0 env LD_LIBRARY_PATH="$lib" ./quick "$house/casebook" x
same "$(value "['incident']")" x "the incident asked about"
# So does the example that matcher.h opens with, word for word.
header=$(find "$root" -name matcher.h)
example=$(sed -n '/^ \*     static int on_hit/,/^ \*     hm_matcher_free/ s/^ \* \{0,5\}//p' "$header")
cat >match.c <<C
#include <hallmark/hallmark.h>
#include <inttypes.h>
#include <stdio.h>
${example%%hm_matcher_builder*}
int main(void)
{
    static const char TEXT[] = "nothing here\nGET http://www.Malice.test.co.kr/ HTTP/1.1\n";
    hm_bytes records = { (const uint8_t *)TEXT, sizeof(TEXT) - 1 };
    hm_matcher_builder${example#*hm_matcher_builder}
    return 0;
}
C
cc -Wall -Wextra -Wno-unused-parameter -Werror -I"$prefix/include" match.c -o match -L"$lib" -lhallmark || { fail "the example of matcher.h does not build"; cat match.c; }
expect 0 env LD_LIBRARY_PATH="$lib" ./match
same "$out" "2: malice.test.co.kr" "what the example of matcher.h says"
done_testing
