#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run_lengths_test.sh PROGRAM: the lesson finds its mistake, and the README shows what it prints.
# Prints TAP.
set -u
program=$1
readme=$(dirname "$0")/../../README.md
. "$(dirname "$0")/../../tests/tap.sh"

is_minimal() { # REPORT: ten times the simplest letter
    [ "$(grep -c "st_int('a', 'c')  *97$" <<<"$1")" = 10 ] && [ "$(grep -c st_int <<<"$1")" = 10 ]
}

echo "TAP version 13"
echo "1..4"

report=$("$program" 1 2>&1)
judge "$(($? != 1))" "a property that does not hold is exit code 1"

all_minimal=0
for seed in 1 2 3 4 5 6 7 8 9 10; do
    is_minimal "$("$program" "$seed" 2>&1)" || all_minimal=1
done
judge "$all_minimal" "ten seeds lead to the same ten letters"

token=$(sed -n 's/.*\.replay = "\(.*\)"$/\1/p' <<<"$report")
again=$("$program" --replay "$token" 2>&1)
is_minimal "$again" && grep -q "falsified in run 1$" <<<"$again"
judge "$?" "the token leads to them at once"

shown=$(awk '/^\$ \.\/run_lengths 1$/ { on = 1; next } /^```$/ { on = 0 } on' "$readme")
[ "$report" = "$shown" ]
judge "$?" "the README shows this report"
