// SPDX-License-Identifier: MIT
// What this core can do at most, measured: loops of nothing but the instruction in question.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <pare/arch/arch.hpp>
#include <pare/core/extents.hpp>
#include <pare/io/owned.hpp>

#include "measure.hpp"

namespace bench {

/// `steps` times `Sums` independent multiply-adds of registers.
template <class Arch, class Dot, std::size_t Sums>
PARE_NOINLINE void multiply_add_loop(std::size_t steps) {
    using dot = Dot;
    decltype(zero_sums(dot{}, Arch{})) sums[Sums];
    PARE_UNROLL for (std::size_t i = 0; i < Sums; ++i) sums[i] = zero_sums(dot{}, Arch{});
    const typename dot::rhs weights[Arch::lanes * dot::unit]{};
    const typename dot::lhs values[dot::unit]{};
    auto w = load_rhs(weights, dot{}, Arch{});
    auto x = broadcast_lhs(values, dot{}, Arch{});
    for (std::size_t s = 0; s < steps; ++s) {
        PARE_UNROLL for (std::size_t i = 0; i < Sums; ++i) {
            asm volatile("" : "+v"(w), "+v"(x));  // so that no product is foreseen, or found once for all sums
            multiply_add(sums[i], x, w, dot{}, Arch{});
        }
    }
    PARE_UNROLL for (std::size_t i = 0; i < Sums; ++i) asm volatile("" ::"v"(sums[i]));
}

/// Operations a second of a step, in GOP/s (a multiplication and an addition are two), `Values` of them in each product: independent sums
/// in registers.
template <class Arch, class Dot, std::size_t Values = 1>
double peak_of() {
    constexpr std::size_t all = Arch::registers - pare::arch::step_registers_of<Arch, Dot>;
    constexpr std::size_t sums = all / 4 * 4 > 24 ? 24 : all / 4 * 4, steps = 4096;
    std::vector<double> times;
    for (int r = 0; r < 15; ++r) times.push_back(nanoseconds(8, [] { multiply_add_loop<Arch, Dot, sums>(steps); }));
    return 2.0 * double(Arch::lanes * Dot::unit * Values * sums * steps) / *std::min_element(times.begin(), times.end());
}

/// Of 8-bit integers.
template <class Arch, class Dot = typename Arch::template dot_for<std::uint8_t, std::int8_t>>
double peak_int8() {
    return peak_of<Arch, Dot>();
}

/// Of binary values: exclusive or, count, add.
template <class Arch>
double peak_binary() {
    return peak_of<Arch, pare::arch::dot1<pare::binary_word, pare::binary_word>, pare::binary_word::values>();
}

/// A loop that reads a buffer, and does nothing else.
struct reader {
    std::vector<std::uint64_t, pare::line_allocator<std::uint64_t>> buffer;

    explicit reader(std::size_t bytes) : buffer(pare::round_up(bytes, 512) / 8, 1) {}
    PARE_NOINLINE void run() const {
#if defined(__AVX512F__)
        __m512i sum[8] = {};
        for (std::size_t i = 0; i < buffer.size(); i += 64)
            PARE_UNROLL for (std::size_t j = 0; j < 8; ++j) sum[j] =
                _mm512_or_si512(sum[j], _mm512_loadu_si512(buffer.data() + i + 8 * j));
        PARE_UNROLL for (std::size_t j = 0; j < 8; ++j) asm volatile("" ::"v"(sum[j]));
#else
        std::uint64_t sum[8] = {};
        for (std::size_t i = 0; i < buffer.size(); i += 8)
            for (std::size_t j = 0; j < 8; ++j) sum[j] |= buffer[i + j];
        asm volatile("" ::"r"(sum) : "memory");
#endif
    }
};

/// One beside others: its time against theirs is the part of the bandwidth of a buffer of `bytes` that they use.
inline contestant read_loop(std::size_t bytes) {
    const auto loop = std::make_shared<reader>(bytes);
    return {"reading", [loop] { loop->run(); }, false};
}

/// Bytes a nanosecond that a loop reads from a buffer of `bytes`.
inline double read_bandwidth(std::size_t bytes) {
    const reader loop(bytes);
    const auto run = [&] { loop.run(); };
    const std::size_t calls = calls_for(2e5, run);
    std::vector<double> times;
    for (int r = 0; r < 15; ++r) times.push_back(nanoseconds(calls, run));
    return double(bytes) / *std::min_element(times.begin(), times.end());
}

}  // namespace bench
