// SPDX-License-Identifier: MIT
// Figures of samples, by hand; who is called when.
#include <pare/metrics/timing.hpp>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace pare::metrics;

TEST_CASE("median, 99th percentile and best") {
    const timing odd = summarize({5, 1, 3});
    CHECK(odd.median == 3);
    CHECK(odd.p99 == 5);
    CHECK(odd.best == 1);
    CHECK(odd.samples == 3);
    CHECK(summarize({4, 1, 2, 3}).median == 2.5);

    std::vector<double> hundred;
    for (int i = 100; i > 0; --i) hundred.push_back(i);
    CHECK(summarize(hundred).p99 == 99);
    hundred.push_back(1000);
    CHECK(summarize(hundred).p99 == 100);
    CHECK(summarize({}).samples == 0);
}

TEST_CASE("things are measured in turn") {
    std::string order;
    const auto slowly = [&](char name) {
        return [&order, name] {
            if (order.empty() || order.back() != name) order += name;
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        };
    };
    const std::array<std::function<void()>, 2> things{slowly('a'), slowly('b')};
    const auto t = measure_in_turn(things, {.rounds = 3, .samples = 2, .sample_seconds = 1e-6, .warm_up_seconds = 0});
    CHECK(order == "abababab");  // once to warm up, then three rounds
    REQUIRE(t.size() == 2);
    CHECK(t[0].samples == 6);
    CHECK(t[1].best >= 50e-6);
    CHECK(t[1].best <= t[1].median);
    CHECK(t[1].median <= t[1].p99);
}

TEST_CASE("short things are called many times for a sample, and warmed up") {
    std::size_t calls = 0;
    const timing t = measure([&] { keep(++calls); }, {.rounds = 1, .samples = 5, .sample_seconds = 1e-4, .warm_up_seconds = 1e-3});
    CHECK(t.samples == 5);
    CHECK(calls > 10000);
    CHECK(t.median > 0);
    CHECK(t.median < 1e-5);
}

TEST_CASE("operations by operations per second") {
    const rated_timing t{{.median = 2e-3, .p99 = 3e-3, .best = 1e-3, .samples = 9}, 4e6, 8e9};
    CHECK(t.estimated() == 4e6 / 8e9);
    CHECK(t.achieved() == 4e6 / 2e-3);
    CHECK(t.utilization() == 0.25);
}
