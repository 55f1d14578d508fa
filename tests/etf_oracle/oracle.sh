#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# oracle.sh PROGRAM: real Erlang judges our terms. It decodes and encodes ours, compares their
# order, equality and text with its own; then we read what it writes in every version of the
# format. TAP.
set -uo pipefail

program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
seed=${SEED:-20261121}
if ! command -v erl >/dev/null || ! command -v erlc >/dev/null; then
    echo "1..0 # SKIP unsupported: erl is not installed"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

report() { # NUMBER SENTENCE; the status of the command before it
    if [ "$status" = 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; failed=1; fi
}

echo "TAP version 13"
echo "# seed $seed"
echo "1..2"
erlc -o . "$here/oracle.erl" && "$program" emit "$seed" 2000 >ours &&
    erl -noshell -boot start_clean -eval 'oracle:judge("ours").' | cut -c 1-500 | head -n 60
status=$?
report 1 "Erlang reads our terms, writes the same bytes, orders and prints them the same"
erl -noshell -boot start_clean -eval 'oracle:emit("theirs").' && "$program" check <theirs |
    cut -c 1-500 | tail -n 60
status=$?
report 2 "we read what Erlang writes and write the same bytes"
exit "$failed"
