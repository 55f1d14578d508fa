#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# formats.sh MUST_FAIL SUPERTESTER [JSONL_VALID]: every format of a whole run of failing tests, by
# the program and by the command over two programs, read by others: xmllint, jansson (JSONL_VALID),
# awk for TAP 14; tests as CMake finds them; completions, by their shells; the manual pages, by man.
# Prints TAP.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
must_fail=$(realpath "$1")
supertester=$(realpath "$2")
jsonl_valid=${3:+$(realpath "$3")}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 70
ln -s "$must_fail" must_fail
ln -s "$supertester" supertester

. "$here/../tap.sh"

# What checks are made with is installed by tools/deps: without it they can't pass.
needs() { # PROGRAM SENTENCE
    command -v "$1" >/dev/null && return
    judge 1 "$2" "there is no $1 to check it with; tools/deps installs it"
    return 1
}

is() { # GOT WANTED SENTENCE
    judge "$([ "$1" = "$2" ]; echo $?)" "$3" "got: $1, wanted: $2"
}

echo "TAP version 13"

# ---- Formats ----
check_junit() { # FILE WHOSE
    local says
    if needs xmllint "the JUnit XML of $2 is valid"; then
        says=$(xmllint --noout --schema "$here/junit.xsd" "$1" 2>&1)
        judge $? "the JUnit XML of $2 is valid" "$says"
    fi
}

check_jsonl() { # FILE WHOSE
    local says
    if [ -z "$jsonl_valid" ]; then
        skip "the JSON lines of $2 are valid" "no jansson"
        return
    fi
    says=$("$jsonl_valid" <"$1" 2>&1)
    judge $? "the JSON lines of $2 are valid" "$says"
}

