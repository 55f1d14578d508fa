#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# packaging/try.sh ROOT: uses what is installed somewhere below ROOT as a stranger would, from a
# folder outside of the tree: the programs of packaging/hello, built with what pkg-config says and
# with CMake, must run and say what they are to say.
set -euo pipefail
root=$(realpath "$1")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -r "$(dirname "$0")/hello" "$place/hello"
cd "$place/hello"

pc=$(dirname "$(find "$root" -name otp.pc)")

run() { # FOLDER: the programs of one build
    local program
    for program in hello hello_cpp; do
        [ "$("$1/$program")" = "hello, world" ] || return 1
    done
    "$1/hello_test" || return 1
}

echo "with pkg-config"
export PKG_CONFIG_PATH=$pc
for name in otp otp-static otp_sqlite supertester; do
    pkg-config --exists --print-errors "$name"
done
sh ./build.sh
run .

echo "with CMake"
prefix=$(pkg-config --variable=prefix otp)
cmake -S . -B built "-DCMAKE_PREFIX_PATH=$prefix" >cmake.log || { cat cmake.log; exit 1; }
cmake --build built >>cmake.log || { cat cmake.log; exit 1; }
run built

echo "with CMake, a version that does not fit"
sed -i 's/find_package(supertester 0.1 /find_package(supertester 9.0 /' CMakeLists.txt
if cmake -S . -B other "-DCMAKE_PREFIX_PATH=$prefix" >other.log 2>&1; then
    echo "version 9.0 was found, and there is none"
    exit 1
fi
grep -q 'compatible with requested version "9.0"' other.log || { cat other.log; exit 1; }
