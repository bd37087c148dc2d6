// SPDX-License-Identifier: MIT
// Every operation in plain C++, for an instruction set of any number of lanes: registers are arrays. This is the specification
// of the operations; a file of intrinsics overloads them for its own tag.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// An instruction set that plain C++ operations serve.
template <class A>
concept portable_set = instruction_set<A> && A::portable;

/// a + b, modulo 2^32 or 2^64 for integers, as vector registers add.
template <class T>
PARE_INLINE constexpr T wrapping_add(T a, T b) {
    if constexpr (std::floating_point<T>) return a + b;
    else return T(std::make_unsigned_t<T>(a) + std::make_unsigned_t<T>(b));
}

/// a * b, modulo as above.
template <class T>
PARE_INLINE constexpr T wrapping_multiply(T a, T b) {
    if constexpr (std::floating_point<T>) return a * b;
    else return T(std::make_unsigned_t<T>(a) * std::make_unsigned_t<T>(b));
}

/// A product as a sum takes it; of words, how many of their values differ.
template <class Sum, class Lhs, class Rhs>
PARE_INLINE constexpr Sum product_of(Lhs lhs, Rhs rhs) {
    if constexpr (std::same_as<Rhs, binary_word>) return Sum(std::popcount(lhs.bits ^ rhs.bits));
    else return wrapping_multiply(Sum(lhs), Sum(rhs));
}

/// Sums: A::lanes zeros.
template <class D, portable_set A>
PARE_INLINE constexpr std::array<typename D::sum, A::lanes> zero_sums(D, A) {
    return {};
}

/// Sums from memory.
template <class D, portable_set A>
PARE_INLINE constexpr auto load_sums(const typename D::sum* p, D, A) {
    std::array<typename D::sum, A::lanes> r{};
    for (std::size_t i = 0; i < A::lanes; ++i) r[i] = p[i];
    return r;
}

/// Sums to memory.
template <class D, portable_set A>
PARE_INLINE constexpr void store_sums(typename D::sum* p, const std::array<typename D::sum, A::lanes>& sums, D, A) {
    for (std::size_t i = 0; i < A::lanes; ++i) p[i] = sums[i];
}

/// A register of weights: lanes x unit of them, aligned to A::alignment or not.
template <class D, portable_set A>
PARE_INLINE constexpr auto load_rhs(const typename D::rhs* p, D, A) {
    std::array<typename D::rhs, A::lanes * D::unit> r{};
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = p[i];
    return r;
}

/// A 16-entry table for lookup16_u4_s8.
template <portable_set A>
PARE_INLINE constexpr std::array<std::int8_t, 16> load_table16(const std::int8_t* table, A) {
    std::array<std::int8_t, 16> r{};
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = table[i];
    return r;
}

/// Operand i is table[(byte i of p >> Shift) & 15], Shift 0 or 4.
template <int Shift, class D, portable_set A>
PARE_INLINE constexpr auto lookup16_u4_s8(const std::byte* p, const std::array<std::int8_t, 16>& table, D, A) {
    std::array<typename D::rhs, A::lanes * D::unit> r{};
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = table[std::to_integer<std::size_t>(p[i]) >> Shift & 15];
    return r;
}

/// The first `count` < unit weights of one output, and zeros after them; reads no more than that.
template <class D, portable_set A>
    requires(A::lanes == 1)
PARE_INLINE constexpr auto load_rhs_tail(const typename D::rhs* p, std::size_t count, D, A) {
    std::array<typename D::rhs, D::unit> r{};
    for (std::size_t j = 0; j < count; ++j) r[j] = p[j];
    return r;
}

/// `unit` activations for every lane.
template <class D, portable_set A>
PARE_INLINE constexpr auto broadcast_lhs(const typename D::lhs* p, D, A) {
    std::array<typename D::lhs, D::unit> r{};
    for (std::size_t j = 0; j < D::unit; ++j) r[j] = p[j];
    return r;
}

/// The first `count` < unit activations, and after them what multiplies as zero; reads no more than that.
template <class D, portable_set A>
PARE_INLINE constexpr auto broadcast_lhs_tail(const typename D::lhs* p, std::size_t count, D, A) {
    std::array<typename D::lhs, D::unit> r{};
    if constexpr (lhs_offset_of<A, D> != 0) r.fill(typename D::lhs(-lhs_offset_of<A, D>));
    for (std::size_t j = 0; j < count; ++j) r[j] = p[j];
    return r;
}

/// An activation as `A` multiplies it.
template <class D, class A>
PARE_INLINE constexpr auto multiplied_lhs(typename D::lhs value, D, A) {
    if constexpr (lhs_offset_of<A, D> != 0) return typename D::sum(value + lhs_offset_of<A, D>);
    else return value;
}

/// sums[lane] += sum over j of lhs[j] * rhs[lane * unit + j]; of words, of how many values differ.
template <class D, portable_set A>
PARE_INLINE constexpr void multiply_add(std::array<typename D::sum, A::lanes>& sums, const std::array<typename D::lhs, D::unit>& lhs,
                                        const std::array<typename D::rhs, A::lanes * D::unit>& rhs, D d, A a) {
    using sum = typename D::sum;
    for (std::size_t i = 0; i < A::lanes; ++i)
        for (std::size_t j = 0; j < D::unit; ++j)
            sums[i] = wrapping_add(sums[i], product_of<sum>(multiplied_lhs(lhs[j], d, a), rhs[i * D::unit + j]));
}

