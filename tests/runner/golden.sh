#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# golden.sh [--update-golden] MUST_FAIL STRUCTURE NO_TESTS NO_REASON SUPERTESTER: runs the programs
# of tests that must fail and the command in many ways, and compares what they print with the
# transcripts (*.golden) beside this script. What differs from machine to machine (times, addresses,
# backtraces) is left out. Prints TAP.
set -uo pipefail

update=
[ "$1" = --update-golden ] && update=yes && shift
for program in "${@:1:5}"; do
    [ -x "$program" ] || { echo "golden.sh: there is no program $program" >&2; exit 70; }
done
here=$(cd "$(dirname "$0")" && pwd)
must_fail=$(realpath "$1")
structure=$(realpath "$2")
no_tests=$(realpath "$3")
no_reason=$(realpath "$4")
supertester=$(realpath "$5")
unset ST_TIMEOUT_SCALE STRUCTURE
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 70
ln -s "$must_fail" must_fail
ln -s "$structure" structure
ln -s "$no_tests" no_tests
ln -s "$no_reason" no_reason
ln -s "$supertester" supertester

arguments=$*
. "$here/../tap.sh"

# Backtraces (who called the call that failed, too) and what a sanitizer adds are left out; a
# sanitizer ends a fault with an exit code.
# A hanging test may be named a hog before its time is over, or not: what the log says of it goes.
normalise() {
    awk '
        /^ *log:$/ { log_begins = $0; next }
        /has computed for [0-9]+ ms in one step/ { log_begins = ""; next }
        log_begins != "" { print log_begins; log_begins = "" }
        /^ *(\| )?.*(\[0x[0-9a-f]+\]|\(\+0x[0-9a-f]+\))/ { next }
        /^ *called by / { next }
        /^ *(\| )?(=====|==[0-9]+==|AddressSanitizer:)/ { sanitizer = 1 }
        !/^ *\| / { sanitizer = 0 }
        /^ *\| SIG[A-Z]+ (at|in) / { sanitizer = 0 }
        !sanitizer' |
        sed -E \
            -e 's/[0-9.]+ (ms|s)(\x1b\[0m)?$/TIME\2/' \
            -e 's/, [0-9]+ at a time$/, N at a time/; s/"at_a_time":[0-9]+/"at_a_time":N/' \
            -e 's/\([0-9]+ ms/(TIME/' \
            -e 's/"duration_ns":[0-9]+/"duration_ns":TIME/' \
            -e 's/ time="[0-9.]+"/ time="TIME"/' \
            -e 's/ +TIME$/ TIME/' \
            -e 's/0x[0-9a-f]+/ADDRESS/g' \
            -e 's/\b[0-9a-f]{16}\b/SIGNATURE/g' \
            -e 's/^( *)[0-9]+ ms (error|warning)/\1TIME \2/; s/^ +TIME/          TIME/' \
            -e 's/run [0-9]+ of/run N of/; s/shrunk with [0-9]+ runs/shrunk with N runs/' \
            -e 's#[^ ]*/tests/runner/#tests/runner/#g' \
            -e 's/[0-9]+: (pipe|anon_inode|\/dev)/FD: \1/g; s/pipe:\[[0-9]+\]/pipe/' \
            -e 's/\([0-9]+ bytes\)/(BYTES)/g; s/(must_fail_)[A-Za-z0-9]{6} is/\1NAME is/' \
            -e 's#[0-9]+ bytes at otp/[a-z_/]+\.c:[0-9]+#SIZE at SITE#' \
            -e "s#'otp/([a-z_/]+\.c):[0-9]+'#'otp/\1:LINE'#" \
            -e 's/exited with code 1 while.*/SIGSEGV/; s/the OS process SIGSEGV/SIGSEGV/'
}

golden() { # NAME COMMAND...
    local name=$1 file=$here/$1.golden got expected
    shift
    got=$(
        echo "\$ ${*/"$PATH"/PATH}"
        "$@" 2>&1 | normalise
        echo "exit code ${PIPESTATUS[0]}"
    )
    if [ -n "$update" ]; then
        printf '%s\n' "$got" >"$file"
    fi
    expected=$(cat "$file" 2>/dev/null)
    judge "$([ "$got" = "$expected" ]; echo $?)" "$name" \
        "$(diff <(echo "$expected") <(echo "$got"))"
}

