// SPDX-License-Identifier: MIT
// What happens to a sum before it is stored. An epilogue is data; its call operator is the exact formula for one sum, and its
// store, where it has one, is the same formula for whole registers of them. What depends on more than the channel has a place too:
// `row` gives the epilogue of a row, and `finish` makes outputs of what the rest of it stored.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/arch/arch.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

namespace pare::inline v0 {

/// An epilogue that is another for each row: row(p) is the one of the outputs that are stored from `p` on.
template <class E>
concept row_epilogue = requires(const E e, const typename E::value_type* p) { e.row(p); };

/// The epilogue of the outputs that are stored from `p` on.
template <class E>
PARE_INLINE constexpr decltype(auto) epilogue_of_row(const E& e, const typename E::value_type* p) {
    if constexpr (row_epilogue<E>) return e.row(p);
    else return (e);
}

/// An epilogue of bits: it writes words, of which its call operator gives single bits, for rows of `outputs` outputs.
template <class E>
concept writes_bits = std::same_as<typename E::value_type, binary_word> && requires(const E e) {
    { e.outputs } -> std::convertible_to<std::size_t>;
};

/// An epilogue turns the sum of output channel `n` into a value of its destination type, or into a bit where it writes bits.
template <class E, class Total>
concept epilogue = requires(const E e, typename E::value_type* p, Total sum, std::size_t n) {
    { epilogue_of_row(e, p)(sum, n) } -> std::same_as<std::conditional_t<writes_bits<E>, bool, typename E::value_type>>;
};

/// An epilogue whose values are only half the way: finish(from, to, rows, count, arch) makes outputs to[r][i] of the values from[r][i], for
/// `count` neighbours of each of some rows. Values lie apart from outputs, where nothing is written before.
template <class E, class Arch>
concept finishing_epilogue = requires(const E e, const typename E::value_type* const* from, typename E::value_type* const* to) {
    e.finish(from, to, std::size_t(1), std::size_t(1), Arch{});
};

/// Requantises: Rounding::apply(sum, scales[n], range).
template <class Rounding, class Out>
struct requantize {
    using value_type = Out;                                 ///< what is stored
    const typename Rounding::scale_type* scales = nullptr;  ///< of each output channel
    rounding::output_range range{};                         ///< of the output
    bool products_fit = false;                              ///< sums times scales are sure to be below 2^31; false: not known

    /// True where narrowing clamps by itself: products fit, and the range is all of the type.
    PARE_INLINE constexpr bool saturates() const
        requires(std::same_as<Rounding, rounding::fp32>)
    {
        return products_fit && range.low <= std::numeric_limits<Out>::min() && range.high >= std::numeric_limits<Out>::max();
    }

    /// The output for a sum.
    template <class Total>
    PARE_INLINE constexpr Out operator()(Total sum, std::size_t n) const {
        return Out(Rounding::apply(sum, scales[n], range));
    }

    /// The same for whole registers; `Saturates` says what saturates() does.
    template <bool Saturates = false, class Sums, std::size_t Width, class D, class Arch>
        requires(std::same_as<Rounding, rounding::fp32> &&
                 requires(Out* p, const Sums (&s)[Width], const float* f, rounding::output_range r) {
                     store_requantized<Saturates>(p, s, f, r, D{}, Arch{});
                 })
    PARE_INLINE void store(Out* p, const Sums (&sums)[Width], std::size_t n, D d, Arch a) const {
        store_requantized<Saturates>(p, sums, scales + n, range, d, a);
    }

    /// The same for `Rows` rows of few registers, where the arch does that at once; `Touching` rows lie one behind the other.
    template <bool Touching, bool Saturates = false, class Sums, std::size_t Rows, std::size_t Width, class D, class Arch>
        requires(std::same_as<Rounding, rounding::fp32> &&
                 requires(const std::array<Out*, Rows>& rows, const Sums (&s)[Rows][Width], const float* f, rounding::output_range r) {
                     store_requantized_rows<Saturates, Touching>(rows, s, f, r, D{}, Arch{});
                 })
    PARE_INLINE void store_rows(const std::array<Out*, Rows>& rows, const Sums (&sums)[Rows][Width], std::size_t n, D d, Arch a) const {
        store_requantized_rows<Saturates, Touching>(rows, sums, scales + n, range, d, a);
    }

    /// The same by integers.
    template <class Sums, std::size_t Width, class D, class Arch>
        requires(std::same_as<typename Rounding::scale_type, multiplier> &&
                 requires(Out* p, const Sums (&s)[Width], const multiplier* m, rounding::output_range r) {
                     store_fixed_point(p, s, m, r, Rounding{}, D{}, Arch{});
                 })
    PARE_INLINE void store(Out* p, const Sums (&sums)[Width], std::size_t n, D d, Arch a) const {
        store_fixed_point(p, sums, scales + n, range, Rounding{}, d, a);
    }
};

/// `Epilogue` where it saturates.
template <class Epilogue>
struct saturating {
    using value_type = typename Epilogue::value_type;  ///< what is stored
    Epilogue epilogue{};                               ///< of which saturates() is true

