#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# readme.sh ROOT SCRATCH COMPILER [FLAG...]: the program in README.md compiles without a warning.
set -euo pipefail
root=$1 scratch=$2
shift 2
mkdir -p "$scratch"
awk '/^```cpp$/ { on = 1; next } /^```$/ { on = 0 } on' "$root/README.md" >"$scratch/readme.cpp"
grep -q 'int main()' "$scratch/readme.cpp" || { echo "README.md: there is no program in it; this proves nothing"; exit 1; }
"$@" -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion -Wshadow -Werror "-I$root/include" "$scratch/readme.cpp"
echo "$(wc -l <"$scratch/readme.cpp") lines compile"
