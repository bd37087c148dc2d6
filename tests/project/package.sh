#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# package.sh ROOT SCRATCH COMPILER HOW: a separate project finds the library and runs. HOW is
#   find_package      from an installed prefix
#   find_package_bare the same where none of the optional packages can be found
#   add_subdirectory  from the source tree
set -euo pipefail
root=$1 scratch=$2 compiler=$3 how=$4
rm -rf "$scratch"
mkdir -p "$scratch"
generator=()
! command -v ninja >/dev/null || generator=(-G Ninja)
configure() { cmake "${generator[@]}" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug "$@" >>"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }; }
bare=()
case $how in
    find_package_bare)
        for package in xsimd nlohmann_json ZLIB Eigen3; do bare+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"); done ;;&
    find_package*)
        configure -S "$root" -B "$scratch/library" -DPARE_BUILD_TESTS=OFF -DPARE_BUILD_EXAMPLES=OFF -DPARE_BUILD_BENCHMARKS=OFF
        cmake --install "$scratch/library" --prefix "$scratch/prefix" >>"$scratch/log"
        # The installed tree stands alone: no path of the source tree is left in it.
        if grep -rn "$root" "$scratch/prefix"; then echo "the installed files name the source tree"; exit 1; fi
        configure -S "$root/tests/project/consumer" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/prefix" "${bare[@]}" ;;
    add_subdirectory)
        configure -S "$root/tests/project/consumer" -B "$scratch/build" -DPARE_SOURCE="$root" ;;
    *) echo "package.sh: unknown way; got $how"; exit 1 ;;
esac
cmake --build "$scratch/build" >>"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
for program in scalar native archs host; do
    if [ -x "$scratch/build/$program" ]; then
        "$scratch/build/$program"
    elif [ "$program" != host ] || [ "$how" != find_package_bare ]; then
        cat "$scratch/log"
        echo "$program was not built"
        exit 1
    fi
done
if [ "$how" = find_package_bare ] && [ -x "$scratch/build/host" ]; then echo "the host wing without its packages"; exit 1; fi
