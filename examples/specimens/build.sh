#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh DIR - compiles the harmless specimens into DIR, each for the incident it belongs to, and the programs of the
# harmless world into DIR/../harmless.
# ELF by gcc and clang; PE (64 and 32 bit) by clang and lld, with an import library of three names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh DIR}
hand="$here/hand/veil.c $here/hand/frame.c $here/hand/lookup.c $here/hand/pace.c"

elf() { # compiler flags output sources...
    compiler=$1 flags=$2 to=$3
    shift 3
    mkdir -p "$(dirname "$to")"
    # shellcheck disable=SC2086
    $compiler $flags -s -Wl,--build-id -o "$to" "$@" "$here/system/say_posix.c"
}

pe() { # bits flags pdb-path output sources...
    bits=$1 flags=$2 pdb=$3 to=$4
    shift 4
    mkdir -p "$(dirname "$to")"
    case $bits in
    64) target=x86_64-pc-windows-msvc machine=i386:x86-64 ;;
    32) target=i686-pc-windows-msvc machine=i386 ;;
    esac
    work=$(mktemp -d)
    def=$here/kernel32.def
    if [ "$bits" = 32 ]; then # 32-bit names carry the size of their arguments
        printf 'LIBRARY kernel32.dll\nEXPORTS\n' >"$work/kernel32.def"
        printf 'GetStdHandle@4\nWriteFile@20\nExitProcess@4\n' >>"$work/kernel32.def"
        def=$work/kernel32.def
    fi
    llvm-dlltool -k -d "$def" -l "$work/kernel32.lib" -m "$machine"
    objects=
    n=0
    for source in "$@" "$here/system/say_windows.c"; do
        n=$((n + 1))
        # shellcheck disable=SC2086
        clang --target=$target $flags -ffreestanding -fno-stack-protector -mno-stack-arg-probe \
            -c "$source" -o "$work/$n.obj"
        objects="$objects $work/$n.obj"
    done
    # shellcheck disable=SC2086
    lld-link /nodefaultlib /subsystem:console /entry:start "/out:$to" /debug \
        "/pdb:$work/x.pdb" "/pdbaltpath:$pdb" /Brepro $objects "$work/kernel32.lib"
    rm -rf "$work"
}

# shellcheck disable=SC2086
{
    elf gcc "-O2" "$out/seoul-2013/relay-a/courier" "$here/first/courier.c" $hand
    elf gcc "-O1 -fomit-frame-pointer" "$out/seoul-2013/relay-b/courierd" "$here/first/courier.c" $hand
    pe 64 "-O1" 'Z:\Work\Make Troy\courier\Release\courier.pdb' \
        "$out/seoul-2013/desk-17/courier.exe" "$here/first/courier.c" $hand
    elf clang "-O2" "$out/culver-city-2014/mail-gateway/postman" "$here/second/postman.c" $hand
    elf gcc "-O3" "$out/culver-city-2014/build-server/postman3" "$here/second/postman.c" $hand
    pe 64 "-O2" 'D:\night\postman\x64\postman.pdb' \
        "$out/culver-city-2014/desk-204/postman.exe" "$here/second/postman.c" $hand
    pe 32 "-Os" 'D:\night\postman\x86\postman.pdb' \
        "$out/culver-city-2014/desk-311/postman32.exe" "$here/second/postman.c" $hand
}
# The harmless world for the baseline: what every program built with this system part carries.
for level in O1 O2 Os; do
    pe 64 "-$level" hello.pdb "$out/../harmless/hello64-$level.exe" "$here/harmless/hello.c"
    pe 32 "-$level" hello.pdb "$out/../harmless/hello32-$level.exe" "$here/harmless/hello.c"
done
elf gcc "-O2" "$out/webshop-2012/shop/ledger" "$here/others/ledger.c"
elf clang "-O2" "$out/harbour-2014/quay/tide" "$here/others/tide.c"
pe 64 "-O2" 'C:\src\maze\maze.pdb' "$out/park-office-2014/kiosk/maze.exe" "$here/others/maze.c"
elf gcc "-O3" "$out/library-2015/desk/words" "$here/others/words.c"
pe 32 "-O1" 'C:\src\lights\lights.pdb' "$out/crossroads-2016/box/lights.exe" "$here/others/lights.c"
elf clang "-O1" "$out/crossroads-2016/box/lights" "$here/others/lights.c"
