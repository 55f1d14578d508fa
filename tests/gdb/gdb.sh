#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# gdb.sh PROGRAM SCRIPT: what tools/gdb/otp.py shows of tests/gdb/parked.c, live and in a core file.
# TAP; skips, saying so, where there is no gdb with Python or it may not trace.
set -uo pipefail
program=$1 script=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

show() { # ARGUMENT... : gdb on the program, otp.py loaded
    timeout 100 gdb -nx -batch -iex 'set debuginfod enabled off' -iex 'set auto-load no' \
        -ex 'set pagination off' "$@" 2>&1
}

commands=(-ex "source $script" -ex 'otp worlds' -ex 'otp processes' -ex 'otp backtrace patient'
    -ex 'otp term shown' -ex 'otp backtrace nobody')

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}
command -v gdb >/dev/null || skip "gdb is not installed"
show -ex 'python print("py" + "thon")' | grep -q '^python$' || skip "this gdb has no Python"
show -ex 'break main' -ex run "$program" | grep -q '^Breakpoint 1, main' ||
    skip "gdb may not trace here"

number=0 failed=0
check() { # SENTENCE PATTERN FILE
    number=$((number + 1))
    if grep -Eq -- "$2" "$3"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "# looked for: $2"
        failed=1
    fi
}

pid='shop@host <0\.[0-9]+\.[0-9]+>'
checks() { # WHAT FILE
    check "$1: the world and its scheduler" '^world 0x[0-9a-f]+, parallel, 1 workers$' "$2"
    check "$1: the system and how many processes it has" '^  system shop@host, 3 processes$' "$2"
    check "$1: who runs" "^$pid process; running on thread [0-9]+; messages 0\$" "$2"
    check "$1: who is parked, its name, label and messages" \
        "^$pid process patient waits for go; parked: receive.*; messages 1\$" "$2"
    check "$1: a server that is idle" "^$pid gen_server; idle; messages 0\$" "$2"
    check "$1: the frames of the parked process" '^#[0-9]+ +inner_wait at .*parked\.c:[0-9]+$' "$2"
    check "$1: down to the first" '^#[0-9]+ +waits at .*parked\.c:[0-9]+$' "$2"
    check "$1: a term" \
        "^\{ok,\[1,-2,x\|'A b'\],#\{k => <<\"text\">>\},1\.5,123456789012345678901234567890\}$" "$2"
    check "$1: a process that is not there" 'there is no process nobody' "$2"
    [ "$failed" -eq 0 ] || sed 's/^/#   /' "$2"
}

echo "1..18"
show -ex 'break look_here' -ex run "${commands[@]}" -ex "generate-core-file $folder/core" \
    -ex kill "$program" >"$folder/live"
checks "live" "$folder/live"
show "${commands[@]}" "$program" "$folder/core" >"$folder/dead"
checks "in a core file" "$folder/dead"
exit "$failed"
