#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh LIBRARY WORKER SANITIZERS COMPILER... - the package's tests, over the library as it was built.
#
# A library under AddressSanitizer needs its runtime first in the process: it is preloaded into the interpreter, whose own
# leaks are then not looked for. Without cffi there is nothing to test: exit code 77, "skipped".
set -euo pipefail
library=$1 worker=$2 sanitizers=$3
shift 3
here=$(cd "$(dirname "$0")/.." && pwd)
python=
for modules in cffi,setuptools,wheel,pip cffi; do
    for one in python3 /usr/bin/python3; do
        if [ -z "$python" ] && "$one" -c "import $modules" 2>/dev/null; then
            python=$("$one" -c 'import sys; print(sys.executable)')
        fi
    done
done
[ -n "$python" ] || { echo "skipped: no Python with cffi (Debian: python3-cffi)"; exit 77; }
export HALLMARK_LIBRARY=$library HALLMARK_WORKER=$worker PYTHONDONTWRITEBYTECODE=1
preload=
case $sanitizers in
*address*)
    for name in libclang_rt.asan-x86_64.so libclang_rt.asan.so libasan.so; do
        preload=$("$@" -print-file-name=$name)
        [ ! -e "$preload" ] || break
    done
    [ -e "$preload" ] || { echo "skipped: no runtime of AddressSanitizer to preload"; exit 77; }
    preload=$(readlink -f "$preload")
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    ;;
esac
env ${preload:+LD_PRELOAD=$preload} PYTHONPATH="$here" "$python" "$here/tests/test_hallmark.py"
# The package itself: what pip puts down is whole and works from there.
[ -z "$preload" ] || exit 0
if ! "$python" -c 'import setuptools, wheel, pip' 2>/dev/null; then
    echo "no pip, setuptools and wheel: the wheel is not tried"
    exit 0
fi
house=$(mktemp -d)
trap 'rm -rf "$house"' EXIT
cp -r "$here" "$house/source"
"$python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index --root-user-action=ignore \
    --target "$house/there" "$house/source" 2>"$house/log" || { cat "$house/log"; exit 1; }
[ -e "$house/there/hallmark/py.typed" ] && [ -e "$house/there/hallmark/__init__.pyi" ]
(cd / && PYTHONPATH="$house/there" "$python" -c 'import hallmark; print("installed package speaks with libhallmark", hallmark.version())')
