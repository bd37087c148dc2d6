#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs.sh native|CPU PROGRAM [ARCH...]: the program runs here, or on QEMU's CPU, on exactly the named archs, best first, which are
# those of /proc/cpuinfo for `native`, and they give the same scores.
set -euo pipefail
cpu=$1 program=$2
shift 2
emulator=()
if [ "$cpu" = native ]; then
    has() { for flag in "$@"; do grep -qw "$flag" /proc/cpuinfo || return 1; done; }
    ! has AuthenticAMD avx512_vnni avx512bw avx512vl avx512dq || set -- "$@" zen4
    ! has avx512_vnni avx512bw avx512vl avx512dq || set -- "$@" avx512_vnni
    ! has avx512bw avx512vl avx512dq || set -- "$@" avx512
    ! has avx2 fma avx_vnni || set -- "$@" avx_vnni
    ! has avx2 fma || set -- "$@" avx2
    ! has sse4_1 || set -- "$@" sse4_1
    set -- "$@" scalar
else
    command -v qemu-x86_64 >/dev/null || { echo "skipped: qemu-x86_64 is not here"; exit 77; }
    emulator=(qemu-x86_64 -cpu "$cpu")
fi
output=$("${emulator[@]}" "$program" 2>&1) || { printf '%s\n%s: the program failed on %s\n' "$output" "$program" "$cpu"; exit 1; }
expected=$(printf '%s\n' "$@" 'same scores')
output=$(grep -v '^qemu-x86_64: warning' <<<"$output" || true)
[ "$output" = "$expected" ] || { printf 'got:\n%s\nneeds:\n%s\n' "$output" "$expected"; exit 1; }
echo "$cpu: $*"
