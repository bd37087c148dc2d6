// SPDX-License-Identifier: MIT
// What every executor must do for the library's kernels.
#pragma once

#include <cstddef>
#include <functional>

namespace check {

/// Any executor, so that kernels are compiled once for all of them.
struct any_executor {
    std::size_t count;
    std::function<void(std::size_t, const std::function<void(std::size_t)>&)> call;

    /// `e`, as long as it lives.
    template <class E>
    static any_executor of(const E& e) {
        return {e.concurrency(), [&e](std::size_t n, const std::function<void(std::size_t)>& f) { e(n, f); }};
    }
    std::size_t concurrency() const { return count; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        call(n, f);
    }
};

/// Each of n pieces is done once before the call returns, no more than `concurrency` at a time; for several n.
void pieces(const any_executor& exec);
/// Matrix products give what one thread gives: many rows and few, many outputs and fewer than a panel, static and dynamic.
void products(const any_executor& exec);
/// So do convolutions, also by channels and of images lower than there are threads.
void convolutions(const any_executor& exec);
/// So does the digits model, in a batch. Concurrency is 1, 2, 3 or 7.
void model(const any_executor& exec);

}  // namespace check
