// SPDX-License-Identifier: MIT
#include "executor_check.hpp"

#include <pare/io/owned.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "digits/models.hpp"
#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_parameters.hpp"

namespace {

using namespace pare;
using check::any_executor;
using format = weights<int8, per_channel>;

std::vector<std::int8_t> draw_values(support::lots& r, std::size_t count) {
    std::vector<std::int8_t> values(count);
    for (auto& v : values) v = std::int8_t(r.integer(-128, 127));
    return values;
}

/// Any weights of `rows` outputs, whose sums take about the range of a byte.
stored_weights<format, dynamic, dynamic, owned> draw_weights(support::lots& r, std::size_t rows, std::size_t depth) {
    stored_weights<format, dynamic, dynamic, owned> w;
    for (const std::int8_t v : draw_values(r, rows * depth)) w.codes.push_back(std::byte(std::max<std::int8_t>(v, -127)));
    for (std::size_t n = 0; n < rows; ++n) w.bias.push_back(std::int32_t(r.integer(-1000, 1000)));
    for (std::size_t n = 0; n < rows; ++n) w.scales.push_back(float(r.real(0.5, 1.0)) / 100 / float(depth));
    return w;
}

template <class Lhs>
std::vector<Lhs> scratch_of(std::size_t bytes) {
    return std::vector<Lhs>(bytes / sizeof(Lhs));
}

/// M x N x K on `Arch`; the compiler knows the extents that are given to it.
template <class Arch, std::size_t M = dynamic, std::size_t N = dynamic, std::size_t K = dynamic>
void check_product(const any_executor& exec, std::size_t m, std::size_t n, std::size_t k) {
    using shape = problem<std::int8_t, N, K>;
    using execution = pare::select<format, shape, Arch>;
    support::lots r(21, m, n);
    const auto packed = pack_weights<execution, rounding::fp32, owned>(draw_weights(r, n, k), execution{shape::extents::of({n, k, k, 1})},
                                                                       {1.0f, 3}, {1.0f, 0});
    const auto x = draw_values(r, m * k);
    const auto epilogue = requantize_sums<std::int8_t>(packed, {0, -128, 127});
    std::vector<std::int8_t> alone(m * n), shared(m * n);
    auto scratch = scratch_of<typename execution::dot::lhs>(gemm_scratch_bytes(packed.shape, exec.concurrency()));
    gemm<M, K, N>(contiguous_matrix(x.data(), m, k), packed, contiguous_matrix(alone.data(), m, n), epilogue, std::span(scratch));
    gemm<M, K, N>(contiguous_matrix(x.data(), m, k), packed, contiguous_matrix(shared.data(), m, n), epilogue, std::span(scratch), exec);
    INFO(Arch::name << " " << m << " x " << n << " x " << k);
    CHECK(std::count(alone.begin(), alone.end(), alone[0]) < std::ptrdiff_t(alone.size()));
    REQUIRE(shared == alone);
}

template <class Arch>
void check_products(const any_executor& exec) {
    if constexpr (arch::compiled_for<Arch>)
        if (arch::available<Arch>()) {
            check_product<Arch>(exec, 37, 200, 64);
            check_product<Arch>(exec, 100, 40, 33);
            check_product<Arch>(exec, 1, 300, 50);
            check_product<Arch>(exec, 2, 7, 9);
            check_product<Arch, 40, 16, 64>(exec, 40, 16, 64);
        }
}

/// 3 x 3 over `height` x 9 x 16 to 24 channels.
template <class Arch>
void check_conv(const any_executor& exec, std::size_t height) {
    using execution = pare::select<format, problem<std::int8_t, 24, 144, 48>, Arch>;
    constexpr conv_geometry geometry{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    support::lots r(22);
    const auto packed = pack_weights<execution, rounding::fp32, owned>(draw_weights(r, 24, 144), execution{}, {1.0f, 3}, {1.0f, 0});
    const auto x = draw_values(r, height * 9 * 16);
    const auto epilogue = requantize_sums<std::int8_t>(packed, {0, -128, 127});
    const conv_shape shape{geometry, height, 9, 16, height, 9, true};
    std::vector<std::int8_t> alone(height * 9 * 24), shared(height * 9 * 24);
    auto scratch = scratch_of<typename execution::dot::lhs>(conv_scratch_bytes(packed.shape, shape, exec.concurrency()));
    const auto image = contiguous_image(x.data(), height, 9, 16);
    conv2d_kernel(image, geometry, packed, 3, contiguous_image(alone.data(), height, 9, 24), epilogue, std::span(scratch));
    conv2d_kernel(image, geometry, packed, 3, contiguous_image(shared.data(), height, 9, 24), epilogue, std::span(scratch), exec);
    INFO(Arch::name << " " << height << " rows");
    REQUIRE(shared == alone);
}

void check_depthwise(const any_executor& exec) {
    using packed_type = packed_depthwise<format, std::int8_t, 32, 9, rounding::fp32, owned>;
    constexpr conv_geometry geometry{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    support::lots r(23);
    const auto packed = pack_depthwise<packed_type>(draw_weights(r, 32, 9), 32, 9, {1.0f, 3}, {1.0f, 0});
    const auto x = draw_values(r, 11 * 9 * 32);
    const auto epilogue = requantize_sums<std::int8_t>(packed, {0, -128, 127});
    std::vector<std::int8_t> alone(x.size()), shared(x.size());
    const auto image = contiguous_image(x.data(), 11, 9, 32);
    depthwise_kernel(image, geometry, packed, 1, std::int8_t(3), contiguous_image(alone.data(), 11, 9, 32), epilogue);
    depthwise_kernel(image, geometry, packed, 1, std::int8_t(3), contiguous_image(shared.data(), 11, 9, 32), epilogue, exec);
    REQUIRE(shared == alone);
}

using digits_model = digits::int8_per_channel;
constexpr std::size_t batch = 3;
using outputs = std::vector<std::int8_t>;

template <std::size_t Threads, class Packed>
void check_model(const any_executor& exec, const Packed& packed, std::span<const std::int8_t> images, const outputs& alone) {
    if (exec.concurrency() != Threads) return;
    outputs shared(alone.size());
    const auto memory = std::make_unique<arena<digits_model, arch::native, batch, Threads>>();
    run_batch<batch, Threads>(packed, images, std::span(shared), *memory, no_trace{}, exec);
    REQUIRE(shared == alone);
}

}  // namespace

namespace check {

void pieces(const any_executor& exec) {
    for (const std::size_t n : {0u, 1u, 2u, 3u, 7u, 8u, 100u}) {
        std::vector<std::atomic<int>> seen(n);
        std::atomic<std::size_t> running = 0, most = 0;
        exec(n, [&](std::size_t i) {
            const std::size_t now = ++running;
            for (std::size_t before = most; before < now && !most.compare_exchange_weak(before, now);) {
            }
            ++seen.at(i);
            --running;
        });
        INFO(n << " pieces, " << exec.concurrency() << " at once");
        REQUIRE(running == 0);
        REQUIRE(most <= exec.concurrency());
        REQUIRE(std::all_of(seen.begin(), seen.end(), [](const auto& times) { return times == 1; }));
    }
}

void products(const any_executor& exec) {
    check_products<arch::avx512_vnni>(exec);
    check_products<arch::avx2>(exec);
    check_products<arch::scalar>(exec);
}

void convolutions(const any_executor& exec) {
    for (const std::size_t height : {1u, 5u, 12u}) check_conv<arch::native>(exec, height);
    check_depthwise(exec);
}

void model(const any_executor& exec) {
    const auto packed = pack<arch::native>(support::random_parameters<digits_model>(24));
    support::lots r(25);
    const auto images = draw_values(r, batch * digits_model::input_shape.size());
    outputs alone(batch * digits_model::output_shape.size());
    const auto memory = std::make_unique<arena<digits_model, arch::native, batch>>();
    run_batch<batch>(packed, std::span(images), std::span(alone), *memory);
    bool known = false;
    [&]<std::size_t... Threads>(std::index_sequence<Threads...>) {
        ((known |= exec.concurrency() == Threads, check_model<Threads>(exec, packed, images, alone)), ...);
    }(std::index_sequence<1, 2, 3, 7>{});
    REQUIRE(known);
}

}  // namespace check
