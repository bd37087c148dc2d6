// SPDX-License-Identifier: MIT
// Every operation of an instruction set against portable.hpp's, on registers drawn by lot and on those at the ends of their types.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pare/arch/arch.hpp>
#include <pare/kernel/epilogue.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

namespace operations {

using support::lots;

/// An instruction set of plain C++ with the lanes of another: what that one must equal.
template <class Arch>
struct portable_twin {
    static constexpr std::string_view name = "portable twin";
    static constexpr std::size_t lanes = Arch::lanes, registers = Arch::registers, alignment = Arch::alignment;
    static constexpr bool portable = true;
    template <class Activation, class Weight>
    using dot_for = typename Arch::template dot_for<Activation, Weight>;
};

/// True where operations of `Arch` can be called here; says so where not.
template <class Arch>
bool is_here() {
    if constexpr (pare::arch::compiled_for<Arch>)
        if (pare::arch::available<Arch>()) return true;
    WARN(Arch::name << " is not here: its operations are not compared");
    return false;
}

/// Any value, or one at an end: of integers the lowest, the highest and their neighbours, of floats small integers, whose sums and
/// products are exact in any order.
template <class T>
T draw(lots& r) {
    using limits = std::numeric_limits<T>;
    if constexpr (std::is_same_v<T, pare::binary_word>) {
        return {r.one_in(2) ? std::uint32_t(r.next()) : r.pick({0u, ~0u, 1u, 0x80000000u})};
    } else if constexpr (std::is_floating_point_v<T>) {
        return T(r.integer(-256, 256));
    } else {
        if (r.one_in(2)) return T(r.integer(limits::min(), limits::max()));
        return r.pick<T>({limits::min(), T(limits::min() + 1), T(0), T(1), T(limits::max() - 1), limits::max()});
    }
}
template <class T, std::size_t Count>
std::array<T, Count> draw_all(lots& r) {
    std::array<T, Count> values{};
    const bool same = r.one_in(4);
    for (std::size_t i = 0; i < Count; ++i) values[i] = same && i > 0 ? values[0] : draw<T>(r);
    return values;
}

/// One dot product of `Arch`: loads, stores, multiply_add of whole units and tails, add_sums, add_scaled.
template <class Arch, class D>
void check_dot() {
    using twin = portable_twin<Arch>;
    using sum = typename D::sum;
    using lhs = typename D::lhs;
    using rhs = typename D::rhs;
    constexpr std::size_t lanes = Arch::lanes, unit = D::unit;
    // What is added to each activation at the load comes out of the sums again, weight by weight.
    constexpr int offset = pare::arch::lhs_offset_of<Arch, D>;
    const D d;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        INFO(Arch::name << ", unit " << unit << ", draw " << i);
        lots r(5, unit, i);
        const auto start = draw_all<sum, lanes>(r), other = draw_all<sum, lanes>(r);
        auto weights = draw_all<rhs, lanes * unit>(r);
        if constexpr (requires { D::rhs_bound; }) {
            std::int64_t middle = 0;
            if constexpr (pare::arch::summing_step<D>) middle = D::rhs_offset;
            for (rhs& w : weights) w = rhs(std::clamp<std::int64_t>(w, middle - D::rhs_bound, middle + D::rhs_bound));
        }
        const auto x = draw_all<lhs, unit>(r);
        const auto factors = draw_all<std::uint8_t, lanes>(r);

        std::array<sum, lanes> got{};
        const auto kept = [&](auto sums) {
            store_sums(got.data(), sums, d, Arch{});
            return got;
        };
        REQUIRE(kept(zero_sums(d, Arch{})) == zero_sums(d, twin{}));
        REQUIRE(kept(load_sums(start.data(), d, Arch{})) == load_sums(start.data(), d, twin{}));

        auto sums = load_sums(start.data(), d, Arch{});
        add_sums(sums, load_sums(other.data(), d, Arch{}), d, Arch{});
        auto wanted = load_sums(start.data(), d, twin{});
        add_sums(wanted, other, d, twin{});
        REQUIRE(kept(sums) == wanted);
        if constexpr (std::is_integral_v<sum>) {
            add_scaled(sums, load_sums(other.data(), d, Arch{}), factors.data(), d, Arch{});
            add_scaled(wanted, other, factors.data(), d, twin{});
            REQUIRE(kept(sums) == wanted);
            REQUIRE(negative_lanes(sums, d, Arch{}) == negative_lanes(wanted, d, twin{}));
            keep_largest(sums, load_sums(start.data(), d, Arch{}), d, Arch{});
            for (std::size_t n = 0; n < lanes; ++n) wanted[n] = std::max(wanted[n], start[n]);
            REQUIRE(kept(sums) == wanted);
        }
        if constexpr (pare::arch::counting_step<D>)
            REQUIRE(kept(sums_of_counts(other.data(), sums, d, Arch{})) == sums_of_counts(other.data(), wanted, d, twin{}));

        // Tails of 0 to unit - 1 activations, then a whole unit.
        for (std::size_t count = 0; count <= unit; ++count) {
            if (count == 0 && unit > 1) continue;  // a tail has at least one
            const bool whole = count == unit;
            auto s = load_sums(start.data(), d, Arch{});
            const auto w = load_rhs(weights.data(), d, Arch{});
            multiply_add(s, whole ? broadcast_lhs(x.data(), d, Arch{}) : broadcast_lhs_tail(x.data(), count, d, Arch{}), w, d, Arch{});
            auto t = load_sums(start.data(), d, twin{});
            multiply_add(t, whole ? broadcast_lhs(x.data(), d, twin{}) : broadcast_lhs_tail(x.data(), count, d, twin{}), weights, d,
                         twin{});
            if constexpr (offset != 0)
                for (std::size_t lane = 0; lane < lanes; ++lane)
                    for (std::size_t j = 0; j < count; ++j)
                        t[lane] = pare::arch::wrapping_add(t[lane], sum(offset * weights[lane * unit + j]));
            REQUIRE(kept(s) == t);
            if constexpr (requires { multiply_add_loaded(s, broadcast_lhs(x.data(), d, Arch{}), weights.data(), d, Arch{}); }) {
                if (!whole) continue;
                s = load_sums(start.data(), d, Arch{});
                multiply_add_loaded(s, broadcast_lhs(x.data(), d, Arch{}), weights.data(), d, Arch{});
                REQUIRE(kept(s) == t);
            }
        }
    }
}

