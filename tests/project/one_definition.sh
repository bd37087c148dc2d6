#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# one_definition.sh ROOT SCRATCH COMPILER [FLAG...]: two sources that include every header make one program, and link-time
# optimisation sees no type or function with two definitions.
set -euo pipefail
root=$1 scratch=$2
shift 2
mkdir -p "$scratch"
cd "$root/include"
find pare -name '*.hpp' | sed 's|.*|#include <&>|' >"$scratch/all.hpp"
printf '#include "all.hpp"\nint two() { return PARE_VERSION; }\n' >"$scratch/two.cpp"
printf '#include "all.hpp"\nint two();\nint main() { return two() == PARE_VERSION ? 0 : 1; }\n' >"$scratch/one.cpp"
compile=("$@" -std=c++20 -O0 -flto -march=native -I.)
"${compile[@]}" -c "$scratch/one.cpp" -o "$scratch/one.o" &
"${compile[@]}" -c "$scratch/two.cpp" -o "$scratch/two.o"
wait $!
"${compile[@]}" -Wodr -Werror=odr -Werror=lto-type-mismatch "$scratch/one.o" "$scratch/two.o" -o "$scratch/both"
"$scratch/both"
