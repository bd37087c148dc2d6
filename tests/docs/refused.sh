#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# refused.sh INCLUDE SOURCE EXPECTED COMPILER...: SOURCE does not compile, and the messages have each sentence that the page shows.
set -euo pipefail
include=$1 source=$2 expected=$3
shift 3
mapfile -t sentences < <(grep -v '^%% ' "$expected")
[ ${#sentences[@]} -gt 0 ] || { echo "$source: the page shows no sentence; this proves nothing"; exit 1; }
for compiler in "$@"; do
    if message=$("$compiler" -std=c++20 -fsyntax-only -DPARE_SCALAR_ONLY "-I$include" -x c++ "$source" 2>&1); then
        echo "$source: must not compile on $compiler"
        exit 1
    fi
    # Without the echo of the assertions, in which every sentence stands.
    message=$(grep 'error:' <<<"$message")
    for sentence in "${sentences[@]}"; do
        grep -qF -- "$sentence" <<<"$message" || { printf '%s\ndocs: %s does not say: %s\n' "$message" "$compiler" "$sentence"; exit 1; }
    done
done
echo "${#sentences[@]} sentences as the page shows them"
