#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up, builds the benchmarks and runs those that are named (all: gemm conv tiny lowbit compressed channels binary kinds avx2
# threads); build/benchmarks/NAME.json has the same rows as the tables. CXX chooses the compiler. Everything but threads runs on one thread.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-g++}
build=$root/build/benchmarks-$compiler

. "$root/.ci/packages.sh"
install_packages g++ cmake ninja-build libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libbenchmark-dev libdnnl-dev \
    libxnnpack-dev libpthreadpool-dev libcpuinfo-dev

[ $# -gt 0 ] || set -- gemm conv tiny lowbit compressed channels binary kinds avx2 threads
mkdir -p "$root/build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" -DPARE_BUILD_TESTS=OFF \
    -DPARE_BUILD_EXAMPLES=OFF >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" -j "$(nproc)" -- "${@/#/bench_}"
cd "$root"
for name in "$@"; do
    OMP_NUM_THREADS=1 DNNL_MAX_CPU_ISA="${DNNL_MAX_CPU_ISA:-ALL}" "$build/benchmarks/bench_$name" 2>/dev/null | sed -n '/peak .* GOP/,$p'
done
