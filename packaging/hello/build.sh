#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the programs of this folder against the installed libraries that pkg-config finds, with no
# other help.
# shellcheck disable=SC2046,SC2086
set -e
warnings="-Wall -Wextra -Wpedantic -Werror"
rpath="-Wl,-rpath,$(pkg-config --variable=libdir otp)"
${CC:-cc} -std=gnu17 $warnings -o hello hello.c $(pkg-config --cflags --libs otp) "$rpath"
${CXX:-c++} -std=c++17 $warnings -o hello_cpp hello.cpp $(pkg-config --cflags --libs otp) "$rpath"
${CC:-cc} -std=gnu17 $warnings -o hello_test hello_test.c \
    $(pkg-config --cflags --libs supertester)
