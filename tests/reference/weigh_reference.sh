#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: weigh_reference.sh WEIGH_DUMP
# Needs the benchmark in $HALLMARK_SHARED/testdata/attribution and python3 with numpy, scipy and
# publicsuffix2 (Debian's /usr/bin/python3); skips with a word otherwise.
here=$(dirname "$0")
reference=${HALLMARK_SHARED:-}/testdata/attribution
python=/usr/bin/python3
if [ ! -f "$reference/dev.jsonl" ]; then
    echo "skipped: HALLMARK_SHARED does not hold the benchmark"
    exit 77
fi
if ! "$python" -c 'import numpy, scipy, publicsuffix2' 2>/dev/null; then
    echo "skipped: python3-numpy, -scipy or -publicsuffix2 is not installed"
    exit 77
fi
PYTHONDONTWRITEBYTECODE=1 exec "$python" "$here/weigh_compare.py" "$reference" \
    "$reference/dev.jsonl" "$1" "$here/reference.model" 2021-10-01 2022-12-31
