// SPDX-License-Identifier: MIT
// Who does the work: the calling thread, or an executor of a user.
#include <pare/core/executor.hpp>

#include <cstddef>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// A thread for each call.
struct threads {
    std::size_t most = 4;
    std::size_t concurrency() const { return most; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        std::vector<std::thread> all;
        for (std::size_t i = 0; i < n; ++i) all.emplace_back([&f, i] { f(i); });
        for (std::thread& t : all) t.join();
    }
};
struct no_concurrency {
    void operator()(std::size_t, void (*)(std::size_t)) const {}
};
struct changes_itself {
    std::size_t concurrency() const { return 1; }
    void operator()(std::size_t, void (*)(std::size_t)) {}  // not const
};

template <executor E>
std::vector<int> calls(const E& e, std::size_t n) {
    std::vector<int> counts(n);
    e(n, [&](std::size_t i) { ++counts[i]; });
    return counts;
}

constexpr std::size_t digits() {
    std::size_t number = 0;
    inline_executor{}(4, [&](std::size_t i) { number = number * 10 + i + 1; });
    return number;
}

}  // namespace

TEST_CASE("the calling thread does everything, in order") {
    STATIC_REQUIRE(executor<inline_executor>);
    STATIC_REQUIRE(inline_executor::concurrency() == 1);
    STATIC_REQUIRE(digits() == 1234);
    CHECK(calls(inline_executor{}, 0).empty());
    CHECK(calls(inline_executor{}, 3) == std::vector<int>{1, 1, 1});
    inline_executor{}(1, [caller = std::this_thread::get_id()](std::size_t) { CHECK(std::this_thread::get_id() == caller); });
}

TEST_CASE("what is an executor") {
    STATIC_REQUIRE(executor<threads>);
    STATIC_REQUIRE_FALSE((executor<no_concurrency> || executor<changes_itself> || executor<int>));
    CHECK(calls(threads{}, 4) == std::vector<int>{1, 1, 1, 1});
}
