// SPDX-License-Identifier: MIT
// Plans of the arena, by hand.
#include <pare/model/arena.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/model/model.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

// On the scalar arch nothing is copied for a product, so that only activations lie in the arena.
using in_a_row = model<input<int8, 10>, linear<20>, linear<30>, linear<40>, linear<5>>;
using around = model<input<int8, 16>, linear<32>, residual<linear<24>, linear<32>>, linear<4>>;
using names = model<input<int8, 4, 4, 1>, conv2d<2>, relu, flatten, linear<3>>;
using twice = graph<input<int8, 8>, node<linear<8>, 0>, node<relu, 1>, node<add<>, 1, 2>, node<linear<2>, 3>>;

/// Whether no two buffers that are alive together overlap, and all lie in the arena.
template <class Plan>
constexpr bool sound(const Plan& plan) {
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const auto& a = plan.buffers[i];
        if (a.offset + a.bytes > plan.bytes) return false;
        for (std::size_t j = 0; j < i; ++j) {
            const auto& b = plan.buffers[j];
            const bool together = a.first <= b.last && b.first <= a.last,
                       apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
            if (a.bytes != 0 && b.bytes != 0 && together && !apart) return false;
        }
    }
    return true;
}

using big =
    model<input<int8, 12, 12, 3>, conv2d<8, window<3, 3>, same>, residual<conv2d<8, window<3, 3>, same>, conv2d<8, window<3, 3>, same>>,
          max_pool2d<2>, depthwise_conv2d<window<3, 3>, same>, flatten, linear<10>, softmax<>>;

template <std::size_t Outputs, class... Options>
using same3x3 = conv2d<Outputs, window<3, 3>, same, weights<per_channel>, Options...>;
template <std::size_t Outputs>
using narrowing =
    residual<same3x3<Outputs, relu, stride<2>>, same3x3<Outputs>, shortcut<conv2d<Outputs, stride<2>, weights<per_channel>>>, add<relu>>;
using classifier = model<input<int8, 32, 32, 3>, same3x3<16, relu>, residual<same3x3<16, relu>, same3x3<16>, add<relu>>, narrowing<32>,
                         narrowing<64>, global_avg_pool2d<>, linear<10>, softmax<>>;

static_assert(sound(plan_of<big, arch::scalar>) && sound(plan_of<big, arch::avx2>) && sound(plan_of<big, arch::avx512_vnni, 3, 2>));
static_assert(sound(plan_of<classifier, arch::scalar, 2>) && sound(plan_of<classifier, arch::avx512_vnni, 2, 2>));

}  // namespace

TEST_CASE("buffers: the largest first, each as low as it fits") {
    // a lives at 0 to 1, b at 1 to 2, c at 2 to 3: c lies where a was.
    std::array<detail::buffer, 3> b{detail::buffer{10, 0, 1, 0}, detail::buffer{20, 1, 2, 0}, detail::buffer{9, 2, 3, 0}};
    CHECK(detail::place(b, 8) == 24 + 10);
    CHECK(b[1].offset == 0);
    CHECK(b[0].offset == 24);
    CHECK(b[2].offset == 24);

    // A hole between two that stay: 16 of 24 bytes are free at 40, and only the smaller fits.
    std::array<detail::buffer, 5> h{detail::buffer{40, 0, 9, 0}, detail::buffer{24, 0, 1, 0}, detail::buffer{23, 0, 9, 0},
                                    detail::buffer{22, 2, 3, 0}, detail::buffer{0, 0, 9, 0}};
    CHECK(detail::place(h, 8) == 64 + 23);
    CHECK(h[1].offset == 40);
    CHECK(h[2].offset == 64);
    CHECK(h[3].offset == 40);
    CHECK(h[4].offset == 0);

    STATIC_REQUIRE(detail::buffer{1, 0, 2, 0}.meets({1, 2, 3, 0}));
    STATIC_REQUIRE_FALSE(detail::buffer{1, 0, 1, 0}.meets({1, 2, 3, 0}));
}

