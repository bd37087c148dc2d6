#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# check.sh BOARD ROOT SCRATCH SOURCE HOST_PROGRAM [FLAG...]: SOURCE, built as firmware for a board (see below), has no
# allocation, exceptions, run-time types or guarded initialisation in it, and prints on the emulated board what HOST_PROGRAM prints here.
set -euo pipefail
board=$1 root=$2 scratch=$3 source=$4 host=$5
shift 5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Plain C++ without an FPU; its instructions for signal processing; Helium.
case $board in
    cortex_m4) machine=mps2-an386 script=cortex_m4.ld flags=(-mcpu=cortex-m4 -DPARE_SCALAR_ONLY) ;;
    cortex_m4_dsp) machine=mps2-an386 script=cortex_m4.ld flags=(-mcpu=cortex-m4) ;;
    cortex_m55) machine=mps3-an547 script=cortex_m55.ld flags=(-mcpu=cortex-m55 -mfloat-abi=hard) ;;
    *) echo "check.sh: a board; got $board; needs cortex_m4, cortex_m4_dsp or cortex_m55"; exit 1 ;;
esac
for tool in arm-none-eabi-g++ arm-none-eabi-nm qemu-system-arm; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not here"; exit 77; }
done
mkdir -p "$scratch"
elf=$scratch/firmware.elf
arm-none-eabi-g++ "${flags[@]}" -mthumb -Os -std=c++20 -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -DNDEBUG \
    -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-volatile "-I$root/include" "-I$here" "$@" \
    "$source" "$here/board.cpp" -nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections "-L$here" -T "$here/$script" -o "$elf"

if arm-none-eabi-nm "$elf" | grep -E ' (_?(malloc|calloc|realloc|free)(_r)?|_sbrk(_r)?|_Zn[wa].*|_Zd[la].*|__cxa_.*|_ZT[ISV].*|_ZGV.*)$'; then
    echo "$source: the symbols above have no place in firmware"
    exit 1
fi
arm-none-eabi-size "$elf"
status=0
timeout 300 qemu-system-arm -machine $machine -display none -monitor none -serial none -semihosting-config enable=on,target=native \
    -kernel "$elf" >"$scratch/board.txt" 2>&1 </dev/null || status=$?
[ $status -eq 0 ] || { tail -5 "$scratch/board.txt"; echo "$source: the board left with $status"; exit 1; }
"$host" >"$scratch/host.txt"
[ -s "$scratch/host.txt" ] || { echo "$host printed nothing; this proves nothing"; exit 1; }
diff "$scratch/host.txt" "$scratch/board.txt" || { echo "$source: the board (>) printed something else than the host (<)"; exit 1; }
echo "$(wc -l <"$scratch/host.txt") lines equal"