echo "TAP version 13"

# ---- Failures ----
golden checks ./must_fail checks
golden host ./must_fail host -j 1
golden ends ./must_fail ends -j 1
golden crashes ./must_fail crashes -j 1
golden leaks ./must_fail leaks -j 1
golden sweeps ./must_fail sweeps -j 1
# What a test that exits has not freed is no leak of its own.
golden sweep_exits env ASAN_OPTIONS=detect_leaks=0 ./must_fail sweep_exits -j 1
golden sweep_by_flag ./must_fail sweeps.one_call_is_made_to_fail --fail-alloc sweep
golden fail_one ./must_fail sweeps.one_call_is_made_to_fail --fail-alloc 3
golden fail_one_that_passes ./must_fail sweeps.one_call_is_made_to_fail --fail-alloc=4
golden fail_from ./must_fail sweeps.one_call_is_made_to_fail --fail-alloc 2+
golden fail_not_made ./must_fail sweeps.one_call_is_made_to_fail --fail-alloc 99 --fail-io 1
golden mocks ./must_fail mocks
golden determinism ./must_fail determinism -j 1
golden properties ./must_fail properties exploration orders
golden helpers ./must_fail helpers
golden must_fail ./must_fail must_fail skips
golden fail_fast ./must_fail "checks.s*" --fail-fast
golden in_this_process ./must_fail checks.hard_ones_end_the_test --no-fork
golden tap ./must_fail "checks.h*" crashes.exit skips must_fail.as_it_says --tap
golden cases ./structure cases -j 1
golden suites ./structure unlucky absent messy crashing* -j 1
golden sweep_without_suite ./structure once -j 1
rmdir once
golden sweep_skips_suite env STRUCTURE=once_skips ./structure once -j 1
rmdir once
golden sweep_crashes_suite env STRUCTURE=once_crashes ./structure once -j 1
golden sweep_not_made ./structure ends.as_it_should luck.lasts --fail-alloc sweep
golden suite_hangs ./structure hanging --timeout-scale 0.004 -j 1
golden skips ./structure skips -j 1
golden cleanups ./structure cleanups -j 1
golden expected_ends ./structure ends -j 1
golden alone ./structure alone -j 4
golden run_fails env STRUCTURE=run_fails ./structure luck cases.are_named -j 2
golden run_fails_tap env STRUCTURE=run_fails ./structure luck --tap
golden run_fails_jsonl env STRUCTURE=run_fails ./structure luck --reporter jsonl
golden run_fails_junit env STRUCTURE=run_fails ./structure luck.lasts -j 1 --reporter junit
golden run_skips env STRUCTURE=run_skips ./structure luck -j 2
golden run_teardown_fails env STRUCTURE=run_teardown_fails ./structure luck -j 2
golden list_cases ./structure --list cases alone
golden list ./must_fail --list "checks.*" ends crashes.exit_in_parallel skips

# ---- Reports ----
few=("checks.h*" crashes.exit skips must_fail.as_it_says)
swept=(sweeps.a_leak* sweeps.has_nothing* sweeps.a_write* sweeps.may_have_to_fail)
both=(output.of_any_bytes output.in_both_worlds skips)
in_order() { # Tests may begin before the results of those before them come.
    "$@" | awk '{
        id = 0
        if (match($0, /"id":[0-9]+/)) id = substr($0, RSTART + 5, RLENGTH - 5)
        print (/"event":"run_end"/ ? 1e9 : id) "\t" $0
    }' | sort -s -n -k1,1 | cut -f2-
}
golden reporter_tap14 ./must_fail "${few[@]}" --reporter tap14
golden reporter_junit ./must_fail "${few[@]}" --reporter junit
golden reporter_junit_bytes ./must_fail "${both[@]}" --reporter junit
golden reporter_jsonl in_order ./must_fail "${few[@]}" --reporter jsonl
golden reporter_jsonl_bytes in_order ./must_fail "${both[@]}" --reporter jsonl
golden reporter_github ./must_fail "${few[@]}" --reporter github
golden reporter_gtest ./must_fail "${few[@]}" --reporter gtest
golden reporter_sweeps_junit ./must_fail "${swept[@]}" -j 1 --reporter junit
golden reporter_sweeps_jsonl in_order ./must_fail "${swept[@]}" -j 1 --reporter jsonl
golden reporter_sweeps_github ./must_fail "${swept[@]}" -j 1 --reporter github
golden reporter_sweeps_gtest ./must_fail "${swept[@]}" -j 1 --reporter gtest
golden reporter_sweeps_tap14 ./must_fail "${swept[@]}" -j 1 --reporter tap14
golden reporter_not_swept_junit ./structure ends.as_it_should --fail-io sweep --reporter junit
golden reporter_gtest_worlds ./must_fail "${both[@]}" --gtest_color=no
golden reporter_colours ./must_fail "${few[@]}" --color always
golden reporter_several sh -c \
    './must_fail checks.hard_ones_end_the_test --reporter tap:a.tap --reporter github; cat a.tap'
