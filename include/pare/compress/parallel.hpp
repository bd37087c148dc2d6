// SPDX-License-Identifier: MIT
// Work shared among threads of the host.
#pragma once

#include <algorithm>
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

}  // namespace pare::inline v0::compress
