# SPDX-License-Identifier: MIT
#
# Checks in TAP, for the tests that are scripts: they read this file with ".".
# shellcheck shell=bash
number=0 # of the last check
failed=0 # 1 when one has failed

judge() { # STATUS SENTENCE [EXPLANATION]
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        failed=1
        echo "not ok $number - $2"
        sed 's/^/# /' <<<"${3:-}"
    fi
}

skip() { # SENTENCE REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
