// SPDX-License-Identifier: MIT
// Few weights are gathered, many are not, and what is multiplied is the same.
#include <pare/kernel/packed_choice.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/kernel/gemm.hpp>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using format = weights<int8, per_channel, unstructured<>>;
using shape = problem<std::int8_t, 40, 300>;

template <class Arch, form Form, class Problem>
using packed_as = packed_weights<execution<format, Problem, Arch, Form>, rounding::fp32, owned>;
template <class Arch, class Problem = shape>
using choice = packed_choice<packed_as<Arch, form::gathered, Problem>, packed_as<Arch, form::expanded, Problem>>;

/// 40 outputs of 300 weights, of which one in `of` exists.
stored_weights<format, 40, 300, owned> draw(std::size_t of) {
    support::lots r(3, of, 0);
    stored_weights<format, 40, 300, owned> w;
    std::vector<char> present(40 * 300);
    for (char& p : present) p = of > 0 && r.one_in(of);
    const auto exists = [&](std::size_t n, std::size_t k) { return present[n * 300 + k] != 0; };
    w.positions.resize(40 * 300);  // more than they take
    bit_writer out(w.positions);
    unstructured<>::write(out, 40, 300, exists);
    for (const char p : present)
        if (p != 0) w.codes.push_back(std::byte(r.integer(1, 127)));
    w.scales.assign(40, 0.01f);
    for (std::size_t n = 0; n < 40; ++n) w.bias.push_back(std::int32_t(n));
    return w;
}

template <class Packed>
std::vector<std::int32_t> sums(const Packed& weights) {
    std::vector<std::int8_t> x(3 * 300);
    support::lots r(4);
    for (auto& value : x) value = std::int8_t(r.integer(-128, 127));
    std::vector<std::int32_t> y(3 * 40);
    with_chosen(weights, [&](const auto& chosen) {
        using lhs = typename std::remove_cvref_t<decltype(chosen)>::execution::dot::lhs;
        std::vector<lhs> scratch(gemm_scratch_bytes(chosen.shape, 1, 3) / sizeof(lhs));
        gemm(contiguous_matrix<const std::int8_t>(x.data(), 3, 300), chosen, contiguous_matrix(y.data(), 3, 40), raw_sum<std::int32_t>{},
             std::span(scratch));
    });
    return y;
}

template <class Arch>
void check() {
    const auto pack = [](std::size_t of) { return pack_choice<choice<Arch>, owned>(draw(of), {1.0f, 3}, {1.0f, 0}); };
    for (const std::size_t of : {0u, 20u, 10u}) {
        const auto few = pack(of);
        CHECK(few.is_sparse());
        CHECK((few.expanded.data.empty() && few.bytes() == few.sparse.bytes()));
        CHECK(sums(few) == sums(pack_weights<execution<format, shape, arch::scalar, form::expanded>, rounding::fp32, owned>(
                               draw(of), {}, {1.0f, 3}, {1.0f, 0})));
    }
    for (const std::size_t of : {1u, 2u}) {
        const auto many = pack(of);
        CHECK_FALSE(many.is_sparse());
        CHECK((many.sparse.data.empty() && many.sparse.bias.empty() && many.bytes() == many.expanded.bytes()));
        CHECK(sums(many) == sums(pack_weights<execution<format, shape, arch::scalar, form::expanded>, rounding::fp32, owned>(
                                draw(of), {}, {1.0f, 3}, {1.0f, 0})));
    }
}

}  // namespace

TEST_CASE("few weights are gathered, many are not") { check<arch::native>(); }

TEST_CASE("a step of two registers of activations has to be worth five of a dense product") {
    // Of 80 % absent weights there are fewer than five times fewer steps, of 90 % more. Packing is the same on any machine.
    using neon = choice<arch::neon_dotprod>;
    CHECK_FALSE(pack_choice<neon, owned>(draw(5), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK(pack_choice<neon, owned>(draw(10), {1.0f, 3}, {1.0f, 0}).is_sparse());
}

TEST_CASE("a step that gathers takes less of a dense one on Zen 4") {
    CHECK_FALSE(pack_choice<choice<arch::avx512_vnni>, owned>(draw(2), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK_FALSE(pack_choice<choice<arch::avx512_vnni>, owned>(draw(3), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK(pack_choice<choice<arch::zen4>, owned>(draw(3), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK_FALSE(pack_choice<choice<arch::zen4>, owned>(draw(1), {1.0f, 3}, {1.0f, 0}).is_sparse());
}

TEST_CASE("a row alone has to gain more by weights that the first cache has") {
    // 12 kB: of 75 % absent weights the row takes 1.23 times as long as dense, of 90 % 0.81 times (Zen 4).
    using row_alone = choice<arch::zen4, product_problem<std::int8_t, 40, 300, 1>>;
    CHECK_FALSE(pack_choice<row_alone, owned>(draw(4), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK(pack_choice<choice<arch::zen4>, owned>(draw(4), {1.0f, 3}, {1.0f, 0}).is_sparse());
    CHECK(pack_choice<row_alone, owned>(draw(10), {1.0f, 3}, {1.0f, 0}).is_sparse());
}

TEST_CASE("parts are named by their form") {
    std::set<std::string> names;
    const auto few = pack_choice<choice<arch::native>, owned>(draw(20), {1.0f, 3}, {1.0f, 0});
    choice<arch::native>::for_each_part(few, [&](std::string_view name, const auto&) { CHECK(names.emplace(name).second); });
    CHECK((names.contains("sparse.data") && names.contains("expanded.data") && names.contains("sparse.bias")));
}
