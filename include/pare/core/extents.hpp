// SPDX-License-Identifier: MIT
// Extents that are known to the compiler where they can be, and carried as values where they cannot.
#pragma once

#include <array>
#include <cstddef>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Stands for an extent that is known only at run time.
inline constexpr std::size_t dynamic = std::size_t(-1);

/// `Extents...`, any of them `dynamic`; only the dynamic ones are stored (the convention of std::mdspan).
template <std::size_t... Extents>
struct extents {
    static constexpr std::size_t rank = sizeof...(Extents);                                   ///< how many extents there are
    static constexpr std::size_t dynamic_rank = (std::size_t(Extents == dynamic) + ... + 0);  ///< how many of them are dynamic
    static constexpr std::array<std::size_t, rank> statics{Extents...};                       ///< all of them, `dynamic` included

    std::array<std::size_t, dynamic_rank> values{};  ///< those that are dynamic, in order

    /// The place of extent `I` among the dynamic ones.
    static constexpr std::size_t dynamic_index(std::size_t i) {
        std::size_t index = 0;
        for (std::size_t j = 0; j < i; ++j) index += statics[j] == dynamic;
        return index;
    }

    /// The value of extent `I`: a constant where it is static.
    template <std::size_t I>
    PARE_INLINE constexpr std::size_t get() const {
        if constexpr (statics[I] != dynamic) return statics[I];
        else return values[dynamic_index(I)];
    }

    /// All extents as values, in order: what is static must be equal (see `matches`).
    static constexpr extents of(const std::array<std::size_t, rank>& all) {
        extents e;
        for (std::size_t i = 0; i < rank; ++i)
            if (statics[i] == dynamic) e.values[dynamic_index(i)] = all[i];
        return e;
    }

    /// True where every static extent equals the given value.
    static constexpr bool matches(const std::array<std::size_t, rank>& all) {
        for (std::size_t i = 0; i < rank; ++i)
            if (statics[i] != dynamic && statics[i] != all[i]) return false;
        return true;
    }
};

/// a / b, rounded up.
PARE_INLINE constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

/// The smallest multiple of `b` that is not below `a`.
PARE_INLINE constexpr std::size_t round_up(std::size_t a, std::size_t b) { return ceil_div(a, b) * b; }

/// a * b where both are known, `dynamic` otherwise.
constexpr std::size_t static_product(std::size_t a, std::size_t b) { return a == dynamic || b == dynamic ? dynamic : a * b; }

/// `f(n)` where `n` is known, `dynamic` otherwise.
template <class F>
constexpr std::size_t map_static(std::size_t n, F f) {
    return n == dynamic ? dynamic : f(n);
}

}  // namespace pare::inline v0
