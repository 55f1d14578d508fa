#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# probes.sh LIBRARY: the static probes that tracers find in the library's notes. TAP.
set -uo pipefail
notes=$(readelf -n "$1") || exit 1
echo "1..5"
number=0 failed=0
for name in spawn exit send receive schedule; do
    number=$((number + 1))
    if grep -A1 'Provider: otp$' <<<"$notes" | grep -q "Name: $name\$"; then
        echo "ok $number - the library has the probe otp:$name"
    else
        echo "not ok $number - the library has the probe otp:$name"
        failed=1
    fi
done
exit "$failed"
