# SPDX-License-Identifier: Apache-2.0
# lib.sh - what every session needs: a temporary house, the program, and checks that say what they expected.
# shellcheck shell=bash
set -uo pipefail
: "${HALLMARK:?set by meson}" "${HALLMARK_SOURCE_ROOT:?set by meson}"
house=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-cli-XXXXXX")
# shellcheck disable=SC2154
trap 'code=$?; chmod -R u+rwx "$house" 2>/dev/null; rm -rf "$house"; exit $code' EXIT
cd "$house" || exit 99
export HALLMARK_CASEBOOK=$house/casebook NO_COLOR=1 HALLMARK_STATE=$house/state
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# expect CODE COMMAND...: runs it, keeps its answer in $out and its complaints in $err.
expect() {
    local want=$1 got
    shift
    "$@" >"$house/.out" 2>"$house/.err" </dev/null
    got=$?
    out=$(tr -d '\0' <"$house/.out")
    err=$(tr -d '\0' <"$house/.err")
    if [ "$got" != "$want" ]; then
        fail "exit code $got, expected $want: $*"
        printf -- '--- out\n%s\n--- err\n%s\n' "$out" "$err"
    fi
}

# has TEXT / lacks TEXT: in the last answer or its complaints.
has() {
    case "$out"$'\n'"$err" in
    *"$1"*) ;;
    *) fail "expected to read \"$1\" in:"; printf '%s\n%s\n' "$out" "$err" ;;
    esac
}

lacks() {
    case "$out"$'\n'"$err" in
    *"$1"*) fail "did not expect to read \"$1\""; printf '%s\n%s\n' "$out" "$err" ;;
    *) ;;
    esac
}

# value PATH: a member of the last --json answer, as Python spells it: value "['totals']['bad']"
value() {
    python3 -c "import json,sys; print(json.load(open(sys.argv[1]))$1)" "$house/.out"
}

same() {
    [ "$1" = "$2" ] || fail "got \"$1\", expected \"$2\" ($3)"
}

# No byte that a terminal could act on: C0 but LF, DEL, C1 (as UTF-8), raw invalid bytes.
safe_output() {
    python3 - "$house/.out" "$house/.err" <<'PY' || fail "output could command a terminal"
import sys
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode("utf-8")  # raises on raw bytes
    bad = [hex(ord(c)) for c in text
           if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or ord(c) in range(0x202a, 0x202f)
           or ord(c) in range(0x2066, 0x206a) or ord(c) in (0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff)]
    if bad:
        sys.exit(f"{name}: {bad[:5]}")
PY
}

done_testing() {
    [ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
    echo "all as expected"
}
