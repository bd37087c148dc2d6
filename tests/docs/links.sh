#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# links.sh ROOT: each link of README.md and docs/*.md to a file leads to one, each anchor to a heading, and README.md names every page.
set -euo pipefail
cd "$1"
status=0 count=0

# The anchors that a page's headings have.
anchors() { sed '/^```/,/^```$/d' "$1" | sed -n 's/^##* //p' | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }

for page in README.md docs/*.md; do
    # Code is full of what looks like links: subscripts before calls.
    links=$(sed '/^```/,/^```$/d; s/`[^`]*`//g' "$page" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//' || true)
    for link in $links; do
        [[ $link != *://* ]] || continue
        count=$((count + 1))
        file=${link%%#*} target=$page
        [ -z "$file" ] || target=$(dirname "$page")/$file
        if [ ! -e "$target" ]; then
            echo "$page: links: must lead to a file; got $link"
            status=1
        elif [[ $link == *#* ]] && ! anchors "$target" | grep -qxF -- "${link#*#}"; then
            echo "$page: links: must lead to a heading; got $link; needs one of: $(anchors "$target" | tr '\n' ' ')"
            status=1
        fi
    done
    if [ "$page" != README.md ] && ! grep -qF "($page)" README.md; then
        echo "README.md: links: must name every page; got none to $page"
        status=1
    fi
done
[ $count -gt 0 ] || { echo "links: there is none; this proves nothing"; exit 1; }
[ $status -ne 0 ] || echo "$count links lead somewhere"
exit $status
