// SPDX-License-Identifier: MIT
// Sums of a register of outputs, and totals where sums are folded into something wider or scaled.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

template <class Execution>
using sums_of = decltype(zero_sums(typename Execution::dot{}, typename Execution::arch{}));

/// Whether a product of the arch may take a register of operands where it lies: a load less for each that one row alone needs. Not where
/// the arch is only described.
template <class Execution>
inline constexpr bool products_load = [] {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (!v0::arch::compiled_for<arch>) return false;
    else
        return requires(sums_of<Execution>& sums, const typename dot::lhs* x, const typename dot::rhs* w) {
            multiply_add_loaded(sums, broadcast_lhs(x, dot{}, arch{}), w, dot{}, arch{});
        };
}();
/// The same of weights of which all are operands.
template <class Execution>
inline constexpr bool loads_with_products = Execution::layout == form::expanded && products_load<Execution>;

/// The length of the runs of K, where it is known, the same for all of them, and whole steps; 0 elsewhere. Loops over such runs are known
/// whole, so that g++ 12 keeps in registers what it otherwise loads again for each product.
template <class Execution>
inline constexpr std::size_t even_run = [] {
    constexpr std::size_t segment = Execution::problem::segment, group = Execution::format::group;
    if (segment == dynamic || segment == 0) return std::size_t(0);
    const std::size_t length = std::min({segment, Execution::run_limit, group != 0 ? group : segment});
    return segment % length == 0 && group % length == 0 && length % Execution::unit == 0 ? length : 0;
}();

/// A register of sums as values.
template <class Execution>
PARE_INLINE constexpr auto values_of(const sums_of<Execution>& sums) {
    std::array<typename Execution::sum, Execution::lanes> values{};
    store_sums(values.data(), sums, typename Execution::dot{}, typename Execution::arch{});
    return values;
}

/// Totals of a register of outputs that are wider than its sums.
template <class Execution>
struct wide_totals {
    std::array<typename Execution::total, Execution::lanes> values{};

    PARE_INLINE constexpr void load(const typename Execution::total* p) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = p[i];
    }
    PARE_INLINE constexpr void fold(const sums_of<Execution>& sums, const std::uint8_t* factors) {
        const auto part = values_of<Execution>(sums);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += typename Execution::total(part[i]) * (Execution::format::group != 0 ? factors[i] : 1);  // s64: cannot overflow
    }
    PARE_INLINE constexpr void keep_largest(const wide_totals& others) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = values[i] < others.values[i] ? others.values[i] : values[i];
    }
};

/// Totals in a register like that of the sums.
template <class Execution>
struct register_totals {
    sums_of<Execution> sums{};

    PARE_INLINE constexpr void load(const typename Execution::total* p) {
        sums = load_sums(p, typename Execution::dot{}, typename Execution::arch{});
    }
    PARE_INLINE constexpr void fold(const sums_of<Execution>& part, const std::uint8_t* factors) {
        if constexpr (Execution::format::group != 0) add_scaled(sums, part, factors, typename Execution::dot{}, typename Execution::arch{});
        else add_sums(sums, part, typename Execution::dot{}, typename Execution::arch{});
    }
    PARE_INLINE constexpr void keep_largest(const register_totals& others) {
        v0::arch::keep_largest(sums, others.sums, typename Execution::dot{}, typename Execution::arch{});
    }
};

template <class Execution>
using totals_of = std::conditional_t<std::same_as<typename Execution::total, typename Execution::sum>, register_totals<Execution>,
                                     wide_totals<Execution>>;

/// True where `Epilogue` stores whole registers of the totals of `Execution` at once.
template <class Execution, class Epilogue>
concept stores_registers = std::same_as<totals_of<Execution>, register_totals<Execution>> &&
                           requires(const Epilogue& e, typename Epilogue::value_type* dst, const sums_of<Execution> (&sums)[1]) {
                               epilogue_of_row(e, dst).store(dst, sums, 0, typename Execution::dot{}, typename Execution::arch{});
                           };

/// A register of totals as values.
template <class Execution>
PARE_INLINE constexpr auto all_values(const totals_of<Execution>& totals) {
    if constexpr (requires { totals.sums; }) return values_of<Execution>(totals.sums);
    else return totals.values;
}

/// Applies the epilogue of the row of `dst` to a register of totals, of which the first `count` outputs exist, and stores those in `to`.
template <class Execution, class Epilogue>
PARE_INLINE constexpr void store_values(const totals_of<Execution>& totals, const Epilogue& epilogue, std::size_t n,
                                        const typename Epilogue::value_type* dst, typename Epilogue::value_type* to, std::size_t count) {
    const auto values = all_values<Execution>(totals);
    const auto& of_row = epilogue_of_row(epilogue, dst);
    for (std::size_t i = 0; i < count; ++i) to[i] = of_row(values[i], n + i);
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
