#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up, builds every test and runs it. Arguments go to ctest (e.g. -R core).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/tests
jobs=$(nproc)

. "$root/.ci/packages.sh"
install_packages \
    g++ cmake ninja-build catch2 libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev \
    clang-14 clang-19 clang-format-19 binutils doxygen \
    qemu-user qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib g++-aarch64-linux-gnu libfmt-dev \
    libtbb-dev

mkdir -p "$root/build"
echo "== configure: $build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPARE_BUILD_TESTS=ON -DPARE_BUILD_EXAMPLES=OFF \
    -DPARE_BUILD_BENCHMARKS=OFF >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
grep -- '-- pare' "$build.log" || true
echo "== build"
cmake --build "$build" -j "$jobs" -- -k 0
echo "== test"
ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error "$@"
