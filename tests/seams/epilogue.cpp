// SPDX-License-Identifier: MIT
// An epilogue of a user: whether a sum passes the threshold of its channel.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "seams/layers.hpp"

namespace {

using namespace pare;
using support::guarded;

struct passes {
    using value_type = std::uint8_t;
    const std::int32_t* thresholds = nullptr;
    constexpr value_type operator()(std::int32_t sum, std::size_t n) const { return sum > thresholds[n]; }
};
static_assert(epilogue<passes, std::int32_t>);

template <class Arch>
void check_arch() {
    constexpr std::size_t outputs = 21, channels = 5, depth = 3 * 3 * channels, height = 6, width = 7;
    using shape = problem<std::int8_t, outputs, depth, 3 * channels>;
    using execution = pare::select<weights<int8>, shape, Arch>;
    support::lots r(3);
    fuzz::drawn_weights<weights<int8>, std::int8_t, rounding::fp32, fuzz::epilogue_choice::raw> w;
    w.template draw<std::int32_t>(r, outputs, depth, depth);
    const auto packed = pack_weights<execution, rounding::fp32, guarded>(w.stored, execution{}, w.in, w.out);
    std::vector<std::int32_t> thresholds;
    for (std::size_t n = 0; n < outputs; ++n) thresholds.push_back(std::int32_t(r.integer(-100000, 100000)));

    // The product reads the pixels of the image as rows of a matrix.
    const auto x = fuzz::draw_activations<std::int8_t>(r, height * width * channels);
    std::vector<std::uint8_t> got(height * width * outputs);
    constexpr conv_geometry around{3, 3, 1, 1, 1, 1, 1, 1};
    constexpr conv_shape shape_of_image{around, height, width, channels, height, width};
    std::vector<std::byte> memory(conv_scratch_bytes(execution{}, shape_of_image) + 64);
    const std::span scratch(reinterpret_cast<typename execution::dot::lhs*>(memory.data()),
                            memory.size() / sizeof(typename execution::dot::lhs));
    const auto check = [&](const std::vector<reference::total>& sums) {
        std::size_t passed = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            REQUIRE(int(got[i]) == int(sums[i].integer > thresholds[i % outputs]));
            passed += got[i];
        }
        CHECK((passed > 0 && passed < sums.size()));
    };
    const std::size_t rows = x.size() / depth;
    gemm({x.data(), rows, depth, depth}, packed, {got.data(), rows, outputs, outputs}, passes{thresholds.data()}, scratch);
    check(reference::linear(x.data(), rows, depth, w.in.zero_point, w.plain, w.matrix));
    conv2d_kernel({x.data(), height, width, channels, width * channels, channels}, around, packed, std::int8_t(w.in.zero_point),
                  {got.data(), height, width, outputs, width * outputs, outputs}, passes{thresholds.data()}, scratch);
    check(reference::conv2d(reference::image<std::int8_t>{x.data(), height, width, channels, width * channels, channels},
                            reference::same(height, 3, 1, 1), reference::same(width, 3, 1, 1), 1, w.in.zero_point, w.plain, w.matrix));
}

}  // namespace

TEST_CASE("an epilogue of a user, scalar") { check_arch<arch::scalar>(); }
TEST_CASE("an epilogue of a user, native") { check_arch<arch::native>(); }
