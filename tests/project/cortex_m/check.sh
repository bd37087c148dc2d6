#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# check.sh ROOT SCRATCH SOURCE HOST_PROGRAM [FLAG...]: SOURCE, built as firmware for a Cortex-M4, has no allocation, exceptions,
# run-time types or guarded initialisation in it, and prints on the emulated board what HOST_PROGRAM prints here.
set -euo pipefail
root=$1 scratch=$2 source=$3 host=$4
shift 4
here=$(dirname "${BASH_SOURCE[0]}")
for tool in arm-none-eabi-g++ arm-none-eabi-nm qemu-system-arm; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not here"; exit 77; }
done
mkdir -p "$scratch"
elf=$scratch/firmware.elf
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -Os -std=c++20 -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -DNDEBUG \
    -DPARE_SCALAR_ONLY -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-volatile "-I$root/include" "-I$here" "$@" \
    "$source" "$here/board.cpp" -nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections -T "$here/mps2_an386.ld" -o "$elf"

if arm-none-eabi-nm "$elf" | grep -E ' (_?(malloc|calloc|realloc|free)(_r)?|_sbrk(_r)?|_Zn[wa].*|_Zd[la].*|__cxa_.*|_ZT[ISV].*|_ZGV.*)$'; then
    echo "$source: the symbols above have no place in firmware"
    exit 1
fi
arm-none-eabi-size "$elf"
status=0
timeout 300 qemu-system-arm -machine mps2-an386 -display none -monitor none -serial none -semihosting-config enable=on,target=native \
    -kernel "$elf" >"$scratch/board.txt" 2>&1 </dev/null || status=$?
[ $status -eq 0 ] || { tail -5 "$scratch/board.txt"; echo "$source: the board left with $status"; exit 1; }
"$host" >"$scratch/host.txt"
[ -s "$scratch/host.txt" ] || { echo "$host printed nothing; this proves nothing"; exit 1; }
diff "$scratch/host.txt" "$scratch/board.txt" || { echo "$source: the board (>) printed something else than the host (<)"; exit 1; }
echo "$(wc -l <"$scratch/host.txt") lines equal"