/// Bytes of two rows that end where memory does, as pairs, each multiplied with its own weight.
template <class Arch, class T>
void check_pairs() {
    using dot = pare::arch::dot<2, std::int16_t, std::int8_t, std::int32_t>;
    for (std::uint64_t i = 0; i < 500; ++i) {
        lots r(12, 2, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        support::guarded_vector<T> a(Arch::lanes), b(Arch::lanes);
        for (std::size_t n = 0; n < Arch::lanes; ++n) a[n] = draw<T>(r), b[n] = draw<T>(r);
        const auto weights = draw_all<std::int8_t, 2 * Arch::lanes>(r);
        std::array<std::int32_t, Arch::lanes> wanted{}, got{};
        for (std::size_t n = 0; n < Arch::lanes; ++n) wanted[n] = a[n] * weights[2 * n] + b[n] * weights[2 * n + 1];
        auto sums = zero_sums(dot{}, Arch{});
        multiply_add(sums, load_pairs(a.data(), b.data(), dot{}, Arch{}), load_rhs(weights.data(), dot{}, Arch{}), dot{}, Arch{});
        store_sums(got.data(), sums, dot{}, Arch{});
        REQUIRE(got == wanted);
    }
}

/// Activations that lanes gather out of a window that ends where memory does, each multiplied with its own weight, and one lane by itself.
template <class Arch, class D>
void check_gather() {
    using twin = portable_twin<Arch>;
    using lhs = typename D::lhs;
    constexpr std::size_t count = Arch::lanes * D::unit, window = pare::arch::gather_window_of<Arch, D>;
    static_assert(window > 0 && pare::arch::gather_window_of<twin, D> == 0);
    const D d;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        INFO(Arch::name << ", unit " << D::unit << ", draw " << i);
        lots r(6, D::unit, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        support::guarded_vector<lhs> x(window);
        for (lhs& v : x) v = draw<lhs>(r);
        std::array<std::uint8_t, count> places{};
        std::array<std::byte, count> bytes{};
        for (std::size_t k = 0; k < count; ++k) places[k] = std::uint8_t(r.below(window)), bytes[k] = std::byte(places[k]);
        auto weights = draw_all<typename D::rhs, count>(r);
        for (auto& w : weights)
            if constexpr (requires { D::rhs_bound; }) w = std::int8_t(std::clamp<std::int64_t>(w, -D::rhs_bound, D::rhs_bound));
        const auto start = draw_all<std::int32_t, Arch::lanes>(r);

        auto sums = load_sums(start.data(), d, Arch{});
        multiply_add(sums, gather_lhs(x.data(), load_places(bytes.data(), d, Arch{}), d, Arch{}), load_rhs(weights.data(), d, Arch{}), d,
                     Arch{});
        std::array<std::int32_t, Arch::lanes> got{}, wanted = start;
        store_sums(got.data(), sums, d, Arch{});
        multiply_add_each(wanted, gather_lhs(x.data(), places, d, twin{}), weights, d, twin{});
        REQUIRE(got == wanted);
    }
}

/// `Width` registers of sums in another order.
template <class Arch, class D, std::size_t Width>
void check_arranged() {
    constexpr std::size_t count = Width * Arch::lanes;
    for (std::uint64_t i = 0; i < 300; ++i) {
        lots r(9, Width, i);
        const auto values = draw_all<std::int32_t, count>(r);
        std::array<std::byte, count> order{};
        for (std::size_t n = 0; n < count; ++n) order[n] = std::byte(r.below(count));
        decltype(zero_sums(D{}, Arch{})) registers[Width];
        for (std::size_t j = 0; j < Width; ++j) registers[j] = load_sums(values.data() + j * Arch::lanes, D{}, Arch{});
        arrange_sums(registers, order.data(), D{}, Arch{});
        std::array<std::int32_t, count> got{};
        for (std::size_t j = 0; j < Width; ++j) store_sums(got.data() + j * Arch::lanes, registers[j], D{}, Arch{});
        for (std::size_t n = 0; n < count; ++n) REQUIRE(got[n] == values[std::to_integer<std::size_t>(order[n])]);
    }
}

/// Registers of four-bit codes through a table, against one code at a time.
template <class Arch, class D>
void check_lookup() {
    constexpr std::size_t count = Arch::lanes * D::unit;
    using twin = portable_twin<Arch>;
    const D d;
    for (std::uint64_t i = 0; i < 500; ++i) {
        lots r(6, 0, i);
        auto table = draw_all<std::int8_t, 16>(r);
        if constexpr (requires { D::rhs_bound; })
            for (std::int8_t& w : table) w = std::int8_t(std::clamp<std::int64_t>(w, -D::rhs_bound, D::rhs_bound));
        const int shift = i % 2 == 0 ? 0 : 4;
        std::array<std::byte, count> codes{};
        for (std::byte& b : codes) b = std::byte(r.below(256));
        std::array<std::int8_t, count> weights{};
        for (std::size_t j = 0; j < count; ++j) weights[j] = table[(std::to_integer<unsigned>(codes[j]) >> shift) & 15u];
        // Read with activations of one 1 at each place of the unit.
        for (std::size_t j = 0; j < D::unit; ++j) {
            std::array<typename D::lhs, D::unit> x{};
            x.fill(typename D::lhs(-pare::arch::lhs_offset_of<Arch, D>));
            x[j] = typename D::lhs(x[j] + 1);
            auto sums = zero_sums(d, Arch{});
            multiply_add(sums, broadcast_lhs(x.data(), d, Arch{}),
                         shift == 0 ? lookup16_u4_s8<0>(codes.data(), load_table16(table.data(), Arch{}), d, Arch{})
                                    : lookup16_u4_s8<4>(codes.data(), load_table16(table.data(), Arch{}), d, Arch{}),
                         d, Arch{});
            std::array<std::int32_t, Arch::lanes> got{};
            store_sums(got.data(), sums, d, Arch{});
            x.fill(0), x[j] = 1;
            auto wanted = zero_sums(d, twin{});
            multiply_add(wanted, x, weights, d, twin{});
            REQUIRE(got == wanted);
        }
    }
}

/// `Width` registers of outputs at once against the formula for one.
template <class Arch, class D, std::size_t Width, class Out>
void check_requantized() {
    constexpr std::size_t count = Width * Arch::lanes;
    using limits = std::numeric_limits<Out>;
    using pare::rounding::fp32;
    std::size_t inside = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        lots r(7, Width, i);
        pare::rounding::output_range range{std::int32_t(r.integer(limits::min(), limits::max())), limits::min(), limits::max()};
        if (r.one_in(2)) range.low = std::int32_t(r.integer(limits::min(), range.zero_point));
        if (r.one_in(2)) range.high = std::int32_t(r.integer(range.zero_point, limits::max()));
        std::array<std::int32_t, count> sums{};
        std::array<float, count> scales{};
        // Halves and quarters of small sums are ties; large sums times large scales leave 32 bits at either end.
        const bool small = r.one_in(2);
        for (std::size_t n = 0; n < count; ++n) {
            sums[n] = small ? std::int32_t(r.integer(-300, 300)) : draw<std::int32_t>(r);
            scales[n] = small ? r.pick({0.5f, 0.25f, 1.5f, 1.0f}) : float(r.real(0, 1)) * r.pick({1.0f, 1e-3f, 1e-6f, 1e-8f, 100.0f});
        }
        decltype(zero_sums(D{}, Arch{})) registers[Width];
        for (std::size_t j = 0; j < Width; ++j) registers[j] = load_sums(sums.data() + j * Arch::lanes, D{}, Arch{});
        // One more on either side must stay as it is.
        std::array<Out, count + 2> got{};
        got.front() = got.back() = Out(77);
        store_requantized<false>(got.data() + 1, registers, scales.data(), range, D{}, Arch{});
        REQUIRE((got.front() == Out(77) && got.back() == Out(77)));
        for (std::size_t n = 0; n < count; ++n) {
            INFO(Arch::name << ", sum " << sums[n] << ", scale " << scales[n] << ", zero point " << range.zero_point << ", low "
                            << range.low << ", high " << range.high);
            const auto wanted = Out(fp32::apply(sums[n], scales[n], range));
            REQUIRE(int(got[n + 1]) == int(wanted));
            inside += wanted > range.low && wanted < range.high;
        }
        // Where products fit and the range is all of the type, narrowing clamps by itself.
        range.low = limits::min(), range.high = limits::max();
        for (std::size_t n = 0; n < count; ++n) scales[n] = std::min(scales[n], float(1 << 30) / std::abs(float(sums[n]) + 0.5f));
        store_requantized<true>(got.data() + 1, registers, scales.data(), range, D{}, Arch{});
        REQUIRE((got.front() == Out(77) && got.back() == Out(77)));
        for (std::size_t n = 0; n < count; ++n) {
            INFO(Arch::name << ", sum " << sums[n] << ", scale " << scales[n] << ", zero point " << range.zero_point);
            REQUIRE(int(got[n + 1]) == int(fp32::apply(sums[n], scales[n], range)));
        }
    }
    CHECK(inside > 2000 * count / 10);
}

