// SPDX-License-Identifier: MIT
// oneTBB's threads: kernels give with them what they give alone.
#include "executors/tbb.hpp"

#include <cstddef>
#include <vector>

#include <pare/core/executor.hpp>

#include "executor_check.hpp"
#include "support/catch.hpp"

using executors::tbb_arena;

static_assert(pare::executor<tbb_arena>);

TEST_CASE("kernels and models give the same with an arena of any size") {
    for (const int threads : {1, 2, 3, 7}) {
        const tbb_arena arena(threads);
        REQUIRE(arena.concurrency() == std::size_t(threads));
        const auto exec = check::any_executor::of(arena);
        check::pieces(exec);
        check::products(exec);
        check::convolutions(exec);
        check::model(exec);
    }
}

TEST_CASE("an arena is used ten thousand times") {
    const tbb_arena arena(3);
    std::vector<std::size_t> times(3, 0);
    for (std::size_t call = 0; call < 10'000; ++call) {
        arena(3, [&](std::size_t i) { times[i] += call + 1; });
        REQUIRE(times == std::vector<std::size_t>(3, (call + 1) * (call + 2) / 2));
    }
}
