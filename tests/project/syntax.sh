#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# syntax.sh ROOT SCRATCH WHAT COMPILER [FLAG...]: a compiler, or a version of a library, sees every header in one source and,
# where WHAT is not `headers`, the test sources that match its patterns in tests/.
set -euo pipefail
root=$1 scratch=$2 what=$3
shift 3
mkdir -p "$scratch"
cd "$root"
(cd include && find pare -name '*.hpp' | sed 's|.*|#include <&>|') >"$scratch/all.cpp"
sources=("$scratch/all.cpp")
if [ "$what" != headers ]; then
    for pattern in $what; do
        for source in tests/$pattern; do
            [ ! -e "$source" ] || sources+=("$source")
        done
    done
fi
# clang 19 calls its own list of what some processors have (-march=native) an invalid combination.
quiet=(-Wno-unknown-warning-option -Wno-invalid-feature-combination)
for source in "${sources[@]}"; do
    "$@" -std=c++20 -march=native -fsyntax-only -Wall -Wextra -Wconversion -Wshadow -Werror "${quiet[@]}" -Iinclude -Itests \
        '-DPARE_DATA=""' '-DPARE_GOLDENS=""' '-DPARE_SCRATCH=""' "$source"
done
echo "${#sources[@]} sources: $("$1" --version | head -1)"
