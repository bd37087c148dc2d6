#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up, builds the benchmarks and runs those that are named (all: gemm conv depthwise tiny lowbit compressed
# channels masks binary kinds avx2 fusion threads choices calibrate); build/benchmarks/NAME.json has the same rows as the tables. CXX chooses
# the compiler. Everything but threads runs on one thread. --plot draws each table too, build/benchmarks/NAME.svg; --page writes it into
# docs/13-speed.md, where that has a part for it and for this machine. oneDNN is held to AVX-512 VNNI, the widest that pare has kernels for;
# DNNL_MAX_CPU_ISA=ALL lets it use matrix registers (AMX) where there are any.
# choices and calibrate write no files: the one compares the cost model with what is measured, the other prints its numbers for this machine.
# PARE_XNNPACK_UPSTREAM=DIR compares with the XNNPACK that CMake built in DIR, not with Debian's of 2022; it is built with
# -DCMAKE_BUILD_TYPE=Release -DXNNPACK_LIBRARY_TYPE=static and -DXNNPACK_ENABLE_AVX512AMX=OFF.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-g++}
build=$root/build/benchmarks-$compiler

. "$root/.ci/packages.sh"
install_packages g++ cmake ninja-build libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libbenchmark-dev libdnnl-dev \
    libxnnpack-dev libpthreadpool-dev libcpuinfo-dev

while [[ "${1:-}" == --* ]]; do
    case $1 in
    --plot) export PARE_BENCH_PLOT=1 ;;
    --page) export PARE_BENCH_PAGE=$root/docs/13-speed.md ;;
    *) echo "run.sh: an option must be known; got $1; needs --plot or --page" >&2; exit 1 ;;
    esac
    shift
done
[ $# -gt 0 ] || set -- gemm conv depthwise tiny lowbit compressed channels masks binary kinds avx2 fusion threads choices calibrate
mkdir -p "$root/build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" -DPARE_BUILD_TESTS=OFF \
    -DPARE_BUILD_EXAMPLES=OFF -DPARE_XNNPACK_UPSTREAM="${PARE_XNNPACK_UPSTREAM:-}" \
    >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" -j "$(nproc)" -- "${@/#/bench_}"
cd "$root"
for name in "$@"; do
    OMP_NUM_THREADS=1 DNNL_MAX_CPU_ISA="${DNNL_MAX_CPU_ISA:-AVX512_CORE_VNNI}" "$build/benchmarks/bench_$name" 2>/dev/null | sed -n '/peak .* GOP/,$p'
done
