#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# symbols.sh ISA TAG OBJECT: an object compiled for one instruction set shares no symbol with the rest of the program. Weak symbols,
# of which the linker keeps anybody's, carry the inline namespace ISA in their name; the strong ones carry the arch TAG.
set -euo pipefail
isa=${#1}$1 tag=${#2}$2 object=$3
symbols=$(nm --defined-only "$object")
# DW.ref.X is the compiler's own pointer to X, and the same everywhere.
weak=$(awk '$(NF - 1) ~ /^[WVwvu]$/ && $NF !~ /^DW\.ref\./ { print $NF }' <<<"$symbols")
strong=$(awk '$(NF - 1) ~ /^[TDBRGSC]$/ { print $NF }' <<<"$symbols")
[ -n "$strong" ] || { echo "$object: no function; this proves nothing"; exit 1; }
stray=$({ grep -v "$isa" <<<"$weak" || true; grep -v "$tag" <<<"$strong" || true; } | sed '/^$/d')
if [ -n "$stray" ]; then
    c++filt <<<"$stray"
    echo "$object: the symbols above, compiled for $2, could be linked into a program for another machine"
    exit 1
fi
echo "$(wc -w <<<"$strong") strong and $(wc -w <<<"$weak") weak symbols, all of their own"
