#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# self_test.sh SCRATCH COMPILER: plants one fault at a time in a small page; the checks of the documentation must name it.
set -euo pipefail
scratch=$1 compiler=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rm -rf "$scratch"
mkdir -p "$scratch/docs"
status=0 count=0

# expect SENTENCE COMMAND...: the command fails and says so, or succeeds where the sentence is empty.
expect() {
    local sentence=$1 message
    shift
    count=$((count + 1))
    if message=$("$@" 2>&1); then
        [ -z "$sentence" ] || { echo "$*: must say: $sentence"; status=1; }
    elif [ -z "$sentence" ] || [[ $message != *"$sentence"* ]]; then
        printf '%s\n%s: must say: %s\n' "$message" "$*" "${sentence:-nothing}"
        status=1
    fi
}
page() { printf '%s\n' "$@" >"$scratch/docs/page.md"; }
readme() { printf '%s\n' "$@" >"$scratch/README.md"; }
extract() { expect "$1" bash "$here/extract.sh" "$scratch" "$scratch/out"; }

readme '[page](docs/page.md)'
fence='```'
page 'text' "${fence}cpp" 'int x;' "$fence"
extract 'a block of C++ says how it is tested; got no mark'
page '<!-- maybe -->' "${fence}cpp" 'int x;' "$fence"
extract 'a block of C++ says how it is tested; got <!-- maybe -->'
page '<!-- file scope -->' '' "${fence}cpp" 'int x;' "$fence"
extract 'got no mark'
page '<!-- not compiled: -->' "${fence}cpp" 'int x;' "$fence"
extract 'got <!-- not compiled: -->'
page '<!-- program two words -->' "${fence}cpp" 'int main() {}' "$fence"
extract 'a mark has one name'
page "${fence}text" 'out' "$fence"
extract 'a block of text says how it is tested; got no mark'
page '<!-- prints -->' "${fence}text" 'out' "$fence"
extract 'what a program prints stands below it'
page '<!-- file scope -->' "${fence}cpp" 'int x;'
extract 'a block ends; got no closing fence'
page "${fence}sh" 'ls' "$fence"
extract ''

# The pieces of a page become one program.
page '<!-- in main -->' "${fence}cpp" 'show(2);' "$fence" '<!-- prints -->' "${fence}text" '2 of 3.00' "$fence" \
    '<!-- file scope -->' "${fence}cpp" '#include <cstdio>' 'void show(int x) { std::printf("first\n%d of %.2f\nlast\n", x, x * 1.5); }' "$fence"
extract ''
"$compiler" -std=c++20 -Wall -Wextra -Werror "$scratch/out/page.cpp" -o "$scratch/page"
"$scratch/page" >"$scratch/page.txt"
printed() {
    printf '%s\n' "${@:2}" >"$scratch/expected"
    expect "$1" awk -f "$here/compare.awk" "$scratch/expected" "$scratch/page.txt"
}
expect '' awk -f "$here/compare.awk" "$scratch/out/page.expected" "$scratch/page.txt"
printed '' '%% prints' 'first' '%% prints about' '2  of 3.05' 'last'
printed 'the page shows' '%% prints' '2 of 3.05'
printed 'the page shows' '%% prints about' '2 of 3.1'
printed 'the page shows' '%% prints about' '2 in 3.00'
printed 'the page shows' '%% prints' 'last' '%% prints' 'first'
printed 'the page shows' '%% prints' 'first' 'last'
printed 'a block has no lines' '%% prints'
printed 'nothing is expected' ''

printf 'static_assert(sizeof(int) == 3, "int: must be short");\n' >"$scratch/bad.refused"
printf 'static_assert(sizeof(int) > 3, "int: must be short");\n' >"$scratch/good.refused"
refused() { printf '%s\n' "${@:3}" >"$scratch/expected"; expect "$1" bash "$here/refused.sh" "$scratch" "$scratch/$2.refused" "$scratch/expected" "$compiler"; }
refused '' bad '%% says' 'int: must be short'
refused 'does not say: int: must be long' bad '%% says' 'int: must be long'
refused 'must not compile' good '%% says' 'int: must be short'
refused 'shows no sentence' bad '%% says'

links() { expect "$1" bash "$here/links.sh" "$scratch"; }
page '# A page' '## Its 2nd part!' '[here](#its-2nd-part) [there](../README.md) [far](https://example.org/x)'
links ''
page '[gone](gone.md)'
links 'must lead to a file; got gone.md'
page '# A page' '[part](page.md#part)'
links 'must lead to a heading; got page.md#part; needs one of: a-page'
readme 'no links'
page '[back](../README.md)'
links 'must name every page; got none to docs/page.md'
page 'no links'
links 'this proves nothing'

# The reference, where doxygen is.
if command -v doxygen >/dev/null; then
    mkdir -p "$scratch/include/pare"
    cp "$here/../../.doxyfile" "$scratch/"
    reference() {
        printf '%s\n' '/// @namespace pare' '/// Things.' 'namespace pare::inline v0 {' "${@:2}" '}' >"$scratch/include/pare/a.hpp"
        expect "$1" bash "$here/reference.sh" "$scratch" "$scratch/reference"
    }
    reference '' '/// A thing.' 'struct thing {' '    int size = 0;  ///< of it' '};' 'namespace detail { struct inside {}; }'
    reference 'struct thing is not documented' 'struct thing {};'
    reference 'Compound pare::thing is not documented' 'struct thing {' '    int size = 0;  ///< of it' '};'
    reference 'Member size (variable) of struct pare::thing is not documented' '/// A thing.' 'struct thing {' '    int size = 0;' '};'
    reference 'Member f(int x) (function) of namespace pare is not documented' 'PARE_INLINE constexpr int f(int x) { return x; }'
    reference 'concept small is not documented' 'template <class T>' 'concept small = sizeof(T) < 4;'
    reference 'namespace pare::other is not documented' 'namespace other {' '/// A thing.' 'struct thing {};' '}'
fi

echo "$count checks"
exit $status
