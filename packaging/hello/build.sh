#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds hello.c against the installed runtime that pkg-config finds, with no other help.
set -e
# shellcheck disable=SC2046
${CC:-cc} -std=gnu17 -Wall -Wextra -Werror -o hello hello.c $(pkg-config --cflags --libs otp) \
    -Wl,-rpath,"$(pkg-config --variable=libdir otp)"