golden slowest ./must_fail exploration skips --slowest 3
golden output ./must_fail output
golden show_output ./must_fail output.is_hidden_when_it_passes --show-output -j 1
golden list_jsonl ./must_fail --list --reporter jsonl skips output.in_both_worlds
golden gtest_list ./must_fail --gtest_list_tests "checks.h*" output
golden gtest_list_xml sh -c \
    './must_fail --gtest_list_tests --gtest_output=xml:a.xml skips output; cat a.xml'
golden gtest_list_json sh -c \
    './must_fail --gtest_list_tests --gtest_output=json:a.json skips output; cat a.json'
golden gtest_filter ./must_fail "--gtest_filter=must_fail.*:skips.*-*.but_*"
golden gtest_filter_nothing ./must_fail --gtest_filter=nothing.is_called_this
golden gtest_rounds ./must_fail --gtest_filter=must_fail.as_it_says --gtest_repeat=2
golden gtest_output sh -c \
    './must_fail --gtest_filter=output.in* --gtest_output=xml:a.xml >human; cat a.xml'

# ---- Reports that can't be written ----
golden reporter_unknown ./must_fail --reporter xml
golden reporter_without_file ./must_fail --reporter junit:
golden reporter_twice ./must_fail --reporter tap --reporter jsonl
golden reporter_no_folder ./must_fail checks --reporter junit:nowhere/report.xml
golden reporter_folder ./must_fail checks --reporter junit:.
golden reporter_full_disk sh -c './must_fail skips "checks.h*" --reporter junit:/dev/full'
golden stdout_full_disk sh -c './must_fail skips "checks.h*" >/dev/full'
golden stdout_closed_pipe bash -c \
    'exec 3> >(exit); wait $!; ./must_fail skips must_fail.as_it_says >&3'
golden list_full_disk sh -c './must_fail --list >/dev/full'
golden help_full_disk sh -c './must_fail --help >/dev/full'

# ---- Input that can't be used ----
golden no_match ./must_fail chekcs
golden no_match_tag ./must_fail tag:slow
golden bad_flag ./must_fail --sede 1
golden bad_seed ./must_fail --seed twelve
golden bad_seed_range ./must_fail --seed 18446744073709551616
golden bad_jobs ./must_fail -j 0
golden bad_fail ./must_fail --fail-alloc all
golden bad_fail_number ./must_fail --fail-io 0
golden bad_fail_on ./must_fail --fail-io +
golden fail_and_runs ./must_fail sweeps --fail-alloc sweep --runs 10
golden missing_value ./must_fail --replay
golden bad_world ./must_fail --world real
golden program_without_tests ./no_tests
golden leak_without_a_reason ./no_reason
golden help ./must_fail --help

golden bad_case_name env STRUCTURE=bad_name ./structure
golden bad_case_nameless env STRUCTURE=nameless ./structure
golden bad_case_twins env STRUCTURE=twins ./structure
golden bad_case_none env STRUCTURE=no_cases ./structure
golden bad_case_endless env STRUCTURE=endless ./structure
golden bad_scale_in_environment env ST_TIMEOUT_SCALE=fast ./structure luck

