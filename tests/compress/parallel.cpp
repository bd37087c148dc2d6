// SPDX-License-Identifier: MIT
// Work shared among threads: everything once, and exceptions come back.
#include <pare/compress/parallel.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <pare/core/executor.hpp>

#include "support/catch.hpp"

namespace {

using pare::compress::in_parallel;

/// How often each item is done.
std::vector<int> done(std::size_t count, unsigned threads) {
    std::vector<std::atomic<int>> times(count);
    in_parallel(count, threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) ++times[i];
    });
    return {times.begin(), times.end()};
}

}  // namespace

TEST_CASE("every item is done once") {
    for (const std::size_t count : {0u, 1u, 2u, 7u, 100u})
        for (const unsigned threads : {0u, 1u, 2u, 3u, 8u}) CHECK(done(count, threads) == std::vector<int>(count, 1));
}

TEST_CASE("there are as many pieces as threads, and no more than items") {
    for (const auto& [count, threads, pieces] : {std::array{10, 4, 4}, std::array{3, 8, 3}, std::array{5, 0, 1}}) {
        std::atomic<int> calls = 0;
        in_parallel(std::size_t(count), unsigned(threads), [&](std::size_t first, std::size_t last) {
            if (first < last) ++calls;
        });
        CHECK(calls == pieces);
    }
}

TEST_CASE("an exception of any thread is thrown where the work was asked for, after all have ended") {
    for (const std::size_t bad : {0u, 5u, 9u}) {
        std::atomic<int> good = 0;
        const auto work = [&](std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i) {
                if (i == bad) throw std::runtime_error("item " + std::to_string(i));
                ++good;
            }
        };
        CHECK_THROWS_WITH(in_parallel(10, 10, work), "item " + std::to_string(bad));
        CHECK(good == 9);
    }
}

TEST_CASE("an executor of threads does every piece once, however many there are, and passes exceptions on") {
    static_assert(pare::executor<pare::compress::thread_executor>);
    for (const std::size_t count : {0u, 1u, 3u, 50u})
        for (const unsigned threads : {0u, 1u, 4u}) {
            std::vector<std::atomic<int>> times(count);
            const pare::compress::thread_executor exec(threads);
            CHECK(exec.concurrency() == std::max(threads, 1u));
            exec(count, [&](std::size_t i) { ++times[i]; });
            for (const auto& t : times) CHECK(t == 1);
        }
    CHECK_THROWS_WITH(pare::compress::thread_executor(2)(9,
                                                         [](std::size_t i) {
                                                             if (i == 4) throw std::runtime_error("piece 4");
                                                         }),
                      "piece 4");
}
