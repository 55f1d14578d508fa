#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# golden.sh [--update] SUPERTESTER MAKE_HISTORIES: runs check-history over logs that MAKE_HISTORIES
# writes, and compares what it prints with the transcripts (*.golden) beside this script. Times are
# left out. Prints TAP.
set -uo pipefail

update=
[ "$1" = --update ] && update=yes && shift
here=$(cd "$(dirname "$0")" && pwd)
supertester=$(realpath "$1")
maker=$(realpath "$2")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 70
ln -s "$supertester" supertester
"$maker" . || exit 70

. "$here/../tap.sh"

golden() { # NAME ARGUMENT...
    local file=$here/$1.golden got expected
    shift
    got=$(
        echo "\$ supertester $*"
        ./supertester "$@" 2>&1 | sed -E 's/[0-9.]+ ms$/TIME/; s/"ms":[0-9.e-]+/"ms":TIME/'
        echo "exit code ${PIPESTATUS[0]}"
    )
    [ -n "$update" ] && printf '%s\n' "$got" >"$file"
    expected=$(cat "$file" 2>/dev/null)
    judge "$([ "$got" = "$expected" ]; echo $?)" "${file##*/}" \
        "$(diff <(echo "$expected") <(echo "$got"))"
}

echo "TAP version 13"
golden good check-history good.log --model register
golden good_map check-history good.edn --model kv
golden good_map_whole check-history good.edn --model kv --whole
golden bad_register check-history bad.log --model register
golden bad_map check-history bad.edn --model kv
golden bad_queue check-history bad_queue.edn --model queue
golden json check-history good.edn bad.edn --model kv --json
golden sequential check-history bad.log --model register --sequential
golden several check-history good.log missing.log bad.log --model register
golden other_model check-history good.log --model stack
head -c 300 bad.edn >cut.edn
golden malformed check-history cut.edn --model kv
printf 'what is this\n' >text.log
golden no_log check-history text.log --model kv
golden no_files check-history --model kv
golden no_model check-history good.log
golden bad_model check-history good.log --model regsiter
golden bad_timeout check-history good.log --model kv --timeout 0
golden bad_flag check-history good.log --modle kv
golden html_of_several check-history good.log bad.log --model register --html page.html
golden help help check-history

./supertester check-history bad.log --model register --html page.html >/dev/null 2>&1
judge "$([ $? = 1 ] && [ -s page.html ]; echo $?)" "a page is written beside the verdict"
[ "$(grep -c 'class="bad"' page.html)" -ge 2 ] && ! grep -q -e 'http' -e '<script' page.html
judge $? "the page shows the culprit, and loads nothing"
timeout 60 ./supertester check-history bad.log --model register --html /nowhere/page.html \
    >/dev/null 2>error
judge "$([ $? = 2 ] && grep -q '^/nowhere/page.html: ' error; echo $?)" \
    "a page that can't be written is an error" "$(cat error)"

# 24 values of a queue that nobody takes out, and a size that is wrong: any order is as good.
for i in $(seq 24); do echo "{:process $i, :type :invoke, :f :enqueue, :value $i}"; done >hard.edn
for i in $(seq 24); do echo "{:process $i, :type :ok, :f :enqueue, :value $i}"; done >>hard.edn
printf '{:process 99, :type :invoke, :f :size}\n{:process 99, :type :ok, :f :size, :value 3}\n' \
    >>hard.edn
golden unknown check-history hard.edn --model queue --timeout 1

echo "1..$number"
exit $failed
