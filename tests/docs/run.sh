#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh DATA FOLDER PROGRAM EXPECTED: a page's program runs in FOLDER, where the files of DATA are, and prints what the page shows.
set -euo pipefail
data=$1 folder=$2 program=$3 expected=$4
mkdir -p "$folder"
cd "$folder"
for file in "$data"/*; do ln -sf "$file" .; done
output=$folder/$(basename "$program").txt
"$program" >"$output" || { cat "$output"; echo "docs: the program left with an error"; exit 1; }
if [ -e "$expected" ]; then
    awk -f "$(dirname "${BASH_SOURCE[0]}")/compare.awk" "$expected" "$output"
else
    cat "$output"
fi