TEST_CASE("a chain: two buffers, the third where the first was") {
    constexpr auto& plan = plan_of<in_a_row, arch::scalar>;
    // The caller's input and output take nothing; 20 and 30 bytes are alive together, then 30 and 40: 40 at 0, 30 behind, 20 at 0.
    STATIC_REQUIRE(plan.buffers[0].bytes == 0);
    STATIC_REQUIRE(plan.buffers[4].bytes == 0);
    STATIC_REQUIRE((plan.buffers[3].bytes == 40 && plan.buffers[3].offset == 0));
    STATIC_REQUIRE((plan.buffers[2].bytes == 30 && plan.buffers[2].offset == 40));
    STATIC_REQUIRE((plan.buffers[1].bytes == 20 && plan.buffers[1].offset == 0));
    STATIC_REQUIRE(arena_bytes<in_a_row, arch::scalar> == 70);
    STATIC_REQUIRE(activation_bytes<in_a_row> == 70);
    STATIC_REQUIRE(plan.scratch_bytes == 0);
    // Three inputs at once: 120, and 90 behind.
    STATIC_REQUIRE(arena_bytes<in_a_row, arch::scalar, 3> == 210);
    STATIC_REQUIRE(activation_bytes<in_a_row, 3> == 210);
}

TEST_CASE("a residual keeps its input until the branch is joined") {
    // Edges: 1 = 32 bytes, which the sum takes the place of, 2 = 24, 3 = 32.
    constexpr auto& plan = plan_of<around, arch::scalar>;
    STATIC_REQUIRE(plan.root == std::array<std::size_t, 6>{0, 1, 2, 3, 1, 5});
    STATIC_REQUIRE((plan.buffers[1].first == 0 && plan.buffers[1].last == 4));
    STATIC_REQUIRE((plan.buffers[2].first == 1 && plan.buffers[2].last == 2));
    STATIC_REQUIRE((plan.buffers[3].first == 2 && plan.buffers[3].last == 3));
    STATIC_REQUIRE((plan.buffers[1].offset == 0 && plan.buffers[2].offset == 64 && plan.buffers[3].offset == 32));
    STATIC_REQUIRE(arena_bytes<around, arch::scalar> == 32 + 32 + 24);
}

TEST_CASE("layers that write where they read") {
    // relu and flatten share the convolution's buffer.
    constexpr auto& plan = plan_of<names, arch::scalar>;
    STATIC_REQUIRE(plan.root == std::array<std::size_t, 5>{0, 1, 1, 1, 4});
    STATIC_REQUIRE((plan.buffers[1].bytes == 32 && plan.buffers[1].first == 0 && plan.buffers[1].last == 3));
    STATIC_REQUIRE((plan.buffers[2].bytes == 0 && plan.buffers[3].bytes == 0));
    STATIC_REQUIRE(plan.is_output(4));
    STATIC_REQUIRE_FALSE(plan.is_output(1));

    // Here somebody else reads what relu reads, so that it may not be changed.
    constexpr auto& other = plan_of<twice, arch::scalar>;
    STATIC_REQUIRE(other.root == std::array<std::size_t, 5>{0, 1, 2, 1, 4});
    STATIC_REQUIRE(arena_bytes<twice, arch::scalar> == 16);

    // The caller's input is never written to.
    using first = model<input<int8, 8>, relu, linear<2>>;
    STATIC_REQUIRE(plan_of<first, arch::scalar>.root == std::array<std::size_t, 3>{0, 1, 2});
}

