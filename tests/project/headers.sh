#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# headers.sh ROOT SCRATCH SET COMPILER [FLAG...]: headers compile alone, without a warning. SET is
#   all     every header, as PARE_SCALAR_ONLY
#   host    of these the parts of the host wing, which take a compiler long and mean the same to each
#   floors  the others
#   native  for this machine: arch/, whose text depends on it, and the umbrellas
# Ninja keeps what has not changed since the last run.
set -euo pipefail
root=$1 scratch=$2 set=$3
shift 3
mkdir -p "$scratch"
cd "$root/include"
case $set in
    all) flags="-DPARE_SCALAR_ONLY" files=$(find pare -name '*.hpp') ;;
    host) flags="-DPARE_SCALAR_ONLY" files=$(find pare/compress pare/io pare/metrics -name '*.hpp') ;;
    floors) flags="-DPARE_SCALAR_ONLY" files=$(find pare -name '*.hpp' -not -path 'pare/compress/*' -not -path 'pare/io/*' -not -path 'pare/metrics/*') ;;
    native) flags="-march=native" files=$(find pare -name '*.hpp' \( -path 'pare/arch/*' -o -not -path 'pare/*/*' \)) ;;
    *) echo "headers.sh: a set is all, host, floors or native; got $set"; exit 1 ;;
esac
{
    echo "rule check"
    echo "  command = $* -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion -Wshadow -Werror $flags -I$root/include -MD -MF \$out.d \$in && touch \$out"
    echo "  depfile = \$out.d"
    echo "  deps = gcc"
    echo "  description = \$in"
    for file in $files; do
        source=$scratch/${file//\//_}.cpp
        text="#include <$file>"
        [ "$(cat "$source" 2>/dev/null)" = "$text" ] || echo "$text" >"$source"
        echo "build $source.ok: check $source"
    done
} >"$scratch/build.ninja"
if ! output=$(ninja -C "$scratch" -k 0 -j "${PARE_JOBS:-2}"); then
    grep -vE '^\[[0-9/]+\] /|^ninja: Entering' <<<"$output"
    echo "some headers do not compile alone"
    exit 1
fi
echo "$(wc -w <<<"$files") headers compile alone ($set, $1)"
