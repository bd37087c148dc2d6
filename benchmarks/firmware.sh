#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# firmware.sh [NAME...]: instructions for each multiply-accumulate of networks and layers (all, or those named) on emulated microcontrollers,
# as rows of a table: those of a dense layer, whatever its mask leaves. The emulator executes one instruction in a nanosecond and counts no
# cycles. Needs arm-none-eabi-g++ and qemu-system-arm. OPTIMISATION is -O2 unless it says otherwise.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$root/benchmarks/firmware board=$root/tests/project/cortex_m build=$root/build/benchmarks-firmware
optimisation=${OPTIMISATION:--O2}
mkdir -p "$build"
if [ ! -x "$build/write" ] || [ -n "$(find "$root/include" "$root/examples/digits" "$here" -newer "$build/write" -print -quit)" ]; then
    ${CXX:-g++} -std=c++20 -O2 -Wno-uninitialized -Wno-maybe-uninitialized "-I$root/include" "-I$root/examples/digits" "-I$root/tests" "-I$here" \
        -isystem /usr/include/eigen3 "$here/write.cpp" -lz -lpthread -o "$build/write"
fi

# machine_of ARCH: the emulator's board; flags of the compiler.
flags=(-std=c++20 "$optimisation" -mthumb -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -DNDEBUG -nostartfiles --specs=nano.specs
       --specs=nosys.specs -Wl,--gc-sections "-L$board" "-I$root/include" "-I$root/examples/digits" "-I$here" "-I$board")
echo "| what | arch | instructions | for each MAC | constants | code | RAM |"
echo "|---|---|---|---|---|---|---|"
"$build/write" "$root/examples/digits/data" "$build" scalar helium | while read -r name arch; do
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    folder=$build/$name/$arch
    case $arch in
        scalar) machine=mps3-an547 of=(-mcpu=cortex-m55 -mfloat-abi=hard -DPARE_SCALAR_ONLY -T "$board/cortex_m55.ld") ;;
        helium) machine=mps3-an547 of=(-mcpu=cortex-m55 -mfloat-abi=hard -T "$board/cortex_m55.ld") ;;
    esac
    arm-none-eabi-g++ "${flags[@]}" "${of[@]}" "-I$folder" "$here/count.cpp" "$board/board.cpp" -o "$folder/firmware.elf"
    counted=$(timeout 300 qemu-system-arm -machine $machine -icount shift=0 -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$folder/firmware.elf" </dev/null 2>&1)
    text=$(arm-none-eabi-size "$folder/firmware.elf" | awk 'NR == 2 { print $1 }')
    echo "$counted" | awk -v name="$name" -v arch="$arch" -v text="$text" \
        '{ printf "| %s | %s | %d | %.3f | %d | %d | %d |\n", name, arch, $1, $1 / $2, $3, text - $3, $4 }'
done