# Every flag that takes a value, with one that it does not take; the rest once wrongly with one.
bad_values() {
    local flag
    for flag in --only= "--exclude=a b" --shard=0/3 --shard=4/3 --shard=x --shuffle=seven \
        --repeat=0 --jobs=many --seed=-1 --runs=0 --replay=nowhere.choices --world=reel \
        --timeout=0 --timeout-scale=1x --timeout-scale=0 --reporter=tapp --only=quik \
        --exclude=numbrs --failed=yes --until-fail=3 --gdb=1 --list=all --help=me; do
        ./structure "$flag"
        echo "exit code $?"
    done
}
golden bad_values bad_values

# ---- Choosing and order ----
golden case_by_name ./structure cases.are_named/-1
golden case_by_name_in_a_child ./structure cases.are_named/-1 -j 1
golden cases_by_glob ./structure "cases.are_named/*n*"
golden only ./structure --only quick --exclude numbers --tap
golden no_test_left ./structure ends --only quick
rm .supertester/structure.failed
golden failed_nothing ./structure luck.lasts --failed
golden failed_first env STRUCTURE=no_luck ./structure luck cases --tap
golden failed_again env STRUCTURE=no_luck ./structure --failed --tap
golden failed_less ./structure --failed luck --tap
golden failed_rest ./structure --failed --tap
golden shard_1 ./structure luck cases --shard 1/3 --list
golden shard_2 ./structure luck cases --shard 2/3 --list
golden shard_3 ./structure luck cases --shard 3/3 --list
golden shard_empty ./structure luck.lasts --shard 2/2
golden shuffle ./structure luck cases alone.one --shuffle=4 --tap
golden repeat ./structure luck.lasts luck.comes_and_goes --repeat 2 -j 2
golden repeat_tap ./structure luck.lasts --repeat 2 --tap
golden until_fail ./structure luck.leaves luck.lasts --until-fail --tap -j 1
golden until_fail_in_vain ./structure luck.lasts --until-fail --repeat 3
golden scaled ./must_fail ends.hang --timeout-scale 0.25 -j 1
golden by_name_ends_child ./structure ends.as_it_should
golden no_fork_ends_child ./structure ends.as_it_should --no-fork
golden gdb_of_many ./structure luck --gdb
golden gdb_is_missing env PATH=/nowhere ./structure luck.lasts --gdb
mkdir bin
cat >bin/gdb <<'EOF'
#!/bin/sh
echo "gdb was given: $*"
while [ "$1" != --args ]; do shift; done
shift
exec "$@"
EOF
chmod +x bin/gdb
golden gdb env "PATH=bin:$PATH" ./structure cases.are_named/-1 --gdb --seed 7

replayed=.supertester/checks.soft_ones_go_on.choices
golden replay_missing ./must_fail --replay nowhere.choices
golden replay_folder ./must_fail --replay .supertester
printf 'hello\n' >wrong.choices
golden replay_other_file ./must_fail --replay wrong.choices
printf '' >empty.choices
golden replay_empty ./must_fail --replay empty.choices
head -c 60 "$replayed" >cut.choices
golden replay_cut ./must_fail --replay cut.choices
sed 's/choices 1$/choices 7/' "$replayed" >version.choices
golden replay_version ./must_fail --replay version.choices
sed 's/^test .*/test checks.soft_one/' "$replayed" >unknown.choices
golden replay_unknown_test ./must_fail --replay unknown.choices
golden replay_filtered_out ./must_fail --replay "$replayed" ends
sed 's/^world .*/world real/' "$replayed" >world.choices
golden replay_bad_word ./must_fail --replay world.choices
sed -E 's/^choices [0-9]+$/choices 1\ndata user 0..9 12 "too large"/' "$replayed" >bounds.choices
golden replay_bounds ./must_fail --replay bounds.choices
sed -E 's/^choices [0-9]+$/choices 1\ndata user 0..9 3 "nobody asks"/; /^schedule/d' "$replayed" \
    >misfit.choices
golden replay_misfit ./must_fail --replay misfit.choices