# Numbers and plans of subtests and of the tests they make up; a suite fails when a subtest does.
check_tap14() { # FILE WHOSE
    local wrong
    wrong=$(awk '
        NR == 1 && $0 != "TAP version 14" { print "first line: " $0 }
        /^    (not )?ok [0-9]/ {
            inner++
            if (($1 == "ok" ? $2 : $3) != inner) print "number of " $0
            if ($1 == "not") bad++
        }
        /^    1\.\.[0-9]+$/ { if (substr($1, 4) != inner) print "plan of suite " $0; planned = 1 }
        /^(not )?ok [0-9]/ {
            outer++
            if (($1 == "ok" ? $2 : $3) != outer) print "number of " $0
            if (!planned) print "no plan before " $0
            if (($1 == "not") != (bad > 0)) print "verdict of " $0
            inner = bad = planned = 0
        }
        /^1\.\.[0-9]+$/ { if (substr($0, 4) != outer) print "plan " $0; plans++ }
        END { if (plans != 1) print plans + 0 " plans" }' "$1")
    judge "$([ -z "$wrong" ]; echo $?)" "the TAP 14 of $2 is valid" "$wrong"
}

./must_fail --reporter junit:a.xml --reporter jsonl:a.jsonl --reporter tap14:a.tap >human 2>&1
is $? 1 "three files and a report for people in one run"
check_junit a.xml "a program"
check_jsonl a.jsonl "a program"
check_tap14 a.tap "a program"
is "$(grep -c '<testcase' a.xml)" "$(grep -c '"event":"test_end"' a.jsonl)" \
    "as many test cases as tests that ended"

./must_fail checks output skips --repeat 2 --shuffle=5 --reporter junit:r.xml \
    --reporter jsonl:r.jsonl --reporter tap14:r.tap >human 2>&1
is $? 1 "the same in two rounds"
check_junit r.xml "two rounds"
check_jsonl r.jsonl "two rounds"
check_tap14 r.tap "two rounds"
./must_fail checks --until-fail --reporter jsonl:u.jsonl >human 2>&1
check_jsonl u.jsonl "a run until one fails"

if [ -n "$jsonl_valid" ]; then
    ./supertester test ./must_fail ./must_fail --reporter junit:b.xml --reporter jsonl:b.jsonl \
        --reporter tap14:b.tap -- checks output skips must_fail >human 2>&1
    is $? 1 "the command writes the same of two programs"
    check_junit b.xml "the command"
    check_tap14 b.tap "the command"
    # Told again, a test is what it was, but for its number.
    told() { grep -hE '"event":"(test_end|check_failure)"' "$@" |
        sed -E 's/"(id|duration_ns)":[0-9]+,//g'; }
    ./must_fail checks output skips must_fail --reporter jsonl:c.jsonl >human 2>&1
    judge "$(cmp -s <(told c.jsonl c.jsonl) <(told b.jsonl); echo $?)" \
        "what the command tells of each test is what its program told" \
        "$(diff <(told c.jsonl c.jsonl) <(told b.jsonl) | head -20)"
    check_jsonl b.jsonl "the command" 2>&1
fi

# ---- A terminal ----
on_terminal() { # COMMAND: what it writes to a terminal
    script -qec "$1" /dev/null </dev/null | tr -d '\r'
}
if needs script "colours and progress on a terminal"; then
    esc=$'\x1b'
    export TERM=xterm
    shown=$(on_terminal './must_fail checks.h* skips')
    judge "$([[ $shown == *"$esc[31mFAIL  $esc[0m"* ]]; echo $?)" "a terminal gets colours" "$shown"
    judge "$([[ $shown == *" of 3 done"*"$esc[K"* ]]; echo $?)" "a terminal gets progress" "$shown"
    is "$(tail -1 <<<"$shown" | cut -c1-16)" "rerun failures: " "progress is gone at the end"
    shown=$(NO_COLOR=1 on_terminal './must_fail checks.h* skips')
    judge "$([[ $shown != *"$esc["[0-9]* ]]; echo $?)" "NO_COLOR is respected" "$shown"
    shown=$(NO_COLOR= on_terminal './must_fail skips')
    judge "$([[ $shown == *"$esc[33m"* ]]; echo $?)" "an empty NO_COLOR says nothing" "$shown"
    shown=$(TERM=dumb on_terminal './must_fail skips')
    judge "$([[ $shown != *"$esc["* ]]; echo $?)" "a dumb terminal gets plain text" "$shown"
    if [ -n "$jsonl_valid" ]; then
        shown=$(on_terminal './supertester test ./must_fail -- skips')
        judge "$([[ $shown == *"$esc[33mskip"* ]]; echo $?)" "the command colours, too" "$shown"
    fi
fi
shown=$(./must_fail 'checks.h*' skips)
judge "$([[ $shown != *$'\x1b'* ]]; echo $?)" "a file gets neither" "$shown"

# ---- CMake ----
if needs ctest "CMake finds the tests, and runs each"; then
    mkdir cmake
    cat >cmake/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.20)
project(discovery C)
enable_testing()
include(GoogleTest)
file(WRITE main.c "int main(void) { return 0; }")
add_executable(prog main.c)
add_custom_command(TARGET prog POST_BUILD
  COMMAND \${CMAKE_COMMAND} -E copy "$must_fail" \$<TARGET_FILE:prog>)
gtest_discover_tests(prog)
END
    says=$(cd cmake && cmake -S . -B build 2>&1 && cmake --build build 2>&1 &&
        ctest --test-dir build 2>&1 \
            -R '^(checks.hard_ones_end_the_test|skips.*|must_fail.as_it_says)$')
    judge "$([ "$(grep -cE '(Passed|\*Skipped|\*Failed)  ' <<<"$says")" = 3 ]; echo $?)" \
        "CMake finds the tests, and runs each" "$says"
fi

# ---- Completions ----
./supertester completions bash >bash_completion
says=$(bash -n bash_completion 2>&1)
judge $? "the completions for bash can be read" "$says"

complete_in_bash() { # WORD...: what completes the last one
    bash --norc -c 'source ./bash_completion
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        case $1 in supertester) _supertester ;; *) _supertester_program ;; esac
        echo "${COMPREPLY[@]}"' bash "$@"
}
is "$(complete_in_bash supertester comp)" "completions" "bash completes verbs"
is "$(complete_in_bash supertester test --wor)" "--world" "bash completes flags"
is "$(complete_in_bash supertester test --world "")" "simulated parallel" "bash completes values"
is "$(complete_in_bash ./must_fail --shuffle skip)" "skips skips.with_a_reason" \
    "bash completes tests behind a flag whose value may be left out"
is "$(complete_in_bash ./must_fail --world = p)" "parallel" "bash completes values behind ="
is "$(complete_in_bash ./must_fail checks.sof)" "checks.soft_ones_go_on" "bash completes tests"
is "$(complete_in_bash supertester test ./must_fail -- skip)" "skips skips.with_a_reason" \
    "bash completes tests of the programs named"

if needs zsh "the completions for zsh"; then
    ./supertester completions zsh >zsh_completion
    says=$(zsh -n zsh_completion 2>&1)
    judge $? "the completions for zsh can be read" "$says"
    complete_in_zsh() { # WORD...
        zsh -f -c 'compdef() { }
            compadd() { [[ $1 = -a ]] && print -l ${(P)2} || print -l $@ }
            _describe() { print -l ${${(P)2}%%:*} }
            source ./zsh_completion
            words=("$@") CURRENT=$#
            case $1 in supertester) _supertester ;; *) _supertester_names $1 ;; esac' zsh "$@"
    }
    is "$(complete_in_zsh supertester "" | tr '\n' ' ')" \
        "test check-history completions man help " "zsh completes verbs"
    is "$(complete_in_zsh ./must_fail "" | grep skip | tr '\n' ' ')" "skips.with_a_reason skips " \
        "zsh completes tests"
    is "$(complete_in_zsh supertester test ./must_fail -- "" | grep skip | tr '\n' ' ')" \
        "skips.with_a_reason skips " "zsh completes tests of the programs named"
fi

if needs fish "the completions for fish"; then
    ./supertester completions fish >fish_completion
    export XDG_CONFIG_HOME=$place XDG_DATA_HOME=$place
    complete_in_fish() { # LINE
        fish -c 'source ./fish_completion
            supertester_complete must_fail
            complete -C $argv[1] | string replace -r "\t.*" ""' "$1" 2>&1
    }
    is "$(complete_in_fish 'supertester comp')" "completions" "fish completes verbs"
    is "$(complete_in_fish 'supertester test --wor')" "--world" "fish completes flags"
    is "$(complete_in_fish 'supertester test --world p')" "parallel" "fish completes values"
    is "$(complete_in_fish './must_fail checks.sof')" "checks.soft_ones_go_on" \
        "fish completes tests"
    is "$(complete_in_fish 'supertester test ./must_fail -- skips.')" "skips.with_a_reason" \
        "fish completes tests of the programs named"
fi

# ---- Manual pages ----
for page in supertester supertester-programs; do
    if needs man "the manual page $page is roff without a warning"; then
        says=$(./supertester man $page | man --warnings -E UTF-8 -l - 2>&1 >/dev/null)
        judge "$([ -z "$says" ]; echo $?)" "the manual page $page is roff without a warning" "$says"
    fi
    missing= flags=0
    for flag in $(./must_fail --help | sed -nE 's/^ +(-[a-z], )?(--[a-z_-]+).*/\2/p'); do
        flags=$((flags + 1))
        # Not grep -q, which leaves before the writers are done.
        ./supertester man $page | sed 's/\\-/-/g' | grep -- "$flag\\\\fR" >/dev/null ||
            missing+="$flag "
    done
    judge "$([ -z "$missing" ] && [ $flags -gt 20 ]; echo $?)" \
        "the manual page $page has every flag" "of $flags: $missing"
done

echo "1..$number"
exit $failed
