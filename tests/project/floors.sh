#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# floors.sh ROOT: the rules of the house that a compiler does not check. A header includes only from its own floor or below, arch
# and format do not see one another, nothing on floors 0-5 sees the host wing, a host's standard header or another library;
# intrinsics, and what asks a machine what it has, stay in arch/, macros in core/config.hpp.
set -euo pipefail
cd "$1"
headers=$(find include -name '*.hpp' | LC_ALL=C sort)
[ -n "$headers" ] || { echo "$1: no header under include/"; exit 1; }

# shellcheck disable=SC2086
found=$(awk '
BEGIN {
    split("core format arch kernel layer model", names, " ")
    for (i in names) floor[names[i]] = i - 1
    split("compress io metrics", names, " ")
    for (i in names) floor[names[i]] = 7
    floor["pare.hpp"] = 6
    floor["compress.hpp"] = floor["io.hpp"] = floor["metrics.hpp"] = 8
    # Standard headers that a firmware build can afford.
    split("algorithm array bit cassert cfloat climits cmath compare concepts cstddef cstdint cstring initializer_list iterator " \
          "limits numbers numeric ratio span string_view tuple type_traits utility version", names, " ")
    for (i in names) light[names[i]] = 1
}
function say(text) { print FILENAME ":" FNR ": " text }
function part_of(path) { return substr(path, 1, index(path "/", "/") - 1) }
FNR == 1 {
    part = part_of(substr(FILENAME, length("include/pare/") + 1))
    if (!(part in floor)) say("floors: a header lives on a known floor; got " part)
    once = 0
    if ($0 != "// SPDX-License-Identifier: MIT") say("head: the first line is the SPDX line")
}
FNR == 2 && !/^\/\/ [^ ]/ { say("head: the second line says what the file is") }
/^#pragma once$/ { once = 1 }
/^#include/ && !once { say("head: #pragma once comes before the first include") }
{
    code = $0
    sub(/\/\/.*/, "", code)
}
code ~ /^[ \t]*#[ \t]*(define|undef)/ && FILENAME != "include/pare/core/config.hpp" { say("macros: only core/config.hpp defines them") }
code ~ /using[ \t]+namespace/ { say("names: no using namespace in a header") }
floor[part] < 7 && code ~ /(^|[^a-z_])(throw|try|malloc|thread_local|dynamic_cast|typeid)([^a-z_]|$)/ {
    say("firmware: floors 0-5 neither throw nor allocate nor ask for run-time types")
}
code ~ /^[ \t]*#[ \t]*include/ {
    match(code, /[<"][^>"]*[>"]/)
    name = substr(code, RSTART + 1, RLENGTH - 2)
    intrinsics = name ~ /^(([a-z0-9_]*mm)?intrin|arm_[a-z0-9_]+|cpuid|x86intrin|wasm_simd128|riscv_vector)\.h$|^sys\/auxv\.h$|^xsimd\//
    if (code ~ /"/) say("includes: angle brackets and the whole path; got \"" name "\"")
    else if (name ~ /^pare\//) {
        to = part_of(substr(name, 6))
        if (!(to in floor)) say("floors: includes an unknown floor; got " name)
        else if (floor[part] < 7 && floor[to] >= 7) say("floors: nothing on floors 0-5 includes the host wing; got " name)
        else if (floor[to] > floor[part]) say("floors: includes only its own floor or below; got " name)
        if (part == "arch" && to == "format" || part == "format" && to == "arch") say("floors: arch and format do not see one another; got " name)
    } else if (intrinsics) {
        if (part != "arch") say("arch: the only place for intrinsics and xsimd; got " name)
    } else if (floor[part] < 7 && !(name in light)) say("firmware: floors 0-5 do without this header; got " name)
}' $headers)

# Every include names a file, and the graph has an order.
graph=$(grep -H '^#include <pare/' $headers | sed 's|:#include <\(.*\)>.*| include/\1|' || true)
while read -r from to; do
    [ -z "$from" ] || [ -e "$to" ] || found+=$'\n'"$from: includes: no such header; got $to"
done <<<"$graph"
if ! loop=$(tsort <<<"$graph" 2>&1 >/dev/null); then
    found+=$'\n'"includes: there is a cycle among: $(sed 's/^tsort: //; /input contains/d' <<<"$loop" | tr '\n' ' ')"
fi

if [ -n "$found" ]; then
    sed '/^$/d' <<<"$found"
    exit 1
fi
echo "$(wc -w <<<"$headers") headers keep the rules"