# ---- The command ----
gathers=yes # it reads what its programs tell with jansson
[[ $(./supertester test ./no_tests 2>&1) == *"without jansson"* ]] && gathers=
gathered() { # NAME COMMAND...
    if [ -n "$gathers" ]; then
        golden "$@"
    else
        skip "$1" "built without jansson"
    fi
}
golden command_no_verb ./supertester
golden command_bad_verb ./supertester tset
golden command_help ./supertester help
golden command_help_test ./supertester help test
golden command_version ./supertester --version
golden command_no_programs ./supertester test
golden command_no_such_program ./supertester test ./must_fial
golden command_bad_flag ./supertester test ./must_fail --sede 1
golden command_gdb ./supertester test ./must_fail --gdb
golden command_until_fail ./supertester test ./must_fail ./must_fail --until-fail
gathered command_only ./supertester test ./must_fail ./structure --only numbers --tap
gathered command_only_nothing ./supertester test ./must_fail ./structure --only numbrs
gathered command_shuffle ./supertester test ./structure --shuffle=3 -j 2 -- luck
gathered command_no_match ./supertester test ./must_fail -- nothing_is_called_this
gathered command_two_programs ./supertester test ./must_fail ./must_fail -- must_fail skips
gathered command_two_programs_tap ./supertester test ./must_fail ./must_fail --tap \
    -- must_fail skips
gathered command_not_a_test_program ./supertester test /bin/true
gathered command_not_a_test_program_junit ./supertester test /bin/true --reporter junit
cat >talks <<'END'
#!/bin/sh
echo 'hello <&#'
echo '{"event":"run_begin","version":1,"seed":5,"tests":2,"at_a_time":1}'
echo '{"event":"test_end","id":1,"suite":"s","name":"ends","outcome":"passed","unknown":[]}'
echo '{"event":"unheard of"} '
echo '{"event":"test_end","suite":7,"outcome":"odd","details":"half of'
kill -9 $$
END
chmod +x talks
gathered command_a_program_that_breaks ./supertester test ./talks --reporter tap
gathered command_a_program_that_breaks_jsonl ./supertester test ./talks --reporter jsonl
gathered command_sweeps in_order \
    ./supertester test ./must_fail -j 1 --reporter jsonl -- "${swept[@]}"
gathered command_github ./supertester test ./must_fail ./no_tests --reporter github \
    -- "checks.h*"
gathered command_slowest ./supertester test ./must_fail --slowest 1 --show-output \
    -- output.is_hidden_when_it_passes
gathered command_big_seeds ./supertester test ./structure -j 2 --seed 0xfffffffffffffffe \
    --shuffle=18446744073709551614 -- luck.lasts
gathered command_repeat ./supertester test ./structure -j 2 --repeat 2 -- luck.lasts
gathered command_until_one_fails ./supertester test ./structure -j 1 --until-fail --tap \
    -- luck.leaves
gathered command_failed ./supertester test ./structure --failed -- cases luck.lasts
gathered command_failed_nothing ./supertester test ./structure --failed -- luck.lasts
gathered command_fail_fast ./supertester test ./must_fail ./must_fail --fail-fast \
    -- checks.hard_ones_end_the_test
gathered command_no_folder ./supertester test ./must_fail --reporter junit:nowhere/report.xml
gathered command_full_disk sh -c './supertester test ./must_fail -- skips >/dev/full'
golden command_help_full_disk sh -c './supertester help >/dev/full'
golden command_list ./supertester test ./must_fail --list -- skips
golden command_completions_without_shell ./supertester completions
golden command_completions_bad_shell ./supertester completions csh
golden command_man_bad_page ./supertester man printf
golden command_help_completions ./supertester help completions

# ---- TAP is valid ----
tap_is_valid() { # COMMAND...: plan, numbers and counts agree
    "$@" 2>/dev/null | awk '
        NR == 1 && $0 != "TAP version 13" { print "first line: " $0 }
        /^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0; plans++ }
        /^(not )?ok / {
            n++
            number = $1 == "ok" ? $2 : $3
            if (number != n) print "number " number " is the test number " n
            if (/# SKIP/) skipped++
            else if ($1 == "ok") passed++
            else failed++
        }
        { last = $0 }
        END {
            if (plans != 1) print plans + 0 " plans"
            if (planned != n) print "planned " planned ", saw " n
            counts = "# " passed + 0 " passed, " failed + 0 " failed"
            if (skipped) counts = counts ", " skipped " skipped"
            if (last != counts) print "the last line is " last ", not " counts
        }'
}
wrong=$(tap_is_valid ./must_fail --tap)
judge "$([ -z "$wrong" ]; echo $?)" "the TAP of a test program is valid" "$wrong"
if [ -n "$gathers" ]; then
    wrong=$(tap_is_valid ./supertester test ./must_fail ./must_fail --tap -- checks skips)
    judge "$([ -z "$wrong" ]; echo $?)" "the TAP of the command is valid" "$wrong"
