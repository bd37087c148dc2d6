// SPDX-License-Identifier: MIT
// Predicted times by hand, how they grow, and what they are made of: steps and bytes against weights that are packed.
#include <pare/kernel/execution_time.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <pare/core/rounding.hpp>
#include <pare/io/owned.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_choice.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;
using dense_int8 = weights<int8, per_channel>;
using sparse_int8 = weights<int8, per_channel, unstructured<>>;
using blocked_int8 = weights<int8, per_channel, natural_blocks<vnni>>;
// Two panels of four registers of 16 outputs, 64 steps of 4 weights each.
using shape = problem<std::int8_t, 128, 256>;

// Steps of whole numbers of nanoseconds, and caches that hold everything.
constexpr cost_table plain{.expanded = {3, 2, 5}, .gathered = {12, 8, 5}, .skipped = {3, 2, 5}, .begin = 7, .near_bytes = 1e9};

template <class Format, form Form>
constexpr double time_of(std::size_t rows, double density = 1, const cost_table& c = plain) {
    return execution_time(execution<Format, shape, vnni, Form>{}, rows, density, c);
}

// The weights that `exists` names, packed.
template <class Format, std::size_t N, std::size_t K, class Arch, class Exists>
auto packed_of(const Exists& exists) {
    stored_weights<Format, dynamic, dynamic, owned> w;
    const auto write = [&](bit_writer&& out) {
        Format::mask::write(out, N, K, exists);
        return out.position();
    };
    w.positions.resize(bytes_of_bits(write(bit_writer())));
    write(bit_writer(w.positions));
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t k = 0; k < K; ++k)
            if (exists(n, k)) w.codes.push_back(std::byte(1));
    w.scales.assign(N, 1.0f);
    w.bias.assign(N, 0);
    using execution = pare::select<Format, problem<std::int8_t, N, K>, Arch>;
    return pack_weights<execution, rounding::fp32, owned>(w, execution{}, {1.0f, 0}, {1.0f, 0});
}

// Steps and bytes of weights that exist by lot are about as predicted.
template <class Arch, std::size_t N, std::size_t K>
void check_gathered() {
    for (const int percent : {5, 10, 20, 30, 50}) {
        std::mt19937 random(3);
        std::vector<bool> kept(N * K);
        for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = int(random() % 100) < percent;
        const auto packed = packed_of<sparse_int8, N, K, Arch>([&](std::size_t n, std::size_t k) { return bool(kept[n * K + k]); });
        const double steps = double(detail::sparse_steps(packed)), predicted = predicted_steps(packed.shape, percent / 100.0);
        INFO(Arch::name << ", " << K << " weights, " << percent << " %: " << steps << " steps, predicted " << predicted);
        const double error = percent < 10 || std::derived_from<Arch, arch::neon> ? 0.18 : 0.1;
        CHECK(predicted > (1 - error) * steps);
        CHECK(predicted < (1 + error) * steps);
        const double bytes = predicted_bytes(packed.shape, percent / 100.0);
        CHECK(bytes > (1 - error) * double(packed.bytes()));
        CHECK(bytes < (1 + error) * double(packed.bytes()));
    }
}

template <class Format, class Problem, class Arch, form Form>
constexpr bool bytes_are_exact = predicted_bytes(execution<Format, Problem, Arch, Form>{}, 1) ==
                                 double(packed_weights<execution<Format, Problem, Arch, Form>, rounding::fp32, view>::static_bytes);

}  // namespace

TEST_CASE("times by hand") {
    // 512 steps of one row; of six, a tile; of twelve, two tiles; a beginning for each panel of a tile; eight registers of outputs a row.
    STATIC_REQUIRE(execution<dense_int8, shape, vnni, form::expanded>::max_rows == 6);
    STATIC_REQUIRE(time_of<dense_int8, form::expanded>(1) == 512 * 3 + 2 * 7 + 8 * 5);
    STATIC_REQUIRE(time_of<dense_int8, form::expanded>(6) == 512 * (3 + 5 * 2) + 2 * 7 + 6 * 8 * 5);
    STATIC_REQUIRE(time_of<dense_int8, form::expanded>(12) == 2 * time_of<dense_int8, form::expanded>(6));
    STATIC_REQUIRE(predicted_time<dense_int8, shape, vnni>(12, 1, plain) == time_of<dense_int8, form::expanded>(12));
    // A quarter of the blocks: a quarter of the steps, in four panels of two registers.
    STATIC_REQUIRE(time_of<blocked_int8, form::skipped>(1, 0.25) == 128 * 3 + 4 * 7 + 8 * 5);
}

