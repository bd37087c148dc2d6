#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# extract.sh ROOT OUT: the C++ of README.md and of docs/*.md as sources in OUT (extract.awk says how a page marks it). A file
# that has not changed keeps its time, so that nothing is compiled twice.
set -euo pipefail
root=$1 out=$2 here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fresh=$out.fresh
rm -rf "$fresh"
mkdir -p "$fresh" "$out"
cd "$root"
for page in README.md docs/*.md; do
    name=$(basename "$page" .md)
    awk -v page="${name,,}" -v out="$fresh" -f "$here/extract.awk" "$page"
done
for old in "$out"/*; do
    [ -e "$fresh/$(basename "$old")" ] || rm -f "$old"
done
for new in "$fresh"/*; do
    [ ! -e "$new" ] || cmp -s "$new" "$out/$(basename "$new")" || cp "$new" "$out/"
done
rm -rf "$fresh"
