#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# check.sh INCLUDE SOURCE COMPILER...: SOURCE must fail on every compiler with each of its `// expect: REGEX` in the message and
# in no more errors than its `// errors: N` says (1 unless said), and must compile with -DGOOD, so that nothing else is wrong.
set -euo pipefail
include=$1 source=$2
shift 2
mapfile -t expects < <(sed -n 's|^// expect: ||p' "$source")
most=$(sed -n 's|^// errors: ||p' "$source")
[ ${#expects[@]} -gt 0 ] || { echo "$source: no line '// expect: REGEX'"; exit 1; }
status=0
for compiler in "$@"; do
    compile=("$compiler" -std=c++20 -fsyntax-only -DPARE_SCALAR_ONLY "-I$include" "$source")
    if ! message=$("${compile[@]}" -Wall -Wextra -Werror -DGOOD 2>&1); then
        printf '%s\n%s: must compile with -DGOOD on %s\n' "$message" "$source" "$compiler"
        status=1
        continue
    fi
    # Without the echo of source lines, in which every sentence stands.
    silent=-fno-diagnostics-show-caret
    [[ $("$compiler" --version) != *clang* ]] || silent=-fno-caret-diagnostics
    if message=$("${compile[@]}" "$silent" 2>&1); then
        echo "$source: must not compile on $compiler"
        status=1
        continue
    fi
    for expect in "${expects[@]}"; do
        if ! grep -qE -- "$expect" <<<"$message"; then
            printf '%s\n%s: the message of %s must match: %s\n' "$message" "$source" "$compiler" "$expect"
            status=1
        fi
    done
    errors=$(grep -c 'error:' <<<"$message")
    if [ "$errors" -gt "${most:-1}" ]; then
        printf '%s\n%s: %s says %d errors; needs at most %d\n' "$message" "$source" "$compiler" "$errors" "${most:-1}"
        status=1
    fi
done
exit $status
