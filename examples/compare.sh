#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up, builds the comparison of pruning for this processor and runs it: three networks, every criterion and
# geometry, six rates. Arguments go to the program: --help lists them, --images 500 --rates 90 --networks lenet300 is a quick look.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/compare

. "$root/.ci/packages.sh"
install_packages g++ cmake ninja-build libcli11-dev libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev

mkdir -p "$root/build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPARE_NATIVE=ON -DPARE_BUILD_EXAMPLES=ON -DPARE_BUILD_TESTS=OFF \
    -DPARE_BUILD_BENCHMARKS=OFF >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" --target compare >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
exec "$build/examples/compare" "$@"
