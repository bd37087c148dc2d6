// SPDX-License-Identifier: MIT
// Start and console of a Cortex-M under an emulator or a debugger: vectors, memory, semihosting.
#include <cstdint>

#include "console.hpp"

extern "C" {
extern std::uint32_t data_image[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
[[noreturn]] void reset();
}
int main();

namespace {

/// A request to the machine that emulates or debugs this one.
std::int32_t semihost(std::int32_t operation, const void* argument) {
    register std::int32_t r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

[[noreturn]] void leave(int code) {
    const std::int32_t block[] = {0x20026, code};  // ADP_Stopped_ApplicationExit
    semihost(0x20, block);                         // SYS_EXIT_EXTENDED
    while (true) {
    }
}

[[noreturn]] void fault() {
    print("fault\n");
    leave(3);
}

}  // namespace

void print(const char* text) { semihost(0x04, text); }  // SYS_WRITE0

extern "C" void reset() {
#if defined(__ARM_FP)
    // What multiplies floats and vectors is off until somebody wants it (CPACR, coprocessors 10 and 11).
    *reinterpret_cast<volatile std::uint32_t*>(0xe000ed88) |= 0xfu << 20;
    asm volatile("dsb\n\tisb" ::: "memory");
#endif
    for (std::uint32_t *to = data_begin, *from = data_image; to != data_end;) *to++ = *from++;
    for (std::uint32_t* to = bss_begin; to != bss_end;) *to++ = 0;
    leave(main());
}

extern "C" {
using handler = void (*)();
struct vectors {
    std::uint32_t* stack;
    handler handlers[15];
};
[[gnu::section(".vectors"), gnu::used]] extern const vectors vector_table = {
    stack_top, {reset, fault, fault, fault, fault, fault, nullptr, nullptr, nullptr, nullptr, fault, fault, nullptr, fault, fault}};
}
