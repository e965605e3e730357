#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cluster.sh BUILD [INCIDENTS] - the store on PostgreSQL and in a folder, one after the other: what docs/PERFORMANCE.md says
# of them. Starts a server of its own with fsync on, which is gone afterwards; 1,000 incidents.
set -eu
build=$1
incidents=${2:-1000}
here=$(cd "$(dirname "$0")" && pwd)
ninja -C "$build" bench/bench_casebook >/dev/null
if [ -z "${HALLMARK_TEST_POSTGRES:-}" ]; then
    HALLMARK_TEST_POSTGRES_FSYNC=on exec "$here/../tests/with-postgres" "$0" "$build" "$incidents"
fi
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export HALLMARK_CACHE="$room/cache" HALLMARK_STATE="$room/state"
used() {
    awk '{ printf "the server used %.1f s of the processor\n", ($14 + $15 + $16 + $17) / 100 }' \
        "/proc/$(head -1 "$HALLMARK_TEST_POSTGRES_DATA/postmaster.pid")/stat"
}
echo "== PostgreSQL, on this machine, by a socket"
"$build/bench/bench_casebook" "$HALLMARK_TEST_POSTGRES" "$incidents"
sleep 1
used
"$HALLMARK_TEST_POSTGRES_BIN/psql" -X -q -t -A -d "$HALLMARK_TEST_POSTGRES" \
    -c "SELECT 'the database has ' || pg_size_pretty(pg_database_size('postgres'))"
echo
echo "== SQLite, in a folder"
"$build/bench/bench_casebook" "$room/folder" "$incidents"
