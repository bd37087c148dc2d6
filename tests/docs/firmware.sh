#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# firmware.sh ROOT FOLDER SOURCE EXPECTED COMPILER: a page's firmware, with the headers that the page's program has emitted into FOLDER,
# prints on the host what the page shows, and the same on a board under an emulator.
set -euo pipefail
root=$1 folder=$2 source=$3 expected=$4 compiler=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
board=$here/../project/cortex_m
name=$(basename "$source" .firmware)
cp "$source" "$folder/$name.cpp"
include=("-I$folder" "-I$(dirname "$source")")
"$compiler" -std=c++20 -O1 -DPARE_SCALAR_ONLY -Wall -Wextra -Wconversion -Wshadow -Werror "-I$root/include" "-I$board" "${include[@]}" \
    "$folder/$name.cpp" "$board/host.cpp" -o "$folder/$name"
"$folder/$name" >"$folder/$name.txt"
awk -f "$here/compare.awk" "$expected" "$folder/$name.txt"
bash "$board/check.sh" cortex_m4 "$root" "$folder/$name.board" "$folder/$name.cpp" "$folder/$name" "${include[@]}"
