#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# aarch64.sh ROOT SCRATCH: tests of operations, products and convolutions and some rows of the fuzz, built for three kinds of AArch64
# and run under an emulator, each on the arch that it is built for. One program of all archs chooses those that a processor has.
# Archs in plain C++ are left to the unit tests (PARE_FEW_ARCHS): without them kernel/bit_rows takes 32 s of 57 to compile, three times.
# Ninja keeps what has not changed since the last run. Where clang is here it compiles the archs that are more than neon.
set -euo pipefail
root=$1 scratch=$2
compiler=aarch64-linux-gnu-g++ emulator=qemu-aarch64
for tool in $compiler $emulator; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not here"; exit 77; }
done
[ -e /usr/include/catch2/catch.hpp ] || { echo "skipped: Catch2 as one header is not here, and its library is not for AArch64"; exit 77; }
mkdir -p "$scratch/include"
ln -sfn /usr/include/catch2 "$scratch/include/catch2"
echo '#include "support/catch.hpp"' | sed '1i #define CATCH_CONFIG_MAIN' >"$scratch/main.cpp"

clang=$(command -v clang++-19 || true)
[ -n "$clang" ] && clang+=" --target=aarch64-linux-gnu" || clang=$compiler
archs=(neon neon_dotprod neon_i8mm)
declare -A compilers=([neon]=$compiler [neon_dotprod]=$clang [neon_i8mm]=$clang)
declare -A flags=([neon]=-march=armv8-a [neon_dotprod]=-march=armv8.2-a+dotprod [neon_i8mm]=-march=armv8.6-a+i8mm)
tests=(arch/neon arch/neon_binary arch/neon_fixed_point arch/pick arch/bulk kernel/gemm kernel/conv kernel/gather_tile kernel/picked_tile kernel/block_tile)
# Tests of an arch; some are of dot products, and rows of bits have the same instructions on all of them.
tests_of() {
    echo "${tests[@]}"
    if [ "$1" = neon ]; then echo kernel/bit_rows; else echo arch/neon_places kernel/structured_tile; fi
}
parts=24  # of the fuzz, of which one is built
{
    echo "rule compile"
    echo "  command = \$compiler -std=c++20 -O2 -Wall -Wextra -Wconversion -Wshadow -Werror -DPARE_FEW_ARCHS \$flags -I$root/include -I$root/tests -isystem $scratch/include -MD -MF \$out.d -c \$in -o \$out"
    echo "  depfile = \$out.d"
    echo "  deps = gcc"
    echo "  description = \$out"
    echo "rule link"
    echo "  command = $compiler -static \$in -o \$out"
    echo "  description = \$out"
    # compile OBJECT SOURCE FLAGS [COMPILER]
    compile() { printf 'build %s: compile %s\n  flags = %s\n  compiler = %s\n' "$1" "$2" "$3" "${4:-$compiler}"; }
    compile main.o "$scratch/main.cpp" ""
    compile multi_arch/main.o "$root/tests/project/multi_arch/main.cpp" ""
    compile multi_arch/scalar.o "$root/tests/project/multi_arch/classify.cpp" "-DPARE_SCALAR_ONLY"
    echo "build multi_arch/multi_arch: link multi_arch/main.o multi_arch/scalar.o ${archs[*]/%/\/classify.o}"
    for arch in "${archs[@]}"; do
        compile "$arch/classify.o" "$root/tests/project/multi_arch/classify.cpp" "${flags[$arch]}" "${compilers[$arch]}"
        for test in $(tests_of "$arch"); do
            compile "$arch/$test.o" "$root/tests/$test.cpp" "${flags[$arch]}" "${compilers[$arch]}"
            echo "build $arch/$test: link $arch/$test.o main.o"
        done
        fuzz="${flags[$arch]} -DPARE_FUZZ_PARTS=$parts -DPARE_FUZZ_RUN_PARTS=1 -DPARE_FUZZ_DEFAULT_COUNT=3000 -DPARE_FUZZ_PART=0"
        compile "$arch/fuzz/main.o" "$root/tests/fuzz/main.cpp" "$fuzz" "${compilers[$arch]}"
        compile "$arch/fuzz/part.o" "$root/tests/fuzz/part.cpp" "$fuzz" "${compilers[$arch]}"
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
chooses() {
    local got
    got=$(run "$1" multi_arch/multi_arch | tr '\n' ' ')
    [ "$got" = "$2 same scores " ] || { echo "$1: got $got; needs $2 same scores"; status=1; }
    echo "$1: $2"
}
chooses cortex-a53 "neon scalar"
chooses neoverse-n1 "neon_dotprod neon scalar"
chooses max "neon_i8mm neon_dotprod neon scalar"
for arch in "${archs[@]}"; do
    bash "$root/tests/project/multi_arch/symbols.sh" "isa_$arch" "$arch" "$scratch/$arch/classify.o" || status=1
done

on() {
    local cpu=$1 arch=$2 output test assertions=0 some
    for test in $(tests_of "$arch"); do
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
    echo "$arch on $cpu, ${compilers[$arch]}: $assertions assertions; $(grep ' layers, ' <<<"$output" | sed 's/, [0-9.]* s, .*//' || true)"
}
for arch in "${archs[@]}"; do on max "$arch"; done
on cortex-a53 neon
exit $status
