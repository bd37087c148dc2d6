#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# umbrella.sh ROOT SCRATCH COMPILER...: floors 0-5 in one translation unit compile without exceptions and run-time types, and
# leave nothing in the object: no mutable data, no dynamic initialisation, no symbol at all while nothing is called.
set -euo pipefail
root=$1 scratch=$2
shift 2
mkdir -p "$scratch"
cd "$root/include"
find pare -name '*.hpp' -not -path 'pare/compress*' -not -path 'pare/io*' -not -path 'pare/metrics*' | sed 's|.*|#include <&>|' >"$scratch/floors.cpp"
# clang 19 calls its own list of what some processors have (-march=native) an invalid combination.
quiet=(-Wno-unknown-warning-option -Wno-invalid-feature-combination)
status=0
for compiler in "$@"; do
    for mode in -DPARE_SCALAR_ONLY -march=native; do
        "$compiler" -std=c++20 -O0 -Wall -Wextra -Wconversion -Wshadow -Werror "${quiet[@]}" -fno-exceptions -fno-rtti "$mode" -I. \
            -c "$scratch/floors.cpp" -o "$scratch/floors.o"
        # Constants of the standard library's own headers (r) are none of ours.
        symbols=$(nm -C --defined-only "$scratch/floors.o" | grep -vE ' r (std|__pstl|__gnu_cxx)::' || true)
        if [ -n "$symbols" ]; then
            printf '%s\n%s %s: headers define the symbols above though nothing is called\n' "$symbols" "$compiler" "$mode"
            status=1
        fi
    done
done
exit $status