fi

wrong=$(tap_is_valid ./structure --tap luck --until-fail --repeat 3 --shuffle)
judge "$([ -z "$wrong" ]; echo $?)" "the TAP of several rounds is valid" "$wrong"

# ---- Order and rounds ----
order() { ./structure luck cases --tap -j 1 "$@" 2>/dev/null | sed -n 's/^.*ok [0-9]* - //p'; }
same=$([ "$(order --shuffle=11)" = "$(order --shuffle=11)" ]; echo $?)
judge "$same" "a shuffle is repeated by its seed"
judge "$([ "$(order --shuffle=11 | sort)" = "$(order | sort)" ]; echo $?)" "a shuffle loses no test"
parts=$(for part in 1/3 2/3 3/3; do order --shard $part; done | sort)
judge "$([ "$parts" = "$(order | sort)" ]; echo $?)" "the parts together are all tests"

# ---- Teardowns run whatever happens ----
tears_down() { # SENTENCE FLAG...
    local sentence=$1
    shift
    ./structure scratch "$@" >/dev/null 2>&1
    judge "$([ $? = 1 ] && [ ! -e scratch ]; echo $?)" "$sentence" "$(ls)"
}
tears_down "a suite is torn down after a failure"
tears_down "a suite is torn down when the first failure stops the run" --fail-fast -j 2
tears_down "a suite is torn down in this process" --no-fork
tears_down "a suite is torn down when the first failure stops this process" --no-fork --fail-fast

# ---- Rerun commands ----
rm -rf .supertester
commands=$({ ./must_fail; ./structure cases ends skips cleanups unlucky messy "crashing*"; } \
    2>/dev/null | sed -n 's/^ *rerun: //p' |
    grep -v -e determinism -e ends.hang -e out_of_time -e leaks.memory)
wrong=
while read -r command; do
    eval "$command" >output 2>&1
    code=$?
    [ $code = 1 ] || wrong+="exit code $code: $command"$'\n'
done <<<"$commands"
judge "$([ -z "$wrong" ] && [ "$(wc -l <<<"$commands")" -gt 20 ]; echo $?)" \
    "each rerun command repeats its failure" "$wrong"

failing() { # COMMAND...: the names of what fails
    "$@" 2>/dev/null | sed -nE 's/^(FAIL|CRASH|HANG) +([^ ]+).*/\2/p'
}
again() { # SENTENCE COMMAND...: the command at the end of the report fails in the same tests
    local sentence=$1 first command second
    shift
    first=$(failing "$@")
    command=$("$@" 2>/dev/null | sed -n 's/^rerun failures: //p')
    second=$(eval "failing $command")
    judge "$([ -n "$first" ] && [ "$first" = "$second" ]; echo $?)" "$sentence" \
        "$command: $(diff <(echo "$first") <(echo "$second"))"
}
PATH=.:$PATH
again "the last command repeats all failures" \
    ./must_fail "checks.s*" exploration --seed 5 --runs 400
again "also when they are too many to be named" ./must_fail checks must_fail
again "also when the only one ended its process" ./must_fail "crashes.exi?" --timeout-scale 2
if [ -n "$gathers" ]; then
    again "those of the command, too many to be named" supertester test ./must_fail \
        -- checks must_fail
    again "and so does the command's" supertester test ./must_fail --seed 5 -- "checks.s*" output
fi

seeded=$(./must_fail exploration --seed 5 --tap | grep -c '^not ok')
judge "$([ "$seeded" = 1 ]; echo $?)" "another seed finds the lost update, too"

echo "1..$number"
[ $failed = 0 ] ||
    echo "# to take what is printed now: tests/runner/golden.sh --update-golden $arguments"
exit $failed
