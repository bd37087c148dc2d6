// SPDX-License-Identifier: MIT
// The pieces of K, as an execution in some form visits them.
#include <pare/kernel/form.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/execution.hpp>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("pieces of K follow one another, by segment and by group") {
    // Two segments of 24 weights in groups of 16: the second group goes over into the second segment.
    using grouped = execution<weights<int8, per_group<16>>, problem<std::int8_t, 8, 48, 24>, arch::scalar, form::expanded>;
    std::array<k_run, 4> runs{};
    std::size_t count = 0;
    grouped{}.for_each_run([&](k_run r) { runs.at(count++) = r; });
    REQUIRE(count == 4);
    const auto is = [](const k_run& r, std::size_t segment, std::size_t offset, std::size_t length, std::size_t group) {
        return r.segment == segment && r.offset == offset && r.length == length && r.group == group;
    };
    CHECK((is(runs[0], 0, 0, 16, 0) && is(runs[1], 0, 16, 8, 1) && is(runs[2], 1, 0, 8, 1) && is(runs[3], 1, 8, 16, 2)));
    CHECK(grouped{}.run_count() == 4);
}

TEST_CASE("without groups a piece is a segment, of weights that are picked at most so many") {
    using plain = execution<weights<int8>, problem<std::int8_t, 8, 600, 300>, arch::scalar, form::expanded>;
    using picked = execution<weights<int8>, problem<std::int8_t, 8, 600, 300>, arch::scalar, form::picked>;
    CHECK((plain{}.run_count() == 2 && picked{}.run_count() == 4));
    CHECK((picked{}.run_at(1, 256).length == 44 && picked{}.run_after({1, 256, 44, 0}).segment == 2));
}
