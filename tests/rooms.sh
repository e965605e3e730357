#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keeps the architecture true: a room includes only itself and the rooms its row names.
# The table is the one in docs/ARCHITECTURE.md.
root=${1:-.}
cd "$root/src" || exit 2
uses() {
    case $1 in
    base) echo "" ;;
    http) echo "base" ;;
    peer) echo "base trait share" ;;
    taxii) echo "base trait share http" ;;
    pattern) echo "base" ;;
    trait) echo "base pattern" ;;
    code) echo "base trait" ;;
    behave) echo "base trait" ;;
    formats) echo "base trait code behave" ;;
    jail) echo "base trait code formats" ;;
    index) echo "base" ;;
    engine) echo "base" ;;
    casebook) echo "base trait code index engine" ;;
    detect) echo "base trait pattern" ;;
    compare) echo "base trait code casebook" ;;
    match) echo "base trait" ;;
    hunt) echo "base trait jail index match" ;;
    watch) echo "base trait jail casebook match hunt" ;;
    intake) echo "base trait jail casebook" ;;
    timeline) echo "base trait jail casebook" ;;
    differ) echo "base trait code jail casebook" ;;
    share) echo "base trait casebook" ;;
    tell) echo "base trait casebook compare share given" ;;
    given) echo "base trait casebook share" ;;
    overlap) echo "base trait casebook share given" ;;
    lib) echo "base trait code formats jail index casebook compare intake share tell match hunt watch" ;;
    api) echo "base trait code formats jail engine casebook compare intake timeline share tell given http" ;;
    cli) echo "base trait code pattern formats jail index casebook detect compare intake timeline share tell match hunt watch http taxii peer given overlap differ api" ;;
    *) return 1 ;;
    esac
}
bad=0
for room in */; do
    room=${room%/}
    allowed=$(uses "$room") || { echo "room $room has no row in tests/rooms.sh"; bad=1; continue; }
    # shellcheck disable=SC2013
    for line in $(grep -rhoE '^#include "[^"]+"' "$room" --include='*.[ch]' --include='*.cc' |
                  sed 's/#include "//; s/"$//' | sort -u); do
        to=${line%%/*}
        case " $room $allowed " in
        *" $to "*) ;;
        *) echo "$room includes \"$line\", but may use only: ${allowed:-nothing}"
           grep -rln "#include \"$line\"" "$room"; bad=1 ;;
        esac
    done
done
[ $bad = 0 ] && echo "every room keeps its walls"
exit $bad
