// SPDX-License-Identifier: MIT
// Work shared among threads of the host.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Calls f(first, last) for `threads` pieces of [0, count); the first exception of any of them is thrown here.
template <class F>
void in_parallel(std::size_t count, unsigned threads, const F& f) {
    const std::size_t pieces = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(count, 1));
    std::vector<std::exception_ptr> failures(pieces);
    const auto work = [&](std::size_t piece) {
        try {
            f(count * piece / pieces, count * (piece + 1) / pieces);
        } catch (...) {
            failures[piece] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    for (std::size_t piece = 1; piece < pieces; ++piece) others.emplace_back(work, piece);
    work(0);
    for (std::thread& t : others) t.join();
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
}

/// An executor of `threads` threads that take the next piece of work as they finish one; the first exception is thrown when all are done.
class thread_executor {
public:
    /// With 0 threads: one.
    explicit thread_executor(unsigned threads) : threads_(std::max(threads, 1u)) {}

    /// How many pieces run at once.
    std::size_t concurrency() const { return threads_; }

    /// Calls f(i) for each i in [0, n).
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        std::atomic<std::size_t> next = 0;
        in_parallel(std::min<std::size_t>(threads_, n), threads_, [&](std::size_t first, std::size_t last) {
            if (first == last) return;
            for (std::size_t i = next++; i < n; i = next++) f(i);
        });
    }

private:
    unsigned threads_;
};

}  // namespace pare::inline v0::compress
