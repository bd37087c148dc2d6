#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# upstream.sh ROOT SCRATCH xsimd|catch2 -SOURCES COMPILER [FLAG...]: everything compiles with a newer version of a library.
set -euo pipefail
root=$1 scratch=$2 library=$3 sources=${4#-}
shift 4
if [ -z "$sources" ]; then
    echo "skipped: configure with -DPARE_${library^^}_UPSTREAM=DIR to check against the sources of $library in DIR"
    exit 77
fi
here=$(dirname "${BASH_SOURCE[0]}")
mkdir -p "$scratch"
case $library in
    xsimd)
        # Ahead of the system's include directory, where an older version may be.
        bash "$here/syntax.sh" "$root" "$scratch" headers "$@" "-I$sources/include" ;;
    catch2)
        # Catch2 3 writes one of its headers when it is configured.
        cmake -S "$sources" -B "$scratch/catch2" >"$scratch/log"
        bash "$here/syntax.sh" "$root" "$scratch" \
            "core/*.cpp format/*.cpp arch/*.cpp kernel/*.cpp layer/*.cpp model/*.cpp seams/*.cpp io/*.cpp metrics/*.cpp compress/*.cpp" "$@" -isystem "$sources/src" -isystem "$scratch/catch2/generated-includes" ;;
esac
