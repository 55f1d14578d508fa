#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# proof_test.sh PROGRAM: the proof of the todo service in small, and that it finds planted mistakes.
# Prints TAP.
set -u
program=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/todo_app_proof_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
number=0

# expect CODE SENTENCE ARGUMENT...: the program run with the arguments exits with this code.
expect() {
    local code=$1 sentence=$2 got
    shift 2
    "$program" --dir "$work/data" "$@" >"$work/out" 2>"$work/err"
    got=$?
    verdict "$((got == code))" "$sentence"
    if [ "$got" != "$code" ]; then
        echo "# $program $*: exit code $got, expected $code"
        sed 's/^/# /' "$work/out" "$work/err" | head -40
    fi
}

verdict() { # 1|0 SENTENCE
    number=$((number + 1))
    if [ "$1" = 1 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
    fi
}

contains() { # FILE TEXT SENTENCE
    grep -qF -- "$2" "$1" 2>/dev/null
    verdict "$(($? == 0))" "$3"
}

echo "TAP version 13"
echo "1..17"

small=(--seed 2 --kills 40 --todos 400 --kill9 6 --seeds 20)
only_parallel=(--kills 150 --todos 100 --kill9 0 --seeds 0)
only_kill9=(--kills 0 --todos 0 --kill9 20 --seeds 0)
only_simulated=(--kills 0 --todos 0 --kill9 0 --seeds 60)

expect 0 "a small proof passes" "${small[@]}" --report "$work/report"
contains "$work/out" "seed " "it says its seed"
contains "$work/out" "again: " "it says how to run it again"
contains "$work/report/reliability.md" "## Faults that struck" "the report is written for people"
python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
assert report["verdict"] == "passed" and report["checks"]["all"]["failed"] == 0
assert report["checks"]["all"]["passed"] > 50 and len(report["faults"]) > 10
assert all(p["ran"] for p in report["phases"])' "$work/report/reliability.json"
verdict "$(($? == 0))" "the report is written for programs"
verdict "$([ ! -e "$work/data/parallel.db" ] && echo 1 || echo 0)" "the databases are gone"

expect 1 "acknowledging before the commit is found by kills" \
    "${only_parallel[@]}" --planted early-ack
contains "$work/out" "acknowledged todos lost" "... and told"
expect 1 "acknowledging before the commit is found by kill -9" \
    "${only_kill9[@]}" --planted early-ack
expect 1 "acknowledging before the commit is found in simulation" \
    "${only_simulated[@]}" --planted early-ack
expect 1 "adding a repeated todo again is found by kills" \
    "${only_parallel[@]}" --planted double
expect 1 "adding a repeated todo again is found in simulation" \
    "${only_simulated[@]}" --planted double

"$program" --dir "$work/data" "${only_simulated[@]}" --seed 7 >"$work/one" 2>&1
"$program" --dir "$work/data" "${only_simulated[@]}" --seed 7 >"$work/two" 2>&1
figures() { grep -E '^  simulated +[0-9]+ [a-z ]+$' "$1"; }
figures "$work/one" >"$work/figures"
[ -s "$work/figures" ] && figures "$work/two" | cmp -s - "$work/figures"
verdict "$(($? == 0))" "the same seed strikes the same blows"

expect 2 "an unknown flag is refused" --frobnicate 3
expect 2 "a number that is none is refused" --kills many
expect 2 "an unknown mistake is refused" --planted typo
expect 0 "help is help" --help
