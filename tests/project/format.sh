#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# format.sh ROOT [--fix]: every C++ source is as clang-format 19 writes it, and every source says its licence.
set -euo pipefail
cd "$1"
format=${CLANG_FORMAT:-clang-format-19}
command -v "$format" >/dev/null || { echo "skipped: $format is not here"; exit 77; }
mapfile -t files < <(find include tests examples benchmarks -name '*.hpp' -o -name '*.cpp')
if [ "${2:-}" = --fix ]; then
    "$format" -i "${files[@]}"
    exit
fi
status=0
"$format" --dry-run -Werror --ferror-limit=3 "${files[@]}" || { echo "run: tests/project/format.sh . --fix"; status=1; }
mapfile -t files < <(find CMakeLists.txt .cmake .ci include tests examples benchmarks -type f | grep -E '(\.(hpp|cpp|sh|ld|s|cmake|in)|CMakeLists\.txt|/run)$')
for file in "${files[@]}"; do
    head -6 "$file" | grep -q 'SPDX-License-Identifier: MIT' || { echo "$file: no SPDX line"; status=1; }
done
[ $status -ne 0 ] || echo "${#files[@]} files"
exit $status
