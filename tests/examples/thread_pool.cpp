// SPDX-License-Identifier: MIT
// The pool of threads: kernels give with it what they give alone; many calls, nested and simultaneous ones, threads that have slept.
#include "executors/thread_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include <pare/core/executor.hpp>

#include "executor_check.hpp"
#include "support/catch.hpp"

using executors::thread_pool;

static_assert(pare::executor<thread_pool>);

TEST_CASE("kernels and models give the same with a pool of any size") {
    for (const std::size_t threads : {1u, 2u, 3u, 7u}) {
        const thread_pool pool(threads);
        REQUIRE(pool.concurrency() == threads);
        const auto exec = check::any_executor::of(pool);
        check::pieces(exec);
        check::products(exec);
        check::convolutions(exec);
        check::model(exec);
    }
    CHECK(thread_pool(0).concurrency() == 1);
}

TEST_CASE("a pool is used ten thousand times, with threads that spin and threads that sleep at once") {
    for (const auto spin : {std::chrono::microseconds(50), std::chrono::microseconds(0)})
        for (const std::size_t threads : {2u, 3u}) {
            const thread_pool pool(threads, spin);
            // Not atomic: what one call has written the next one reads, in whatever thread.
            std::vector<std::size_t> times(threads, 0);
            for (std::size_t call = 0; call < 10'000; ++call) {
                // Most calls are over before another thread is there; in some all threads wait for one another.
                std::atomic<std::size_t> arrived = call % 50 == 0 ? 0 : threads;
                pool(threads, [&](std::size_t i) {
                    times[i] += call + 1;
                    ++arrived;
                    while (arrived < threads) std::this_thread::yield();
                });
                REQUIRE(times == std::vector<std::size_t>(threads, (call + 1) * (call + 2) / 2));
            }
        }
}

TEST_CASE("threads that have gone to sleep wake up") {
    const thread_pool pool(3, std::chrono::nanoseconds(0));
    for (int call = 0; call < 20; ++call) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::atomic<int> done = 0;
        pool(3, [&](std::size_t) { ++done; });
        REQUIRE(done == 3);
    }
}

TEST_CASE("other threads do work while the caller has its own") {
    const thread_pool pool(2);
    std::atomic<bool> second = false;
    // Piece 1 waits for piece 0: one thread alone would not return.
    pool(2, [&](std::size_t i) {
        if (i == 0) second = true;
        else
            while (!second) std::this_thread::yield();
    });
    CHECK(second);
}

TEST_CASE("calls from within a call, and from several threads at once") {
    const thread_pool pool(3);
    std::vector<std::atomic<int>> seen(12);
    pool(3, [&](std::size_t i) { pool(4, [&](std::size_t j) { ++seen[4 * i + j]; }); });
    for (const auto& times : seen) CHECK(times == 1);

    std::atomic<int> sum = 0;
    {
        std::vector<std::jthread> callers;
        for (int t = 0; t < 4; ++t)
            callers.emplace_back([&] {
                for (int call = 0; call < 500; ++call) pool(3, [&](std::size_t i) { sum += int(i) + 1; });
            });
    }
    CHECK(sum == 4 * 500 * 6);
}

TEST_CASE("pools are made and left without work") {
    for (int i = 0; i < 100; ++i) {
        const thread_pool pool(3, std::chrono::microseconds(i));
        if (i % 2 == 0) pool(2, [](std::size_t) {});
    }
}
