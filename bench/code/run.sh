#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD [FOLDER] - the tables of docs/CODE.md: discovery, the right function first among 1,000, pairs of hallmark diff,
# speed. The corpus is built into FOLDER (default: BUILD/corpus) from Debian sources when it is not there yet: a quarter of
# an hour on two processors, 300 MB.
set -u
build=$(realpath "${1:-build}")
folder=${2:-$build/corpus}
cd "$(dirname "$0")/../.." || exit 1
ninja -C "$build" bench/code/bench_code bench/code/eval_code src/cli/hallmark >/dev/null || exit 1
[ -e "$folder/bin" ] || python3 bench/code/build_corpus.py "$folder" || exit 1
[ -n "$(ls "$folder/bin" 2>/dev/null)" ] || { echo "no corpus: sources cannot be had here"; exit 1; }
failed=0
table() {
    title=$1
    shift
    printf '\n== %s\n' "$title"
    "$@" || { echo "failed: $*"; failed=$((failed + 1)); }
}
table "functions found, against .symtab: with unwind tables, without" "$build/bench/code/bench_code" --discovery "$folder"/bin/*
table "the right function first among 1,000: packages that were never tuned on" "$build/bench/code/eval_code" "$folder/bin" --test
table "the same by code only: no strings, imports, constants of others" "$build/bench/code/eval_code" "$folder/bin" --test --code-only
for pair in "gcc-O2 gcc-O3" "gcc-O2 gcc-Os" "gcc-O2 clang-O2" "gcc-O2 gcc32-O2" "gcc-O0 gcc-O2"; do
    # shellcheck disable=SC2086
    table "hallmark diff, stripped: $pair" python3 bench/code/eval_diff.py "$build/src/cli/hallmark" "$folder/bin" $pair
done
table "speed, one core" "$build/bench/code/bench_code" "$folder"/bin/sqlite.gcc-O2 "$folder"/bin/mbedtls.gcc-O2
[ "$failed" = 0 ] || { echo "$failed failed"; exit 1; }
