#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# aarch64.sh ROOT SCRATCH: tests of operations, products and convolutions and some rows of the fuzz, built for three kinds of AArch64 and run
# under an emulator, each on the arch that it is built for. A program for any AArch64 finds the archs of three processors.
# Ninja keeps what has not changed since the last run.
set -euo pipefail
root=$1 scratch=$2
compiler=aarch64-linux-gnu-g++ emulator=qemu-aarch64
for tool in $compiler $emulator; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not here"; exit 77; }
done
[ -e /usr/include/catch2/catch.hpp ] || { echo "skipped: Catch2 as one header is not here, and its library is not for AArch64"; exit 77; }
mkdir -p "$scratch/include"
ln -sfn /usr/include/catch2 "$scratch/include/catch2"
echo '#include "support/catch.hpp"' | sed '1i #define CATCH_CONFIG_MAIN' >"$scratch/main.cpp"

archs=(neon neon_dotprod neon_i8mm)
flags_of_neon="-march=armv8-a"
flags_of_neon_dotprod="-march=armv8.2-a+dotprod"
flags_of_neon_i8mm="-march=armv8.6-a+i8mm"
tests=(arch/neon arch/bulk kernel/gemm kernel/conv)
parts=24  # of the fuzz, of which one is built
{
    echo "rule compile"
    echo "  command = $compiler -std=c++20 -O2 -Wall -Wextra -Wconversion -Wshadow -Werror \$flags -I$root/include -I$root/tests -isystem $scratch/include -MD -MF \$out.d -c \$in -o \$out"
    echo "  depfile = \$out.d"
    echo "  deps = gcc"
    echo "  description = \$out"
    echo "rule link"
    echo "  command = $compiler -static \$in -o \$out"
    echo "  description = \$out"
    compile() { printf 'build %s: compile %s\n  flags = %s\n' "$1" "$2" "$3"; }
    compile main.o "$scratch/main.cpp" ""
    compile available.o "$root/tests/project/aarch64/available.cpp" ""
    echo "build available: link available.o"
    for arch in "${archs[@]}"; do
        flags=flags_of_$arch
        for test in "${tests[@]}"; do
            compile "$arch/$test.o" "$root/tests/$test.cpp" "${!flags}"
            echo "build $arch/$test: link $arch/$test.o main.o"
        done
        fuzz="${!flags} -DPARE_FUZZ_PARTS=$parts -DPARE_FUZZ_RUN_PARTS=1 -DPARE_FUZZ_DEFAULT_COUNT=3000 -DPARE_FUZZ_PART=0"
        compile "$arch/fuzz/main.o" "$root/tests/fuzz/main.cpp" "$fuzz"
        compile "$arch/fuzz/part.o" "$root/tests/fuzz/part.cpp" "$fuzz"
        echo "build $arch/fuzz/fuzz: link $arch/fuzz/main.o $arch/fuzz/part.o"
    done
} >"$scratch/build.ninja"
if ! output=$(ninja -C "$scratch" -k 0 -j "${PARE_JOBS:-2}"); then
    grep -vE '^\[[0-9/]+\] [a-z]|^ninja: Entering' <<<"$output"
    echo "some tests do not compile for AArch64"
    exit 1
fi

# run CPU PROGRAM: what it prints; fails where it does.
run() {
    timeout 300 $emulator -cpu "$1" "$scratch/$2" 2>&1 || { echo "$2 failed on $1"; return 1; }
}
status=0
finds() {
    local got
    got=$(run "$1" available | tr '\n' ' ')
    [ "$got" = "$2 " ] || { echo "$1: got $got; needs $2"; status=1; }
}
finds cortex-a53 "neon"
finds neoverse-n1 "neon neon_dotprod"
finds max "neon neon_dotprod neon_i8mm"

on() {
    local cpu=$1 arch=$2 output test assertions=0 some
    for test in "${tests[@]}"; do
        if ! output=$(run "$cpu" "$arch/$test"); then tail -20 <<<"$output"; status=1; continue; fi
        some=$(sed -n 's/^All tests passed (\([0-9]*\) assertion.*/\1/p' <<<"$output")
        if [ -z "$some" ] || grep -q "^ *$arch is not here" <<<"$output"; then
            tail -20 <<<"$output"
            echo "$arch/$test: $arch did not run on $cpu"
            status=1
        fi
        assertions=$((assertions + ${some:-0}))
    done
    if ! output=$(run "$cpu" "$arch/fuzz/fuzz"); then tail -20 <<<"$output"; status=1; fi
    grep -q "^arch $arch: " <<<"$output" || { tail -20 <<<"$output"; echo "the fuzz has no row of $arch on $cpu"; status=1; }
    echo "$arch on $cpu: $assertions assertions; $(grep ' layers, ' <<<"$output" | sed 's/, [0-9.]* s, .*//' || true)"
}
for arch in "${archs[@]}"; do on max $arch; done
on cortex-a53 neon
exit $status
