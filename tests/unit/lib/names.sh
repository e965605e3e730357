#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# names.sh LIBRARY - every name that the library exports begins with hm_.
set -eu
others=$(nm -D --defined-only "$1" | awk '{ print $3 }' | sed 's/@.*//' | grep -v '^hm_' | grep -v '^HALLMARK_' || true)
[ -z "$others" ] || { echo "the library exports: $others"; exit 1; }
nm -D --defined-only "$1" | grep -q hm_compare || { echo "hm_compare is not exported"; exit 1; }
echo "only hm_ names"
