#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# new_format.sh ROOT "ARCHIVES" "FLAGS" "LIBRARIES" CC... - tools/new-format, with the very command that CONTRIBUTING.md shows, in
# a copy of the tree: what it writes compiles without a warning, passes its own test, keeps the house's rules, and is refused twice.
set -euo pipefail
root=$1 archives=$2 flags=$3 libraries=$4
shift 4
house=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-format-XXXXXX")
trap 'rm -rf "$house"' EXIT
for part in src include fuzz tools docs tests/unit/formats tests/rooms.sh tests/check.h tests/collect.h CHANGELOG.md .clang-format; do
    mkdir -p "$house/$(dirname "$part")"
    cp -r "$root/$part" "$house/$part"
done
command=$(sed -n 's/^ *\(tools\/new-format [a-z].*\)/\1/p' "$root/CONTRIBUTING.md" | head -1)
[ -n "$command" ] || { echo "CONTRIBUTING.md shows no tools/new-format"; exit 1; }
name=$(echo "$command" | cut -d' ' -f2) wing=$(echo "$command" | sed 's/.*--wing \([a-z]*\).*/\1/')
cd "$house"
bash -c "$command"

# Named everywhere, once.
for place in "src/formats/readers.def:READER($name)" "src/formats/meson.build:  '$wing/$name.c'," "tests/unit/formats/meson.build:  '$name',"; do
    [ "$(grep -cFx "${place#*:}" "${place%%:*}")" = 1 ] || { echo "${place%%:*} does not name $name once"; exit 1; }
done
grep -q "src/formats/$wing/$name.c" docs/FORMATS.md || { echo "docs/FORMATS.md has no row"; exit 1; }
bash tests/rooms.sh "$house"
tools/list-limits --check
if command -v clang-format >/dev/null; then
    clang-format --dry-run -Werror "src/formats/$wing/$name.c" "tests/unit/formats/test_$name.c"
fi

# The reader, the list that names it, its test and its fuzz target; the rest comes from what was built.
cat >main.c <<'C'
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int main(int argc, char **argv)
{
    static uint8_t bytes[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof(bytes), file);
    for (size_t len = 0; len <= size; len++) {
        LLVMFuzzerTestOneInput(bytes, len);
    }
    return size > 0 ? 0 : 1;
}
C
strict="-include src/base/banned.h -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Werror"
# shellcheck disable=SC2086
{
    "$@" $flags $strict -Isrc -Iinclude -c "src/formats/$wing/$name.c" -o reader.o
    "$@" $flags $strict -Isrc -Iinclude -c src/formats/registry.c -o registry.o
    "$@" $flags $strict -DHMI_BANNED_FREE -Isrc -Iinclude -Itests "tests/unit/formats/test_$name.c" reader.o registry.o $archives $libraries -lcmocka -o test
    "$@" $flags $strict -Isrc -Iinclude -Ifuzz "-DHMI_FUZZ_READER=hmi_reader_$name" fuzz/fuzz_reader.c main.c reader.o registry.o $archives $libraries -o fuzz-case
}
./test
./fuzz-case "tests/cases/$name/two-blocks.$name"

refused() { # what is said, command...
    local want=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "not refused: $*"
        exit 1
    fi
    case $said in *"$want"*) ;; *) echo "refused otherwise: $said"; exit 1 ;; esac
}
before=$(find . -type f -exec sha256sum {} + | sort)
refused "is there already" bash -c "$command"
refused "is there already" tools/new-format elf --wing record --summary "Another"
refused "cannot name a reader" tools/new-format ../x --wing record --summary "Another"
refused "cannot name a reader" tools/new-format int --wing record --summary "Another"
refused "invalid choice" tools/new-format other --wing nowhere --summary "Another"
refused "not hexadecimal" tools/new-format other --wing record --summary "Another" --magic zz
refused "a summary has" tools/new-format other --wing record --summary '*/ int'
[ "$before" = "$(find . -type f -exec sha256sum {} + | sort)" ] || { echo "a refusal changed something"; exit 1; }
echo "$name: written, named, compiled, tried"