TEST_CASE("what a product and the steps of a register take to begin") {
    constexpr cost_table c{.expanded = {3, 2, 5}, .gathered = {12, 8, 5, 11}, .product = 100, .begin = 7, .near_bytes = 1e9};
    STATIC_REQUIRE(time_of<dense_int8, form::expanded>(1, 1, c) == time_of<dense_int8, form::expanded>(1) + 100);
    STATIC_REQUIRE(time_of<dense_int8, form::expanded>(12, 1, c) == time_of<dense_int8, form::expanded>(12) + 100);
    // Eight registers of outputs in each tile.
    constexpr std::size_t tile = execution<sparse_int8, shape, vnni, form::gathered>::max_rows;
    STATIC_REQUIRE(time_of<sparse_int8, form::gathered>(1, 1, c) == time_of<sparse_int8, form::gathered>(1) + 100 + 8 * 11);
    STATIC_REQUIRE(time_of<sparse_int8, form::gathered>(3 * tile, 1, c) ==
                   time_of<sparse_int8, form::gathered>(3 * tile) + 100 + 3 * 8 * 11);
}

TEST_CASE("codes of shared values have times of their own") {
    using book = weights<int8, per_channel, dense, codebook<16>>;
    using int4_channel = weights<int4, per_channel>;
    constexpr cost_table c{.coded4 = {1, 1, 0}, .shared4 = {2, 1, 0}, .near_bytes = 1e9};
    STATIC_REQUIRE((time_of<int4_channel, form::coded>(1, 1, c) == 512 && time_of<book, form::coded>(1, 1, c) == 1024));
}

TEST_CASE("weights that the first cache has not take as long as it takes to read them out of the next") {
    constexpr execution<dense_int8, shape, vnni, form::expanded> x{};
    constexpr double bytes = predicted_bytes(x, 1);
    constexpr cost_table small{.expanded = {0.1, 0.1, 0}, .nearest_bytes = 1000, .near_bytes_per_ns = 2, .near_bytes = 1e6};
    constexpr cost_table large{.expanded = {0.1, 0.1, 0}, .nearest_bytes = 1e5, .near_bytes_per_ns = 2, .near_bytes = 1e6};
    STATIC_REQUIRE(execution_time(x, 1, 1.0, small) == bytes / 2);
    STATIC_REQUIRE(execution_time(x, 1, 1.0, large) == 512 * 0.1);
    // So many steps and bytes as somebody counted.
    STATIC_REQUIRE(execution_time(x, 1, 10.0, 500.0, small) == 10 * 0.1);
    STATIC_REQUIRE(execution_time(x, 1, 10.0, 5000.0, small) == 2500);
}

TEST_CASE("weights from afar take as long as it takes to read them") {
    using far_shape = problem<std::int8_t, 4096, 4096>;
    constexpr execution<dense_int8, far_shape, vnni, form::expanded> x{};
    constexpr double bytes = predicted_bytes(x, 1);
    constexpr cost_table far{.expanded = {0.1, 0.1, 0}, .near_bytes = 1e6, .far_bytes_per_ns = 2, .far_bytes = 1e9};
    STATIC_REQUIRE(execution_time(x, 1, 1, far) == bytes / 2);
    // The same behind a cache that holds nothing of them.
    constexpr cost_table memory{
        .expanded = {0.1, 0.1, 0}, .near_bytes = 1e6, .far_bytes_per_ns = 2, .far_bytes = 1e6, .memory_bytes_per_ns = 0.5};
    STATIC_REQUIRE(execution_time(x, 1, 1, memory) == bytes / 0.5);
    // Where steps take longer, these are what counts.
    constexpr cost_table slow{.expanded = {100, 100, 0}, .near_bytes = 1e6, .far_bytes_per_ns = 2, .far_bytes = 1e9};
    STATIC_REQUIRE(execution_time(x, 1, 1, slow) == 100.0 * 262144);
}

TEST_CASE("the part of weights that stays in a cache") {
    STATIC_REQUIRE(detail::cached_part(10, 100) == 1);
    STATIC_REQUIRE(detail::cached_part(200, 100) == 0);
    STATIC_REQUIRE(detail::cached_part(100, 100) > 0.6);
    STATIC_REQUIRE(detail::cached_part(10, 0) == 0);
    STATIC_REQUIRE((detail::nearest_part(100, 100) == 1 && detail::nearest_part(120, 100) == 0));
    STATIC_REQUIRE((detail::nearest_part(109, 100) > 0.4 && detail::nearest_part(109, 100) < 0.6));
    STATIC_REQUIRE(detail::nearest_part(10, 0) == 0);
}

TEST_CASE("times grow with rows and density") {
    double before = 0;
    for (int percent = 1; percent <= 100; ++percent) {
        const double now = time_of<sparse_int8, form::gathered>(8, percent / 100.0);
        CHECK(now > before);
        before = now;
    }
    for (std::size_t rows = 1; rows < 100; ++rows) {
        CHECK(predicted_time<sparse_int8, shape, vnni>(rows + 1, 0.1) > predicted_time<sparse_int8, shape, vnni>(rows, 0.1));
        CHECK(predicted_time<dense_int8, shape, vnni>(rows + 1) > predicted_time<dense_int8, shape, vnni>(rows));
    }
    // Twice the rows, twice the time, where they are many.
    const double ratio = predicted_time<sparse_int8, shape, vnni>(2000, 0.2) / predicted_time<sparse_int8, shape, vnni>(1000, 0.2);
    CHECK(ratio > 1.99);
    CHECK(ratio < 2.01);
}

