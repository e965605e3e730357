#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make-page.sh SCDOC HALLMARK OUTPUT COMMAND... - one manual page out of the program's command table.
set -eu
scdoc=$1 hallmark=$2 output=$3
shift 3
"$hallmark" help --scdoc "$@" | "$scdoc" >"$output"