TEST_CASE("scratch of kernels lies beside what they read and write") {
    // 3 x 3 windows of two bytes a pixel, where they meet the border, in tiles of the scalar arch's rows; outputs of 1 x 4 x 4.
    using padded = model<input<int8, 4, 4, 2>, conv2d<1, window<3, 3>, same>, linear<2>>;
    constexpr auto& plan = plan_of<padded, arch::scalar>;
    constexpr std::size_t windows = detail::node_execution<padded, 0, arch::scalar>::max_rows * 18;
    STATIC_REQUIRE(plan.buffers[3].bytes == windows);
    STATIC_REQUIRE(plan.scratch_bytes == windows);
    STATIC_REQUIRE(plan_of<padded, arch::scalar, 1, 3>.scratch_bytes == 3 * windows);
    STATIC_REQUIRE(arena_bytes<padded, arch::scalar> == 24 + 16);  // the larger of both first, the other aligned
    STATIC_REQUIRE(activation_bytes<padded> == 16);
    // Windows of one pixel are read where they lie.
    STATIC_REQUIRE(plan_of<names, arch::scalar>.scratch_bytes == 0);
    STATIC_REQUIRE(arena_bytes<names, arch::scalar> == 32);
    // avx2 multiplies 16 bits: products copy rows too, 4 bytes for each pair of the 8 weights.
    constexpr auto& wide = plan_of<names, arch::avx2>;
    STATIC_REQUIRE(wide.buffers[5 + 3].bytes == detail::node_execution<names, 3, arch::avx2>::max_rows * 32 * 2);
    STATIC_REQUIRE(wide.bytes % 2 == 0);
}

TEST_CASE("what is fused has no buffer, and needs room when it is traced") {
    // 8 x 8 x 2 -> 8 x 8 x 16 -> 4 x 4 x 16 -> 3.
    using pooled = model<input<int8, 8, 8, 2>, conv2d<16, window<3, 3>, same>, max_pool2d<2>, linear<3>>;
    constexpr auto& plan = plan_of<pooled, arch::avx512_vnni>;
    STATIC_REQUIRE((plan.is_fused(0) && !plan.is_fused(1) && !plan.is_fused(2)));
    STATIC_REQUIRE(plan.buffers[1].bytes == 0);
    // Written while the input is read, and read by the linear layer.
    STATIC_REQUIRE((plan.buffers[2].bytes == 4 * 4 * 16 && plan.buffers[2].first == 0 && plan.buffers[2].last == 2));
    constexpr auto& traced = plan_of<pooled, arch::avx512_vnni, 1, 1, true>;
    STATIC_REQUIRE_FALSE(traced.is_fused(0));
    STATIC_REQUIRE((traced.buffers[1].bytes == 8 * 8 * 16 && traced.buffers[1].first == 0 && traced.buffers[1].last == 1));
    STATIC_REQUIRE((traced.buffers[2].first == 1 && traced.buffers[2].last == 2));
    STATIC_REQUIRE(arena_bytes<pooled, arch::avx512_vnni> + 64 < arena_bytes<pooled, arch::avx512_vnni, 1, 1, true>);
    STATIC_REQUIRE(traced_arena<pooled, arch::avx512_vnni>{}.size() == arena_bytes<pooled, arch::avx512_vnni, 1, 1, true>);
    // The scalar arch fuses nothing.
    STATIC_REQUIRE(arena_bytes<pooled, arch::scalar> == arena_bytes<pooled, arch::scalar, 1, 1, true>);
}

