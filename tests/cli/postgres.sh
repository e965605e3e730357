#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# postgres.sh - the same commands on a casebook in PostgreSQL, and the very same findings as in a folder.
if [ -z "${HALLMARK_TEST_POSTGRES:-}" ]; then
    exec "$HALLMARK_SOURCE_ROOT/tests/with-postgres" bash "$0"
fi
. "$(dirname "$0")/lib.sh"
export HALLMARK_CACHE=$house/cache
folder=$HALLMARK_CASEBOOK
server="$HALLMARK_TEST_POSTGRES&options=-csearch_path%3Ddemo"

sql() {
    "$HALLMARK_TEST_POSTGRES_BIN/psql" -X -q -d "$HALLMARK_TEST_POSTGRES" -c "$1" >/dev/null || fail "psql: $1"
}

expect 4 "$HALLMARK" init "$server"
has "CREATE SCHEMA"
sql 'CREATE SCHEMA demo'
expect 4 "$HALLMARK" show --casebook "$server"
has "there is no casebook at"
expect 2 "$HALLMARK" init postgresql://me:secret@127.0.0.1/x
has ".pgpass"
lacks "secret"
expect 4 "$HALLMARK" init "postgresql:///x?host=$house"
has "cannot be reached"

# The same evidence into both.
demo=$HALLMARK_SOURCE_ROOT/examples/demo
mkdir evidence
"$demo/../specimens/build.sh" "$house/evidence" >/dev/null && "$demo/records.sh" "$house/evidence" >/dev/null || fail "no evidence"
incidents="seoul-2013 library-2015 culver-city-2014"
for where in "$folder" "$server"; do
    export HALLMARK_CASEBOOK=$where
    expect 0 "$HALLMARK" init "$where"
    has "made an empty casebook at"
    expect 0 "$HALLMARK" baseline learn --files-max 20 --size-max 1M /usr/bin
    for incident in $incidents; do
        expect 0 "$HALLMARK" add "$incident" "$house/evidence/$incident" --json
        known=$(value "['totals']['known']")
        expect 0 "$HALLMARK" add "$incident" "$house/evidence/$incident" --json
        same "$(value "['totals']['read']")" 0 "pieces read twice ($known at first)"
    done
    expect 0 "$HALLMARK" verify
    has "sound:"
done
expect 4 "$HALLMARK" init "$server"
has "already"

# What the two say, apart from the names that each drew.
differs() {
    for where in "$folder" "$server"; do
        "$HALLMARK" "$@" --casebook "$where" 2>/dev/null |
            sed -E 's/(incident|note|bundle|report)--[0-9a-f-]{36}/\1/g; s/"generation": [0-9]+/generation/; s/20[0-9][0-9]-[0-9-]+T[0-9:.]+Z/moment/g' >"said.${#where}"
    done
    [ -s "said.${#server}" ] || fail "nothing was said: $*"
    cmp -s "said.${#folder}" "said.${#server}" || fail "$* differs: $(diff "said.${#folder}" "said.${#server}" | head -c 600)"
}
for incident in $incidents; do
    differs compare "$incident" --json
    differs compare "$incident"
    differs show "$incident"
done
differs baseline show
differs show

# Another machine, which has nothing but the address.
HALLMARK_CACHE=$house/other HALLMARK_STATE=$house/other-state expect 0 "$HALLMARK" compare culver-city-2014 seoul-2013 --json
same "$(value "['matches'][0]['incident']")" seoul-2013 "the only match"

# Moved there and back, every answer is the same to the byte: nothing is masked here.
sql 'CREATE SCHEMA moved'
moved="$HALLMARK_TEST_POSTGRES&options=-csearch_path%3Dmoved"
expect 0 "$HALLMARK" casebook move "$folder" "$moved"
has "each table was read back"
expect 4 "$HALLMARK" casebook move "$folder" "$moved"
has "already"
expect 0 "$HALLMARK" casebook move "$moved" "$house/back"
for what in "show" "show culver-city-2014" "show culver-city-2014 --traits" "compare culver-city-2014" "compare seoul-2013" \
    "attribute culver-city-2014" "export culver-city-2014" "baseline show"; do
    for where in "$folder" "$moved" "$house/back"; do
        # shellcheck disable=SC2086
        "$HALLMARK" $what --casebook "$where" >"said.${#where}" 2>&1
        # shellcheck disable=SC2086
        [ "${what#export}" != "$what" ] || "$HALLMARK" $what --json --casebook "$where" >>"said.${#where}" 2>&1
        sed -i "s|$where|CASEBOOK|g" "said.${#where}"
    done
    grep -q culver-city "said.${#moved}" || [ "$what" = "baseline show" ] || fail "nothing was said: $what"
    for where in "$moved" "$house/back"; do
        cmp -s "said.${#folder}" "said.${#where}" ||
            fail "$what differs: $(diff "said.${#folder}" "said.${#where}" | head -c 600)"
    done
done

# A dump that is put back is the casebook.
"$HALLMARK_TEST_POSTGRES_BIN/pg_dump" -d "$HALLMARK_TEST_POSTGRES" -n moved >dump.sql || fail "pg_dump"
sql 'DROP SCHEMA moved CASCADE'
expect 4 "$HALLMARK" verify --casebook "$moved"
"$HALLMARK_TEST_POSTGRES_BIN/psql" -X -q -d "$HALLMARK_TEST_POSTGRES" -f dump.sql >/dev/null || fail "the dump cannot be put back"
expect 0 "$HALLMARK" verify --casebook "$moved"
has "sound:"

# Damage there is named here.
sql "UPDATE demo.depot_piece SET bytes = set_byte(bytes, 70, 255 - get_byte(bytes, 70)) WHERE number = 0 AND name LIKE 'evidence/%'"
expect 4 "$HALLMARK" verify
has "a piece is not what its hash says"
done_testing