TEST_CASE("the faster form is chosen, and never one that is slower than dense") {
    STATIC_REQUIRE(faster_form<dense_int8, shape, vnni>(8) == form::expanded);
    STATIC_REQUIRE(faster_form<sparse_int8, shape, vnni>(8, 0.9) == form::expanded);
    STATIC_REQUIRE(faster_form<sparse_int8, shape, vnni>(8, 0.05) == form::gathered);
    STATIC_REQUIRE(faster_form<blocked_int8, shape, vnni>(8, 0.25) == form::skipped);
    // Half of the weights are worth it where a dense step takes longer.
    STATIC_REQUIRE(faster_form<sparse_int8, problem<std::int8_t, 1024, 1024>, vnni>(128, 0.5) == form::expanded);
    STATIC_REQUIRE(faster_form<sparse_int8, problem<std::int8_t, 1024, 1024>, arch::zen4>(128, 0.5) == form::gathered);
    // Codes of four bits gain where weights come from afar.
    using int4_channel = weights<int4, per_channel>;
    STATIC_REQUIRE(faster_form<int4_channel, problem<std::int8_t, 4096, 4096>, vnni>(1) == form::coded);
    STATIC_REQUIRE(faster_form<int4_channel, shape, vnni>(100) == form::expanded);
    // Without vectors memory matters most.
    STATIC_REQUIRE(faster_form<int4_channel, shape, arch::scalar>(100) == form::coded);
    for (const double density : {0.01, 0.1, 0.3, 0.5, 0.9, 1.0})
        for (const std::size_t rows : {std::size_t(1), std::size_t(7), std::size_t(200)}) {
            const double dense = predicted_time<dense_int8, shape, vnni>(rows);
            CHECK(predicted_time<sparse_int8, shape, vnni>(rows, density) <= dense);
            CHECK(predicted_time<blocked_int8, shape, vnni>(rows, density) <= dense);
        }
    // One row with weights that the first cache has gains less.
    STATIC_REQUIRE(faster_form<sparse_int8, product_problem<std::int8_t, 64, 256, 1>, arch::zen4>(1, 0.3) == form::expanded);
    STATIC_REQUIRE(faster_form<sparse_int8, product_problem<std::int8_t, 64, 256, 1>, arch::zen4>(1, 0.1) == form::gathered);
    STATIC_REQUIRE(faster_form<sparse_int8, product_problem<std::int8_t, 1024, 1024, 1>, arch::zen4>(1, 0.3) == form::gathered);
    // A cost table of one's own decides.
    constexpr cost_table no_gathers{.expanded = {1, 1, 1}, .gathered = {100, 100, 1}, .near_bytes = 1e9};
    STATIC_REQUIRE(faster_form<sparse_int8, shape, vnni>(8, 0.05, no_gathers) == form::expanded);
}

TEST_CASE("bytes of forms that the type knows are exact") {
    using odd = problem<std::int8_t, 100, 90>;
    STATIC_REQUIRE(bytes_are_exact<dense_int8, odd, vnni, form::expanded>);
    STATIC_REQUIRE(bytes_are_exact<weights<int4, per_channel>, odd, vnni, form::coded>);
    STATIC_REQUIRE(bytes_are_exact<weights<int4, per_group<32>>, odd, arch::avx2, form::coded>);
    STATIC_REQUIRE(bytes_are_exact<weights<int8, per_channel, codebook<16>>, odd, arch::avx2, form::coded>);
    STATIC_REQUIRE(bytes_are_exact<weights<int8, per_channel, codebook<16>>, odd, vnni, form::expanded>);
}

TEST_CASE("expected steps and bytes of gathered weights") {
    check_gathered<vnni, 128, 1024>();
    check_gathered<vnni, 128, 256>();
    check_gathered<arch::avx512, 64, 1024>();
    check_gathered<arch::avx2, 64, 1024>();
    check_gathered<arch::sse4_1, 64, 512>();
    check_gathered<arch::neon_dotprod, 64, 1024>();
    check_gathered<arch::neon_i8mm, 64, 256>();
}

TEST_CASE("expected steps and bytes of blocks") {
    constexpr std::size_t rows = 128, cols = 1024;
    std::mt19937 random(4);
    std::vector<bool> kept(rows / 16 * cols / 4);
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = random() % 4 == 0;
    const auto packed =
        packed_of<blocked_int8, rows, cols, vnni>([&](std::size_t n, std::size_t k) { return bool(kept[n / 16 * (cols / 4) + k / 4]); });
    CHECK(double(detail::sparse_steps(packed)) / predicted_steps(packed.shape, 0.25) > 0.95);
    CHECK(double(detail::sparse_steps(packed)) / predicted_steps(packed.shape, 0.25) < 1.05);
    CHECK(double(packed.bytes()) / predicted_bytes(packed.shape, 0.25) > 0.95);
    CHECK(double(packed.bytes()) / predicted_bytes(packed.shape, 0.25) < 1.05);
}
