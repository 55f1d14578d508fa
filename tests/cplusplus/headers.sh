#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/cplusplus/headers.sh LIBOTP.so LIBOTP.a LIBSUPERTESTER.a [LIBRARY]...: the public headers in
# C++, with g++ and clang++: each compiles alone, as C++17 and with all warnings a user may ask for;
# headers_test.cpp agrees with C; the program of packaging/hello starts a server and calls it.
# LIBRARY: flags to link what the archives stand on. Prints TAP.
set -uo pipefail
shared=$(realpath "$1")
archives=("-Wl,--whole-archive,$(realpath "$2"),--no-whole-archive" "$(realpath "$3")")
shift 3
cd "$(dirname "$0")/../.." || exit 1

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Werror)
number=0
failed=0

check() { # SENTENCE COMMAND...: one check, with the command's output when it fails
    local sentence=$1
    shift
    number=$((number + 1))
    if "$@" >"$place/output" 2>&1; then
        echo "ok $number - $sentence"
    else
        echo "not ok $number - $sentence"
        sed 's/^/# /' "$place/output" | head -n 40
        failed=1
    fi
}

headers_alone() { # COMPILER
    local header bad=0
    for header in include/*/*.h; do
        "$1" -std=c++17 "${warnings[@]}" -Iinclude -fsyntax-only -x c++ -include "$header" \
            /dev/null || bad=1
    done
    return "$bad"
}

macros() { # COMPILER STANDARD LIBRARY...
    local compiler=$1 standard=$2
    shift 2
    "$compiler" "-std=$standard" "${warnings[@]}" -Iinclude tests/cplusplus/headers_test.cpp \
        -o "$place/headers_test" "${archives[@]}" "$@" && (cd "$place" && ./headers_test)
}

hello() { # COMPILER
    "$1" -std=c++17 "${warnings[@]}" -Iinclude packaging/hello/hello.cpp -o "$place/hello" \
        "$shared" "-Wl,-rpath,$(dirname "$shared")" && [ "$("$place/hello")" = "hello, world" ]
}

echo "TAP version 13"
echo "1..8"
for compiler in g++ clang++; do
    check "each header compiles alone as C++17 with $compiler" headers_alone "$compiler"
    check "the macros do in C++17 what they do in C, $compiler" macros "$compiler" c++17 "$@"
    check "and in C++20, $compiler" macros "$compiler" c++20 "$@"
    check "a program on the shared runtime starts a server and calls it, $compiler" \
        hello "$compiler"
done
exit $failed
