#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# headers.sh ROOT SCRATCH MODE COMPILER [FLAG...]: every header compiles alone, without a warning. MODE is scalar (floors 0-5 and
# their umbrella, as PARE_SCALAR_ONLY) or native (all, for this machine). Ninja keeps what has not changed since the last run.
set -euo pipefail
root=$1 scratch=$2 mode=$3
shift 3
mkdir -p "$scratch"
cd "$root/include"
case $mode in
    scalar) flags="-DPARE_SCALAR_ONLY" files=$(find pare -name '*.hpp' -not -path 'pare/compress*' -not -path 'pare/io*' -not -path 'pare/metrics*') ;;
    native) flags="-march=native" files=$(find pare -name '*.hpp') ;;
    *) echo "headers.sh: a mode is scalar or native; got $mode"; exit 1 ;;
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
ninja -C "$scratch" -k 0 -j "${PARE_JOBS:-2}" | grep -vE '^\[[0-9/]+\] /|^ninja: Entering' || true
ninja -C "$scratch" -n | grep -q 'no work to do' || { echo "some headers do not compile alone"; exit 1; }
echo "$(wc -w <<<"$files") headers compile alone ($mode, $1)"