/// Some rows of few registers at once, where the arch does that, against the formula for one: apart, and one behind the other.
template <class Arch, class D, std::size_t Width, class Out>
void check_requantized_rows() {
    constexpr std::size_t rows = Width <= 2 ? 4 / Width : 1, count = Width * Arch::lanes;
    using registers = decltype(zero_sums(D{}, Arch{}))[rows][Width];
    constexpr bool stores_rows = requires(const std::array<Out*, rows>& to, const registers& sums, const float* scales) {
        store_requantized_rows<false, false>(to, sums, scales, pare::rounding::output_range{}, D{}, Arch{});
    };
    if constexpr (stores_rows) {
        using limits = std::numeric_limits<Out>;
        for (std::uint64_t i = 0; i < 500; ++i) {
            lots r(8, Width, i);
            pare::rounding::output_range range{std::int32_t(r.integer(limits::min(), limits::max())), limits::min(), limits::max()};
            std::array<std::int32_t, rows * count> sums{};
            std::array<float, count> scales{};
            for (std::int32_t& sum : sums) sum = std::int32_t(r.integer(-30000, 30000));
            for (float& scale : scales) scale = float(r.real(0, 1)) * r.pick({1.0f, 1e-1f, 1e-2f, 1e-3f});
            registers all;
            for (std::size_t n = 0; n < rows; ++n)
                for (std::size_t j = 0; j < Width; ++j) all[n][j] = load_sums(sums.data() + n * count + j * Arch::lanes, D{}, Arch{});
            const auto check = [&](std::size_t step, const auto& store) {
                std::vector<Out> got(rows * step + 1, Out(77));
                std::array<Out*, rows> to{};
                for (std::size_t n = 0; n < rows; ++n) to[n] = got.data() + 1 + n * step;
                store(to);
                REQUIRE(got.front() == Out(77));
                for (std::size_t n = 0; n < rows; ++n)
                    for (std::size_t k = 0; k < step; ++k) {
                        INFO(Arch::name << ", row " << n << " of " << step << ", output " << k);
                        const std::int32_t wanted =
                            k < count ? pare::rounding::fp32::apply(sums[n * count + k], scales[k], range) : std::int32_t(Out(77));
                        REQUIRE(std::int32_t(got[1 + n * step + k]) == wanted);
                    }
            };
            check(count + 3, [&](const auto& to) { store_requantized_rows<true, false>(to, all, scales.data(), range, D{}, Arch{}); });
            check(count, [&](const auto& to) { store_requantized_rows<true, true>(to, all, scales.data(), range, D{}, Arch{}); });
            range.low = std::int32_t(r.integer(limits::min(), range.zero_point));
            range.high = std::int32_t(r.integer(range.zero_point, limits::max()));
            check(count + 3, [&](const auto& to) { store_requantized_rows<false, false>(to, all, scales.data(), range, D{}, Arch{}); });
            check(count, [&](const auto& to) { store_requantized_rows<false, true>(to, all, scales.data(), range, D{}, Arch{}); });
        }
    }
}

