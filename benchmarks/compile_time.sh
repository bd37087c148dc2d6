#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# compile_time.sh [MODEL_SOURCE [FLAG...]]: what the library costs the compiler (CXX, g++ unless said; -O2 -c, user CPU, the median of
# five, taken in turns): the umbrella header on the scalar arch against five standard headers, and a whole model.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
model=$(realpath -m "${1:-$root/examples/digits/run/int8_per_channel.cpp}")
shift || true
compiler=${CXX:-g++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
printf '#include <array>\n#include <span>\n#include <tuple>\n#include <bit>\n#include <algorithm>\n' >standard.cpp
printf '#include <pare/pare.hpp>\n' >pare.cpp
base=("$compiler" -std=c++20 -O2)
flags_standard=() flags_pare=(-DPARE_SCALAR_ONLY "-I$root/include")
flags_model=("-I$root/include" -isystem /usr/include/eigen3 -march=native '-DPARE_DATA=""' "$@")
source_standard=standard.cpp source_pare=pare.cpp source_model=$model

# seconds NAME: user CPU of one compilation; peak MB goes to NAME.mb where GNU time is installed.
seconds() {
    local -n flags=flags_$1 source=source_$1
    local TIMEFORMAT=%U
    local command=("${base[@]}" "${flags[@]}" -c "$source" -o "$1.o")
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f '%U %M' -o "$1.time" "${command[@]}"
        awk '{ print $1 }' "$1.time"
        awk '{ printf "%.0f\n", $2 / 1024 }' "$1.time" >"$1.mb"
    else
        { time "${command[@]}" 2>/dev/null; } 2>&1
        echo '?' >"$1.mb"
    fi
}
median() { sort -n | sed -n 3p; }
lines() {
    local -n flags=flags_$1 source=source_$1
    "${base[@]}" "${flags[@]}" -E -P "$source" | wc -l
}

for turn in 1 2 3 4 5; do
    seconds standard >>standard.s
    seconds pare >>pare.s
done
names=(standard pare)
if [ -e "$model" ]; then
    for turn in 1 2 3 4 5; do seconds model >>model.s; done
    names+=(model)
fi

echo "$("$compiler" --version | head -1), -O2 -c, user CPU, median of 5"
printf '%-44s %9s %9s %9s %9s\n' source seconds ratio lines 'peak MB'
reference=$(median <standard.s)
for name in "${names[@]}"; do
    case $name in
        standard) title='array span tuple bit algorithm' ;;
        pare) title='pare.hpp, PARE_SCALAR_ONLY' ;;
        model) title=${model#"$root"/} ;;
    esac
    s=$(median <$name.s)
    printf '%-44s %9.2f %9.2f %9d %9s\n' "$title" "$s" "$(awk "BEGIN { print $s / $reference }")" "$(lines $name)" "$(cat $name.mb)"
done