TEST_CASE("sums take the place of what is added where nobody reads that later") {
    using wide = conv2d<8>;
    // The convolution would still read the edge where it added; somebody reads it after; the caller's input is the only other one: nothing
    // is fused, and the sum takes the place of the convolution's output, or of both.
    using reads = model<input<int8, 1, 1, 4>, wide, residual<wide>, linear<2>>;
    STATIC_REQUIRE(plan_of<reads, arch::scalar>.root == std::array<std::size_t, 5>{0, 1, 2, 1, 4});
    STATIC_REQUIRE(arena_bytes<reads, arch::scalar> == 8 + 8);
    using later =
        graph<input<int8, 1, 1, 8>, node<wide, 0>, node<wide, 1>, node<wide, 2>, node<add<>, 3, 1>, node<add<>, 4, 1>, node<wide, 5>>;
    STATIC_REQUIRE(plan_of<later, arch::scalar>.root == std::array<std::size_t, 7>{0, 1, 2, 3, 3, 1, 6});
    using callers = model<input<int8, 1, 1, 8>, residual<wide>, wide>;
    STATIC_REQUIRE(plan_of<callers, arch::scalar>.root == std::array<std::size_t, 4>{0, 1, 1, 3});
    STATIC_REQUIRE(arena_bytes<callers, arch::scalar> == 8);
    // A block at the end works in the caller's output. A line of eight bytes waits for its addition.
    using last = model<input<int8, 1, 1, 4>, wide, residual<conv2d<24>, wide>>;
    STATIC_REQUIRE((plan_of<last, arch::scalar>.is_output(1) && plan_of<last, arch::scalar>.is_fused(2)));
    STATIC_REQUIRE(arena_bytes<last, arch::scalar> == 24 + 8);
    STATIC_REQUIRE((arena_bytes<last, arch::scalar, 1, 3> == 24 + 24 && arena_bytes<last, arch::scalar, 2> == 48 + 8));
    // A name that is given later keeps the values too.
    using named = graph<input<int8, 1, 1, 8>, node<wide, 0>, node<wide, 1>, node<wide, 2>, node<add<>, 3, 1>, node<flatten, 1>>;
    STATIC_REQUIRE(plan_of<named, arch::scalar>.root == std::array<std::size_t, 6>{0, 1, 2, 3, 3, 1});
}

TEST_CASE("what residual networks take") {
    // ResNet of MLPerf Tiny (image classification): 16 KB of 32 x 32 x 16 and as much again of the block's first layer.
    STATIC_REQUIRE(activation_bytes<classifier> == 2 * 32 * 32 * 16);
    STATIC_REQUIRE(plan_of<classifier, arch::avx512_vnni>.root ==
                   std::array<std::size_t, 16>{0, 1, 2, 3, 1, 5, 6, 7, 6, 9, 10, 11, 10, 13, 14, 15});
    // Where nothing is fused the second layer of the first block has its output too. The rest is scratch: a window, and a line of sums.
    STATIC_REQUIRE(arena_bytes<classifier, arch::scalar> == 2 * 16384 + 144 + 32 * 16);
    STATIC_REQUIRE(arena_bytes<classifier, arch::scalar, 1, 1, true> == 3 * 16384 + 144);
}

TEST_CASE("problems of layers") {
    using net = model<input<int8, 6, 6, 4>, conv2d<8, window<3, 2>>, conv2d<6, window<2, 2>, groups<2>>,
                      conv2d<5, window<2, 2>, dilation<2>>, linear<3>>;
    using first = detail::node_problem<net, 0, arch::scalar>::type;
    STATIC_REQUIRE(std::same_as<first, problem<std::int8_t, 8, 24, 8, 1>>);  // rows of a window are neighbours
    using second = detail::node_problem<net, 1, arch::scalar>::type;
    STATIC_REQUIRE(std::same_as<second, problem<std::int8_t, 3, 16, 4, 2>>);  // each tap is apart: 4 of 8 channels
    using third = detail::node_problem<net, 2, arch::scalar>::type;
    STATIC_REQUIRE(std::same_as<third, problem<std::int8_t, 5, 24, 6, 1>>);  // taps are not neighbours
    using last = detail::node_problem<net, 3, arch::scalar>::type;
    STATIC_REQUIRE(std::same_as<last, product_problem<std::int8_t, 3, 10, 1>>);  // one row meets all weights
}

TEST_CASE("an arena is memory of that size, aligned") {
    STATIC_REQUIRE(arena<in_a_row, arch::scalar>{}.size() == 70);
    STATIC_REQUIRE(alignof(arena<in_a_row, arch::scalar>) == 8);
    STATIC_REQUIRE(alignof(arena<in_a_row, arch::avx512_vnni>) == 64);
}