/// Activations of each lane, picked one by one: element i is p[places[i]]. Where an arch has a gather window, its load_places loads
/// places (bytes below that) as it wants them, and its gather_lhs reads the whole window.
template <class D, std::size_t Count, instruction_set A>
    requires(Count == A::lanes * D::unit && gather_window_of<A, D> == 0)
PARE_INLINE constexpr auto gather_lhs(const typename D::lhs* p, const std::array<std::uint8_t, Count>& places, D, A) {
    std::array<typename D::lhs, Count> r{};
    for (std::size_t i = 0; i < Count; ++i) r[i] = p[places[i]];
    return r;
}

/// sums[lane] += sum over j of lhs[lane * unit + j] * rhs[lane * unit + j]: each lane has activations of its own.
template <class Sums, class D, std::size_t Count, instruction_set A>
    requires(Count == A::lanes * D::unit)
PARE_INLINE constexpr void multiply_add_each(Sums& sums, const std::array<typename D::lhs, Count>& lhs,
                                             const std::array<typename D::rhs, Count>& rhs, D d, A a) {
    std::array<typename D::sum, A::lanes> values{};
    store_sums(values.data(), sums, d, a);
    for (std::size_t i = 0; i < Count; ++i)
        values[i / D::unit] = wrapping_add(values[i / D::unit], product_of<typename D::sum>(multiplied_lhs(lhs[i], d, a), rhs[i]));
    sums = load_sums(values.data(), d, a);
}

/// Sums side by side in another order: sum n becomes the one at order[n].
template <class Sums, std::size_t Width, class D, instruction_set A>
PARE_INLINE constexpr void arrange_sums(Sums (&sums)[Width], const std::byte* order, D d, A a) {
    if constexpr (requires { arrange_registers(sums, order, d, a); }) {
        arrange_registers(sums, order, d, a);
    } else {
        std::array<typename D::sum, Width * A::lanes> from{}, to{};
        for (std::size_t j = 0; j < Width; ++j) store_sums(from.data() + j * A::lanes, sums[j], d, a);
        for (std::size_t n = 0; n < to.size(); ++n) to[n] = from[std::to_integer<std::size_t>(order[n])];
        for (std::size_t j = 0; j < Width; ++j) sums[j] = load_sums(to.data() + j * A::lanes, d, a);
    }
}

/// totals[lane] += sums[lane].
template <class D, portable_set A>
PARE_INLINE constexpr void add_sums(std::array<typename D::sum, A::lanes>& totals, const std::array<typename D::sum, A::lanes>& sums, D,
                                    A) {
    for (std::size_t i = 0; i < A::lanes; ++i) totals[i] = wrapping_add(totals[i], sums[i]);
}

/// largest[lane] becomes the larger of it and sums[lane]; by max_sums, where the arch has that.
template <class Sums, class D, instruction_set A>
PARE_INLINE constexpr void keep_largest(Sums& largest, const Sums& sums, D d, A a) {
    if constexpr (requires { max_sums(largest, sums, d, a); }) {
        largest = max_sums(largest, sums, d, a);
    } else {
        std::array<typename D::sum, A::lanes> x{}, y{};
        store_sums(x.data(), largest, d, a), store_sums(y.data(), sums, d, a);
        for (std::size_t i = 0; i < A::lanes; ++i) x[i] = x[i] < y[i] ? y[i] : x[i];
        largest = load_sums(x.data(), d, a);
    }
}

/// totals[lane] += factors[lane] * sums[lane].
template <class D, portable_set A>
PARE_INLINE constexpr void add_scaled(std::array<typename D::sum, A::lanes>& totals, const std::array<typename D::sum, A::lanes>& sums,
                                      const std::uint8_t* factors, D, A) {
    for (std::size_t i = 0; i < A::lanes; ++i) totals[i] = wrapping_add(totals[i], wrapping_multiply(typename D::sum(factors[i]), sums[i]));
}

/// What counts of differing values stand for: bias[lane] - 2 * counts[lane], where the bias has the number of all values in it.
template <class D, portable_set A>
PARE_INLINE constexpr auto sums_of_counts(const typename D::sum* bias, const std::array<typename D::sum, A::lanes>& counts, D, A) {
    std::array<typename D::sum, A::lanes> r{};
    for (std::size_t i = 0; i < A::lanes; ++i) r[i] = wrapping_add(bias[i], wrapping_multiply(typename D::sum(-2), counts[i]));
    return r;
}

/// Bit `lane` is set where sums[lane] is below 0.
template <class D, portable_set A>
PARE_INLINE constexpr std::uint64_t negative_lanes(const std::array<typename D::sum, A::lanes>& sums, D, A) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < A::lanes; ++i) bits |= std::uint64_t(sums[i] < 0) << i;
    return bits;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
