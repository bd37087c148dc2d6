#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# spills.sh ROOT SCRATCH COMPILER OPTIMISATION ARCH FLAG...: register tiles keep no sum on the stack in their innermost loop. Those of products
# have nothing at all there; convolutions, whose lines are not all of one length, may keep addresses there, and use rbp as one.
set -euo pipefail
root=$1 scratch=$2 compiler=$3 optimisation=$4 arch=$5
shift 5
objdump=objdump
[[ "$arch" != neon* ]] || objdump=aarch64-linux-gnu-objdump
for tool in "$compiler" $objdump; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not here"; exit 77; }
done
mkdir -p "$scratch"
look() {
    local name=$1 least=$2 stack=$3 innermost=${4:-0} frames=${5:-5tilesI} reads=${6:-}
    "$compiler" -std=c++20 "$optimisation" -DNDEBUG "${flags[@]}" -I"$root/include" -c "$root/tests/project/spills/$name.cpp" -o "$scratch/$name.o"
    $objdump -d --no-show-raw-insn "$scratch/$name.o" | awk -v least="$least" -v stack="$stack" -v innermost="$innermost" \
        -v frames="$frames" -v reads="$reads" -f "$root/tests/project/spills/spills.awk"
}
flags=("$@")
if [[ "$arch" = neon* ]]; then
    look gemm 14 '\[sp'
    look grouped 2 '\[sp'
    [ "$arch" != neon ] || exit 0
    look gathered 13 '\[sp' 1 '5tilesI|4gemmI|gathered_'
    look skipped 5 '\[sp' 1 '5tilesI|skipped_'
    look structured 4 '\[sp' 1 '5tilesI|structured_'
    exit
fi
# Without three-operand instructions there is more to schedule, and addresses may lie there too.
stack='[(]%r[sb]p'
[ "$arch" != sse4_1 ] || stack='%xmm.*[(]%rsp|[(]%rsp.*%xmm'
look gemm 15 "$stack"
# Totals take as many registers as sums, and still no row loads weights again that another has. Of AVX-512 without VNNI, whose products take
# one register more, g++ 12 keeps one on the stack.
reads=
[ "$arch" != avx512_vnni ] || reads='[(].*%[yz]mm'
[ "$arch" = avx512 ] || look grouped 2 '%[xyz]mm.*[(]%rsp|[(]%rsp.*%[xyz]mm' 0 5tilesI "$reads"
# Rows by themselves are no tiles with a frame of their own where they need not be widened.
[[ "$arch" != *vnni ]] || look model 2 '%[xyz]mm.*[(]%rsp|[(]%rsp.*%[xyz]mm' 1 '4gemmI|9run_batchI|_1x[0-9]+x'
# Elsewhere few steps of K are unrolled into the loop over tiles, which has more to do than registers hold.
[ "$arch" != avx512_vnni ] || look conv 20 '%[xyz]mm.*[(]%rsp|[(]%rsp.*%[xyz]mm'
# Registers of outputs are summed one after the other, so that the loop over tiles has more dot products than any in it. AVX-512 gathers and
# looks nibbles up by VBMI.
if [ "$arch" = avx512_vnni ] || [ "$arch" = avx2 ]; then
    frames=5tilesI
    [ "$arch" != avx512_vnni ] || flags=(-march=icelake-server) frames='5tilesI|4gemmI|_alone'
    look decoded 8 '%[xyz]mm.*[(]%rsp|[(]%rsp.*%[xyz]mm' 0 "$frames"
    look gathered 9 "$stack" 1
    [ "$arch" != avx512_vnni ] || look structured 8 '%[xyz]mm.*[(]%rsp|[(]%rsp.*%[xyz]mm' 1 '5tilesI|4gemmI|structured_'
fi
