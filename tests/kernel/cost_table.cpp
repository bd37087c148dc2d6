// SPDX-License-Identifier: MIT
// Numbers of every arch: no form is free, and each cache is smaller and faster than what lies behind it.
#include <pare/kernel/cost_table.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

template <class Arch>
void check() {
    INFO(Arch::name);
    constexpr cost_table c = cost_table_of<Arch>;
    for (const form_times& f :
         {c.expanded, c.narrow, c.coded4, c.shared4, c.coded2, c.gathered, c.gathered_codes, c.skipped, c.structured, c.picked}) {
        CHECK((f.first > 0 && f.next > 0));
        CHECK((f.output >= 0 && f.begin >= 0));
    }
    CHECK((c.product >= 0 && c.begin > 0));
    CHECK((c.nearest_bytes < c.near_bytes && c.near_bytes < c.far_bytes));
    CHECK((c.far_bytes_per_ns >= c.memory_bytes_per_ns && c.memory_bytes_per_ns > 0));
    // The first cache is told from the next one, or it is not.
    CHECK((c.nearest_bytes > 0) == (c.near_bytes_per_ns > 0));
    if (c.near_bytes_per_ns > 0) CHECK(c.near_bytes_per_ns > c.far_bytes_per_ns);
}

}  // namespace

TEST_CASE("no form of an arch is free, and what is near is fast") {
    check<arch::scalar>();
    check<arch::sse4_1>();
    check<arch::avx2>();
    check<arch::avx_vnni>();
    check<arch::avx512>();
    check<arch::avx512_vnni>();
    check<arch::zen4>();
    check<arch::neon_dotprod>();
}
