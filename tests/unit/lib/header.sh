#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# header.sh COMPILER FLAGS... HEADER - the header, included first and twice, compiles alone.
set -eu
for header in "$@"; do :; done
count=$#
i=0
while [ $i -lt $((count - 1)) ]; do
    set -- "$@" "$1"
    shift
    i=$((i + 1))
done
shift
printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$header" "$header" | "$@" -fsyntax-only -
