// SPDX-License-Identifier: MIT
// Who does the work: parallelism is a policy that the caller gives.
#pragma once

#include <concepts>
#include <cstddef>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Calls f(i) for each i in [0, n), in any order and possibly at once, and returns when all are done; at most `concurrency()` calls
/// run at the same time. Kernels cut their work into at most that many pieces, each with its own part of the scratch; work that cannot be
/// cut is one piece, for which nobody needs to be woken.
template <class E>
concept executor = requires(const E& e, std::size_t n, void (*f)(std::size_t)) {
    { e.concurrency() } -> std::convertible_to<std::size_t>;
    e(n, f);
};

/// The calling thread does everything.
struct inline_executor {
    static constexpr std::size_t concurrency() { return 1; }  ///< one call at a time

    /// Calls f(0) to f(n - 1) in order.
    template <class F>
    PARE_INLINE constexpr void operator()(std::size_t n, const F& f) const {
        for (std::size_t i = 0; i < n; ++i) f(i);
    }
};

}  // namespace pare::inline v0
