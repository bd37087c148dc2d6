#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# firmware.sh [NAME...]: instructions for each multiply-accumulate of networks and layers (all, or those named) on emulated microcontrollers,
# and bytes of their constants and of their arena, as a table. Of masks all weights count, whatever they leave. An emulator executes an
# instruction in a nanosecond, and SysTick counts them; it knows no cycles. scalar and cortex_m_dsp are run on a Cortex-M4 with an FPU, helium
# on a Cortex-M55. Needs g++, Eigen, arm-none-eabi-g++ and qemu-system-arm; OPTIMISATION is -O2 unless it says otherwise.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$root/benchmarks/firmware board=$root/tests/project/cortex_m build=$root/build/benchmarks-firmware
archs=(scalar cortex_m_dsp helium)
mkdir -p "$build"
${CXX:-g++} -std=c++20 -O1 -Wno-uninitialized -Wno-maybe-uninitialized "-I$root/include" "-I$root/examples/digits" "-I$root/tests" "-I$here" \
    -isystem /usr/include/eigen3 "$here/write.cpp" -lz -lpthread -o "$build/write"

# count NAME ARCH: what the firmware prints: instructions, multiply-accumulates, bytes of constants and of the arena.
count() {
    local folder=$build/$1/$2 machine of
    case $2 in
        scalar) machine=mps2-an386 of=(-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -DPARE_SCALAR_ONLY -T "$board/cortex_m4.ld") ;;
        cortex_m_dsp) machine=mps2-an386 of=(-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -T "$board/cortex_m4.ld") ;;
        helium) machine=mps3-an547 of=(-mcpu=cortex-m55 -T "$board/cortex_m55.ld") ;;
    esac
    arm-none-eabi-g++ -std=c++20 "${OPTIMISATION:--O2}" -mthumb -mfloat-abi=hard -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections \
        -DNDEBUG -nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections "-L$board" "${of[@]}" "-I$folder" "-I$root/include" \
        "-I$root/examples/digits" "-I$here" "-I$board" "$here/count.cpp" "$board/board.cpp" -o "$folder/firmware.elf"
    timeout 300 qemu-system-arm -machine $machine -icount shift=0 -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$folder/firmware.elf" </dev/null 2>&1
}

echo "| what | MACs | instructions for each: ${archs[0]} | ${archs[1]} | ${archs[2]} | constants: ${archs[0]} | ${archs[1]} | ${archs[2]} | RAM: ${archs[0]} | ${archs[1]} | ${archs[2]} |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
"$build/write" "$root/examples/digits/data" "$build" "${archs[@]}" | while read -r name; do
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    counted=
    for arch in "${archs[@]}"; do counted+=$(count "$name" "$arch")$'\n'; done
    printf %s "$counted" |
        awk -v name="$name" '{ each = each sprintf(" %.2f |", $1 / $2); bytes = bytes " " $3 " |"; arena = arena " " $4 " |"; macs = $2 }
            END { print "| " name " | " macs " |" each bytes arena }'
done