/// The same by integers, against the formula of `Rounding` for one.
template <class Arch, class D, std::size_t Width, class Rounding, class Out>
void check_fixed_point() {
    constexpr std::size_t count = Width * Arch::lanes;
    using limits = std::numeric_limits<Out>;
    std::size_t inside = 0, ties = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        lots r(9, Width, i);
        pare::rounding::output_range range{std::int32_t(r.integer(limits::min(), limits::max())), limits::min(), limits::max()};
        if (r.one_in(2)) range.low = std::int32_t(r.integer(limits::min(), range.zero_point));
        if (r.one_in(2)) range.high = std::int32_t(r.integer(range.zero_point, limits::max()));
        std::array<std::int32_t, count> sums{};
        std::array<pare::multiplier, count> scales{};
        const bool small = r.one_in(2);
        for (std::size_t n = 0; n < count; ++n) {
            sums[n] = small ? std::int32_t(r.integer(-300, 300)) : draw<std::int32_t>(r);
            const double scale = small ? r.pick({0.5, 0.25, 0.75, 1.5, 1.0, 4.0}) : r.real(0, 1) * r.pick({1.0, 1e-3, 1e-6, 4e-9, 1e-10});
            scales[n] = pare::quantize_multiplier(scale);
            ties += small && scale == 0.5 && sums[n] % 2 != 0;
        }
        decltype(zero_sums(D{}, Arch{})) registers[Width];
        for (std::size_t j = 0; j < Width; ++j) registers[j] = load_sums(sums.data() + j * Arch::lanes, D{}, Arch{});
        std::array<Out, count + 2> got{};
        got.front() = got.back() = Out(77);
        store_fixed_point(got.data() + 1, registers, scales.data(), range, Rounding{}, D{}, Arch{});
        REQUIRE((got.front() == Out(77) && got.back() == Out(77)));
        for (std::size_t n = 0; n < count; ++n) {
            INFO(Arch::name << ", sum " << sums[n] << ", mantissa " << scales[n].mantissa << ", shift " << scales[n].shift
                            << ", zero point " << range.zero_point << ", low " << range.low << ", high " << range.high);
            const auto wanted = Out(Rounding::apply(sums[n], scales[n], range));
            REQUIRE(int(got[n + 1]) == int(wanted));
            inside += wanted > range.low && wanted < range.high;
        }
    }
    CHECK(inside > 2000 * count / 10);
    CHECK(ties > 10 * count);
}

