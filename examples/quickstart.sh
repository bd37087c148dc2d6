#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up, builds the digits example for this processor, compresses the network in many ways and prints what each
# costs and gains; build/quickstart.json has the same rows, build/quickstart.html shows them. Arguments go to the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/quickstart

. "$root/.ci/packages.sh"
install_packages g++ cmake ninja-build libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libfmt-dev

echo "== configure: $build"
mkdir -p "$root/build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPARE_NATIVE=ON -DPARE_BUILD_EXAMPLES=ON -DPARE_BUILD_TESTS=OFF \
    -DPARE_BUILD_BENCHMARKS=OFF >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
echo "== build for this machine"
cmake --build "$build" --target quickstart -j "$(nproc)"
echo "== run"
cd "$root"
exec "$build/examples/quickstart" "$@"