    /// Stores whole registers; single sums do not get here.
    template <class Sums, std::size_t Width, class D, class Arch>
    PARE_INLINE void store(value_type* p, const Sums (&sums)[Width], std::size_t n, D d, Arch a) const
        requires(requires { epilogue.template store<true>(p, sums, n, d, a); })
    {
        epilogue.template store<true>(p, sums, n, d, a);
    }
    /// The same for rows.
    template <bool Touching, class Sums, std::size_t Rows, std::size_t Width, class D, class Arch>
    PARE_INLINE void store_rows(const std::array<value_type*, Rows>& rows, const Sums (&sums)[Rows][Width], std::size_t n, D d,
                                Arch a) const
        requires(requires { epilogue.template store_rows<Touching, true>(rows, sums, n, d, a); })
    {
        epilogue.template store_rows<Touching, true>(rows, sums, n, d, a);
    }
    /// What comes after it.
    template <class Arch>
        requires finishing_epilogue<Epilogue, Arch>
    PARE_INLINE constexpr void finish(const value_type* const* from, value_type* const* to, std::size_t rows, std::size_t count,
                                      Arch a) const {
        epilogue.finish(from, to, rows, count, a);
    }
};

/// The epilogue that requantises sums of packed weights to `Out`, with what packing found out about them.
template <class Out, class Packed>
PARE_INLINE constexpr requantize<typename Packed::rounding, Out> requantize_sums(const Packed& weights,
                                                                                 const rounding::output_range& range) {
    if constexpr (requires { weights.products_fit; }) return {weights.scales.data(), range, weights.products_fit};
    else return {weights.scales.data(), range};
}

/// Clamps float sums to [low, high].
struct clamp_float {
    using value_type = float;                             ///< what is stored
    float low = -std::numeric_limits<float>::infinity();  ///< the smallest output
    float high = std::numeric_limits<float>::infinity();  ///< the largest output

    /// The output for a sum.
    PARE_INLINE constexpr float operator()(float sum, std::size_t) const { return sum < low ? low : sum > high ? high : sum; }

    /// The same for whole registers.
    template <class Sums, std::size_t Width, class D, class Arch>
        requires(requires(float* p, const Sums (&s)[Width]) { store_clamped(p, s, 0.0f, 0.0f, D{}, Arch{}); })
    PARE_INLINE void store(float* p, const Sums (&sums)[Width], std::size_t, D d, Arch a) const {
        store_clamped(p, sums, low, high, d, a);
    }
};

/// The sum itself.
template <class Total>
struct raw_sum {
    using value_type = Total;                                                                                ///< what is stored
    PARE_INLINE constexpr Total operator()(std::same_as<Total> auto sum, std::size_t) const { return sum; }  ///< the sum
};

/// The sign of a sum as a bit, set where it is below 0, which is -1. Biases are thresholds: what batch normalisation and the sign of it
/// come to (Courbariaux et al. 2016, arXiv 1602.02830, and every engine since) is a number that a sum is compared with.
struct binarize {
    using value_type = binary_word;  ///< what is stored
    std::size_t outputs = 0;         ///< of a row; bits behind them are 0

    /// The bit for a sum.
    template <class Total>
    PARE_INLINE constexpr bool operator()(Total sum, std::size_t) const {
        return sum < 0;
    }

    /// The bits for a register of sums.
    template <class Sums, class D, class Arch>
        requires(requires(const Sums& s) { negative_lanes(s, D{}, Arch{}); })
    PARE_INLINE constexpr std::uint64_t bits(const Sums& sums, std::size_t, D d, Arch a) const {
        return negative_lanes(sums, d, a);
    }
};

/// `First`, then each of `Rest...` on its result: next(value, n).
template <class First, class... Rest>
struct chain {
    First first{};                                           ///< gets the sum
    chain<Rest...> rest{};                                   ///< get what came before
    using value_type = typename chain<Rest...>::value_type;  ///< what is stored

    /// The output for a sum.
    template <class Total>
    PARE_INLINE constexpr auto operator()(Total sum, std::size_t n) const {
        return rest(first(sum, n), n);
    }
};
/// The end of a chain.
template <class Last>
struct chain<Last> {
    Last first{};                                  ///< gets what came before
    using value_type = typename Last::value_type;  ///< what is stored

    /// The output for a sum.
    template <class Total>
    PARE_INLINE constexpr auto operator()(Total sum, std::size_t n) const {
        return first(sum, n);
    }
};

}  // namespace pare::inline v0
