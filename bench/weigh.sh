#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tables of docs/WEIGHING.md: how right the weights are, how easily they are fooled, what a question costs.
# Usage: bench/weigh.sh BUILD [INCIDENTS.jsonl]
#
# Weights are fitted on 2020 and 2021 and asked about 2022, each question seeing only what is older than its month.
set -eu
build=$1
incidents=${2:-${HALLMARK_SHARED:-/nonexistent}/testdata/attribution/dev.jsonl}
hallmark=$build/src/cli/hallmark
ninja -C "$build" bench/bench_weigh src/cli/hallmark >/dev/null

for count in 100000 ${HALLMARK_BENCH_LARGE:+1000000}; do
    "$build/bench/bench_weigh" "$count"
    echo
done
if [ ! -r "$incidents" ]; then
    echo "no file of incidents: make bench-weigh INCIDENTS=file.jsonl (its form: docs/WEIGHING.md)"
    exit 0
fi
model=$(mktemp)
trap 'rm -f "$model"' EXIT
"$hallmark" model fit "$incidents" --from 2020-01-01 --to 2021-12-31 -o "$model"
echo "== 2022, prior and evidence, and planted evidence"
"$hallmark" model evaluate "$incidents" --model "$model" --false-flag
echo "== 2022, evidence only"
"$hallmark" model evaluate "$incidents" --model "$model" --evidence-only
echo "== reports of behaviour (five and more techniques and tools), ten folds"
"$hallmark" model evaluate "$incidents" --model "$model" --queries ttp --folds 10
echo "== pairs of incidents, 2022"
"$hallmark" model pairs "$incidents" --model "$model"
