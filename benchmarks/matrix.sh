#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# matrix.sh [exact] [speed] [aarch64]: every format that the slots can spell, in linear, conv2d and depthwise layers
# (tests/matrix/formats.hpp). exact runs each on the archs of this machine and compares it with the dense matrix that it stands for, aarch64
# does the same for NEON in an emulator, and speed measures products beside dense int8. All three unless told, before a release: they write
# docs/12-every-combination.md. What is built is kept in build/matrix. CXX is the compiler; PARE_JOBS how many run at a time, each of which
# takes up to 2.5 GB. PARE_MATRIX_PARTS="0 1 ..." builds only these parts, each of an encoding and a granularity.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/matrix
page=$root/docs/12-every-combination.md
[ $# -gt 0 ] || set -- exact speed aarch64
mkdir -p "$build"
warnings="-Wall -Wextra -Wconversion -Wshadow -Werror -Wno-uninitialized -Wno-maybe-uninitialized"
includes="-I$root/include -I$root/tests -I$root/benchmarks -I$root/benchmarks/matrix"

# ninja_file COMPILER FLAGS PROGRAM LINK: PROGRAM.cpp, and PROGRAM_part.cpp as often as it says that it has parts, or for those asked for.
ninja_file() {
    local compiler=$1 flags=$2 program=$3 link=$4 parts part objects
    parts=${PARE_MATRIX_PARTS:-$(seq 0 $(($(sed -n 's|^// parts: ||p' "$root/benchmarks/matrix/${program}_part.cpp") - 1)))}
    echo "rule compile"
    echo "  command = $compiler -std=gnu++20 $flags $warnings \$define $includes -MD -MF \$out.d -c \$in -o \$out"
    echo "  depfile = \$out.d"
    echo "  deps = gcc"
    echo "  description = \$out"
    echo "rule link"
    echo "  command = $compiler $link \$in -o \$out"
    echo "  description = \$out"
    echo "build $program.o: compile $root/benchmarks/matrix/$program.cpp"
    echo "  define = -DPARE_MATRIX_PARTS=$(tr -s ' \n' , <<<"$parts" | sed 's/,$//')"
    objects=$program.o
    for part in $parts; do
        printf 'build part%d.o: compile %s\n  define = -DPARE_MATRIX_PART=%d\n' "$part" "$root/benchmarks/matrix/${program}_part.cpp" "$part"
        objects+=" part$part.o"
    done
    echo "build $program: link $objects"
}

# build_program NAME COMPILER FLAGS PROGRAM LINK
build_program() {
    mkdir -p "$build/$1"
    ninja_file "${@:2}" >"$build/$1/build.ninja"
    ninja -C "$build/$1" -j "${PARE_JOBS:-$(nproc)}" >"$build/$1.log" || { grep -v '^\[' "$build/$1.log"; return 1; }
}

for what in "$@"; do
    case $what in
        exact)
            build_program exact "${CXX:-g++}" "-Og -g0 -march=native" exact ""
            "$build/exact/exact" "$page"
            ;;
        speed)
            build_program speed "${CXX:-g++}" "-O2 -DNDEBUG -march=native" speed ""
            "$build/speed/speed" "$page"
            ;;
        aarch64)
            for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
                command -v $tool >/dev/null || { echo "aarch64: skipped: $tool is not here"; continue 2; }
            done
            build_program aarch64 aarch64-linux-gnu-g++ "-Og -g0 -march=armv8-a" exact -static
            qemu-aarch64 -cpu cortex-a53 "$build/aarch64/exact" "$page"
            ;;
        *)
            echo "matrix.sh: exact, speed or aarch64; got $what"
            exit 2
            ;;
    esac
done