/// All roundings by integers and all outputs.
template <class Arch, class D, std::size_t... Width>
void check_fixed_points() {
    const auto all = []<class Rounding>(Rounding) {
        (check_fixed_point<Arch, D, Width, Rounding, std::int8_t>(), ...);
        (check_fixed_point<Arch, D, Width, Rounding, std::uint8_t>(), ...);
        (check_fixed_point<Arch, D, Width, Rounding, std::int16_t>(), ...);
    };
    all(pare::rounding::single{}), all(pare::rounding::gemmlowp{});
}

template <class Arch, class D, std::size_t Width>
void check_clamped() {
    constexpr std::size_t count = Width * Arch::lanes;
    for (std::uint64_t i = 0; i < 300; ++i) {
        lots r(8, Width, i);
        const auto sums = draw_all<float, count>(r);
        constexpr float infinite = std::numeric_limits<float>::infinity();
        const float low = r.pick({0.0f, -6.5f, -infinite}), high = r.pick({6.0f, 100.25f, infinite});
        decltype(zero_sums(D{}, Arch{})) registers[Width];
        for (std::size_t j = 0; j < Width; ++j) registers[j] = load_sums(sums.data() + j * Arch::lanes, D{}, Arch{});
        std::array<float, count + 1> got{};
        got.back() = 77;
        store_clamped(got.data(), registers, low, high, D{}, Arch{});
        REQUIRE(got.back() == 77);
        for (std::size_t n = 0; n < count; ++n) REQUIRE(got[n] == std::min(std::max(sums[n], low), high));
    }
}

/// All outputs that registers of `Arch` are stored as, `Width` side by side.
template <class Arch, class D, std::size_t... Width>
void check_stores() {
    (check_requantized<Arch, D, Width, std::int8_t>(), ...);
    (check_requantized<Arch, D, Width, std::uint8_t>(), ...);
    (check_requantized<Arch, D, Width, std::int16_t>(), ...);
    (check_requantized_rows<Arch, D, Width, std::int8_t>(), ...);
    (check_requantized_rows<Arch, D, Width, std::uint8_t>(), ...);
}

}  // namespace operations
