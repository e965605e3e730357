#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the corpus that similarity is measured on: Debian source packages, each linked whole into one
program, in several configurations; symbols stay in as truth.

    build_corpus.py FOLDER [JOBS]      fetches sources (apt-get source), compiles, fills FOLDER/bin

A program is FOLDER/bin/PACKAGE.CONFIGURATION. What cannot be built here (no 32-bit libc, no clang) is
said and left out; what exists already is kept.
"""
import concurrent.futures
import glob
import os
import subprocess
import sys

# name: (source package, folders of .c/.cc files, files left out, flags)
PACKAGES = {
    "lua": ("lua5.4", ["src/*.c"], ["luac.c"], "-DLUA_USE_POSIX"),
    "zlib": ("zlib", ["*.c"], [], "-DHAVE_UNISTD_H"),
    "bzip2": ("bzip2", ["blocksort.c", "bzlib.c", "compress.c", "crctable.c", "decompress.c",
                        "huffman.c", "randtable.c", "bzip2.c"], [], ""),
    "cjson": ("cjson", ["cJSON.c", "cJSON_Utils.c"], [], ""),
    "lz4": ("lz4", ["lib/*.c"], [], "-DXXH_NAMESPACE=LZ4_"),
    "zstd": ("libzstd", ["lib/common/*.c", "lib/compress/*.c", "lib/decompress/*.c",
                         "lib/dictBuilder/*.c"], [], "-DZSTD_DISABLE_ASM -Ilib -Ilib/common"),
    "tommath": ("libtommath", ["bn_*.c"], [], ""),
    "tomcrypt": ("libtomcrypt", ["src/**/*.c"], ["aes_tab.c", "sober128tab.c", "whirltab.c",
                                                  "safer_tab.c", "twofish_tab.c", "dh_static.c",
                                                  "ltc_ecc_fp_mulmod.c", "sha512_224.c",
                                                  "sha512_256.c", "sha224.c", "sha384.c"],
                 "-Isrc/headers -DLTC_SOURCE -DLTC_NO_ASM"),
    "mbedtls": ("mbedtls", ["library/*.c"], [], "-Iinclude -Ilibrary"),
    "tinyxml2": ("tinyxml2", ["tinyxml2.cpp"], [], ""),
    "sqlite": ("sqlite3", ["sqlite3.c", "shell.c"], [], "-DSQLITE_ENABLE_FTS5"),
    "pcre2": ("pcre2", ["src/pcre2_*.c"], ["pcre2_jit_match.c", "pcre2_jit_misc.c", "pcre2_printint.c",
                                            "pcre2_dftables.c", "pcre2_fuzzsupport.c",
                                            "pcre2_ucptables.c"],
              "-DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -Isrc"),
    "sodium": ("libsodium", ["src/libsodium/**/*.c"], [],
               "-DCONFIGURED=1 -DHAVE_STDINT_H -DHAVE_INTTYPES_H -Isrc/libsodium/include "
               "-Isrc/libsodium/include/sodium -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_WEAK_SYMBOLS=1 "
               "-DHAVE_SYS_MMAN_H=1 -DHAVE_MMAP=1 -DHAVE_MPROTECT=1 -DHAVE_SYS_RANDOM_H=1"),
}
PREPARE = {
    "sqlite": "test -f sqlite3.c || (./configure >/dev/null && make sqlite3.c shell.c >/dev/null)",
    "pcre2": "test -f src/config.h || ./configure >/dev/null; make -s src/pcre2_chartables.c",
    "sodium": "test -f src/libsodium/include/sodium/version.h || ./configure >/dev/null",
}
CONFIGURATIONS = {
    "gcc-O2": ("gcc", "-O2"), "gcc-O0": ("gcc", "-O0"), "gcc-O3": ("gcc", "-O3"),
    "clang-O2": ("clang", "-O2"), "gcc32-O2": ("gcc", "-m32 -O2"), "gcc-Os": ("gcc", "-Os"),
    "clang-O3": ("clang", "-O3"), "clang32-O2": ("clang", "-m32 -O2"),
    "arm64-O2": ("aarch64-linux-gnu-gcc", "-O2"), "arm64-O3": ("aarch64-linux-gnu-gcc", "-O3"),
    "arm64-O0": ("aarch64-linux-gnu-gcc", "-O0"),
}


def plus_of(compiler):
    """The same compiler for C++."""
    return compiler[:-3] + "g++" if compiler.endswith("gcc") else compiler + "++"


def run(command, cwd):
    return subprocess.run(command, shell=True, cwd=cwd, capture_output=True, text=True)


def source_lines():
    """The mirror that this machine takes its packages from, asked for sources."""
    found = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                            "Identifier: Packages"], capture_output=True, text=True).stdout
    return sorted({f"deb-src {line}\n" for line in found.splitlines() if line.endswith(" main")})


def fetch(package, folder):
    found = glob.glob(f"{folder}/src/{package}-*/")
    if found:
        return found[0]
    os.makedirs(f"{folder}/lists/partial", exist_ok=True)
    os.makedirs(f"{folder}/src", exist_ok=True)
    with open(f"{folder}/src.list", "w") as out:
        out.write("".join(source_lines()))
    options = (f"-o Dir::Etc::sourcelist={folder}/src.list -o Dir::Etc::sourceparts=/dev/null "
               f"-o Dir::State::lists={folder}/lists")
    if not glob.glob(f"{folder}/lists/*Sources*"):
        run(f"apt-get {options} update", folder)
    name = PACKAGES[package][0]
    run(f"apt-get {options} source --download-only -qq {name}", f"{folder}/src")
    archive = sorted(glob.glob(f"{folder}/src/{name}_*.orig.tar.*[zx2]"))
    if not archive:
        return None
    target = f"{folder}/src/{package}-src/"
    os.makedirs(target)
    run(f"tar xf {archive[-1]} --strip-components=1", target)
    return target


def sources(package, root):
    _, patterns, without, _ = PACKAGES[package]
    files = []
    for pattern in patterns:
        files += sorted(glob.glob(f"{root}/{pattern}", recursive=True))
    return [f for f in files if os.path.basename(f) not in without]


def build(package, root, configuration, folder):
    out = f"{folder}/bin/{package}.{configuration}"
    if os.path.exists(out):
        return None
    compiler, flags = CONFIGURATIONS[configuration]
    objects = f"{folder}/obj/{package}.{configuration}"
    os.makedirs(objects, exist_ok=True)
    made = []
    for index, source in enumerate(sources(package, root)):
        plus = source.endswith((".cpp", ".cc"))
        tool = plus_of(compiler) if plus else compiler
        object_file = f"{objects}/{index}.o"
        result = run(f"{tool} -w -DNDEBUG {flags} -I. {PACKAGES[package][3]} -c {source} "
                     f"-o {object_file}", root)
        if result.returncode == 0:
            made.append(object_file)
    if not made:
        return f"{package}.{configuration}: nothing compiled"
    with open(f"{objects}/main.c", "w") as main:
        main.write("int __attribute__((weak)) main(void) { return 0; }\n")
    run(f"{compiler} {flags} -c main.c -o main.o", objects)
    linker = plus_of(compiler) if any(s.endswith(".cpp") for s in sources(package, root)) else compiler
    result = run(f"{linker} {flags} {' '.join(made)} {objects}/main.o -o {out} "
                 f"-Wl,--unresolved-symbols=ignore-all -Wl,--allow-multiple-definition "
                 f"-lm -lpthread -ldl", root)
    return None if result.returncode == 0 else f"{package}.{configuration}: {result.stderr[-300:]}"


def main():
    folder = os.path.abspath(sys.argv[1])
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    os.makedirs(f"{folder}/bin", exist_ok=True)
    work = []
    for package in PACKAGES:
        root = fetch(package, folder)
        if root is None:
            print(f"{package}: no sources")
            continue
        if package in PREPARE:
            run(PREPARE[package], root)
        print(f"{package}: {len(sources(package, root))} files", flush=True)
        work += [(package, root, configuration, folder) for configuration in CONFIGURATIONS]
    work.sort(key=lambda w: list(CONFIGURATIONS).index(w[2]))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for problem in pool.map(lambda w: build(*w), work):
            if problem:
                print(problem, flush=True)


if __name__ == "__main__":
    main()
