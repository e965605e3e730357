#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each of these calls compiles where tests may make it, and is refused where src/base/banned.h rules.
# usage: banned.sh ROOT COMPILER...
root=$1
shift
compiles() {
    printf '#include <alloca.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>
#include <time.h>\nvoid *f(char *b, time_t *t);\nvoid *f(char *b, time_t *t) { (void)t; %s; return b; }\n' \
        "$body" | "$@" -D_GNU_SOURCE -x c -w -fsyntax-only -include "$root/src/base/banned.h" - 2>/dev/null
}
bad=0
while IFS= read -r body; do
    compiles "$@" -DHMI_BANNED_FREE || { echo "does not compile at all: $body"; bad=1; }
    compiles "$@" && { echo "not refused: $body"; bad=1; }
done <<'CALLS'
strcpy(b, "a")
strncpy(b, "a", 1)
strcat(b, "a")
sprintf(b, "a")
strtok(b, "a")
atoi(b)
atof(b)
return alloca(4)
return strdupa(b)
return localtime(t)
return ctime(t)
return popen(b, "r")
return mktemp(b)
system(b)
rand()
srand(1)
CALLS
body='int system = 1, rand = 2; snprintf(b, 4, "a"); (void)(system + rand)'
compiles "$@" || { echo "refused, though harmless: $body"; bad=1; }
[ $bad = 0 ] && echo "what is banned is refused"
exit $bad
