// SPDX-License-Identifier: MIT
// Depthwise convolution in pairs of rows against the plain loops, for every way in which registers of channels, windows and borders can
// fall, on each arch that has it.
#include <pare/kernel/depthwise_pairs.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/depthwise_cases.hpp"
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/reference.hpp"

namespace {

using namespace pare;
using support::guarded_vector;

template <class Rounding, class Activation>
using packed_as = packed_depthwise<weights<int8, per_channel>, Activation, dynamic, dynamic, Rounding, support::guarded>;

using depthwise_cases::window;

/// Rows of outputs in three pieces.
struct three_pieces {
    std::size_t concurrency() const { return 3; }
    template <class F>
    void operator()(std::size_t n, F&& f) const {
        for (std::size_t i = n; i-- > 0;) f(i);
    }
};

/// One convolution; how many rows and columns of padding there are is drawn for each side.
template <class Arch, class Rounding, class Activation, class Out>
void check(std::size_t channels, std::size_t height, std::size_t width, const window& w, std::size_t number) {
    support::lots r(12, channels * 1000 + width, number);
    INFO(Arch::name << ", " << channels << " channels, " << height << "x" << width << ", window " << w.height << "x" << w.width
                    << " stride " << w.stride << " dilation " << w.dilation << ", number " << number);
    support::guarded_memory::get().put_at_end(number % 2 == 0);
    const std::size_t taps = w.height * w.width;
    packed_as<Rounding, Activation> p;
    p.taps.resize(taps * channels), p.bias.resize(channels), p.scales.resize(channels);
    const bool even = r.one_in(2);
    for (auto& v : p.taps) v = support::draw_activation<std::int8_t>(r, even ? support::spread::even : support::spread::ends);
    for (auto& v : p.bias) v = std::int32_t(r.integer(-5000, 5000));
    // With large scales products leave 32 bits; a range that is all of the type is where registers saturate if they do not.
    const double times = number % 4 == 3 ? 1e6 : 1;
    for (auto& v : p.scales) v = Rounding::from(r.real(0.0005, 0.01) * times);

    const std::size_t gap = r.one_in(2) ? 0 : 5, pixel = channels + gap;
    guarded_vector<Activation> x((height * width - 1) * pixel + channels);
    for (auto& v : x) v = support::draw_activation<Activation>(r, support::spread::ends);
    const auto zero_point = r.one_in(3) ? r.pick({std::numeric_limits<Activation>::min(), std::numeric_limits<Activation>::max()})
                                        : support::draw_activation<Activation>(r, support::spread::even);
    const image_view<const Activation> image{x.data(), height, width, channels, width * pixel, pixel};

    const std::size_t tall = (w.height - 1) * w.dilation + 1, wide = (w.width - 1) * w.dilation + 1;
    const auto padding = [&](std::size_t size) { return std::size_t(r.below(size + 1)); };
    const conv_geometry g{w.height, w.width, w.stride, w.stride, w.dilation, w.dilation, padding(tall), padding(wide)};
    const auto outputs = [&](std::size_t in, std::size_t extent) { return in < extent ? 1 : (in - extent) / w.stride + 1; };
    const std::size_t rows = outputs(height + g.pad_top + padding(tall), tall), columns = outputs(width + g.pad_left + padding(wide), wide);

    using limits = std::numeric_limits<Out>;
    const rounding::output_range some{3, std::is_signed_v<Out> ? -100 : 4, 120}, all{5, limits::min(), limits::max()};
    const requantize<Rounding, Out> epilogue{p.scales.data(), number % 2 == 1 ? all : some};
    const auto run = [&]<class On>(On, const auto& executor) {
        guarded_vector<Out> y((rows * columns - 1) * pixel + channels, Out(77));
        depthwise_kernel<On>(image, g, p, 1, zero_point, {y.data(), rows, columns, channels, columns * pixel, pixel}, epilogue, executor);
        return y;
    };
    const auto wanted = run(arch::scalar{}, inline_executor{});
    REQUIRE(run(Arch{}, inline_executor{}) == wanted);
    REQUIRE(run(Arch{}, three_pieces{}) == wanted);
}

constexpr std::array<window, 16> windows{{{3, 3, 1, 1},
                                          {3, 3, 2, 1},
                                          {3, 3, 3, 1},
                                          {3, 3, 1, 2},
                                          {3, 3, 2, 3},
                                          {2, 2, 1, 1},
                                          {2, 2, 3, 1},
                                          {1, 7, 1, 1},
                                          {7, 1, 1, 1},
                                          {1, 1, 2, 1},
                                          {5, 5, 1, 1},
                                          {5, 5, 2, 1},
                                          {4, 3, 3, 2},
                                          {7, 7, 1, 1},
                                          {7, 7, 1, 40},    // too far apart
                                          {10, 9, 1, 1}}};  // too many taps

template <class Arch>
void check_shapes() {
    using std::int8_t;
    using std::uint8_t;
    std::size_t number = 0;
    for (const std::size_t channels : {1u, 3u, 4u, 7u, 8u, 9u, 15u, 16u, 17u, 24u, 31u, 32u, 33u, 40u, 64u, 70u})
        for (const window& w : windows) {
            const std::size_t width = 1 + number % 19, height = 1 + number % 7;
            check<Arch, rounding::fp32, int8_t, int8_t>(channels, height, width, w, number++);
            check<Arch, rounding::fp32, uint8_t, uint8_t>(channels, height, width, w, number++);
            check<Arch, rounding::fp32, uint8_t, int8_t>(channels, height, width, w, number++);
            check<Arch, rounding::single, int8_t, uint8_t>(channels, height, width, w, number++);
            check<Arch, rounding::gemmlowp, uint8_t, int8_t>(channels, height, width, w, number++);
        }
    for (std::size_t channels = 1; channels <= 70; ++channels)
        check<Arch, rounding::fp32, int8_t, int8_t>(channels, 4, 9, windows[0], number++);
    // Lines that lie in memory in parts.
    for (const std::size_t width : {55u, 63u, 64u, 65u, 130u, 200u})
        for (const window& w : windows) check<Arch, rounding::fp32, int8_t, int8_t>(width % 2 == 0 ? 32 : 33, 5, width, w, number++);
    CHECK(number == 16 * 16 * 5 + 70 + 6 * 16);
}

/// Shapes that the compiler knows, against sums of the reference.
template <class Arch, class Activation, std::size_t Channels, std::size_t Size>
void check_static(std::size_t stride) {
    using format = weights<int8, per_channel>;
    using packed = packed_depthwise<format, Activation, Channels, Size * Size, rounding::fp32, fixed>;
    constexpr std::size_t height = 6, width = 17;
    support::lots r(13, Channels, Size);
    stored_weights<format, Channels, Size * Size, support::guarded> w;
    support::draw_tensor(r, w, Channels, Size * Size, 1000);
    const auto plain = reference::tensor_of(w, Channels, Size * Size);
    const auto in = std::int32_t(support::draw_activation<Activation>(r, support::spread::even));
    const auto p = pack_depthwise<packed>(w, Channels, Size * Size, {1, in}, {4000, 0});
    guarded_vector<Activation> x(height * width * Channels);
    for (auto& v : x) v = support::draw_activation<Activation>(r, support::spread::ends);
    const auto v = reference::same(height, Size, stride, 1), h = reference::same(width, Size, stride, 1);
    guarded_vector<std::int8_t> y(v.out * h.out * Channels);
    const auto epilogue = requantize_sums<std::int8_t>(p, {-7, -128, 127});
    depthwise_kernel<Arch>(contiguous_image<const Activation>(x.data(), height, width, Channels),
                           {Size, Size, stride, stride, 1, 1, std::size_t(v.before), std::size_t(h.before)}, p, 1, Activation(in),
                           contiguous_image(y.data(), v.out, h.out, Channels), epilogue);
    const auto sums = reference::depthwise(reference::image<Activation>{x.data(), height, width, Channels, width * Channels, Channels}, v,
                                           h, 1, in, plain, reference::decode(plain));
    REQUIRE(sums.size() == y.size());
    for (std::size_t i = 0; i < y.size(); ++i)
        REQUIRE(int(y[i]) == rounding::fp32::apply(std::int32_t(sums[i].integer), p.scales[i % Channels], epilogue.range));
}

template <class Arch>
void check_on() {
    if constexpr (arch::compiled_for<Arch>) {
        if (arch::available<Arch>()) {
            // Fewer channels than a register has, one and two registers, registers that overlap; lines of one part and of several.
            CHECK(depthwise_cases::check_all<Arch>({1, 3, 4, 7, 9, 16, 31, 33, 70}, {1, 2, 5, 17, 34}) == 900);
            check_shapes<Arch>();
            check_static<Arch, std::int8_t, 32, 3>(1);
            check_static<Arch, std::uint8_t, 21, 3>(2);
            check_static<Arch, std::int8_t, 5, 5>(1);
            return;
        }
    }
    WARN(Arch::name << " is not here");
}

template <class Arch, class Operand = int8, class Activation = std::int8_t>
constexpr bool pairs = [] {
    using packed = packed_depthwise<weights<Operand, per_channel>, Activation, 16, 9, rounding::fp32, fixed>;
    return kernels::has_pairs<packed, requantize<rounding::fp32, std::int8_t>, Arch>;
}();

// A template, since operations of an arch that is not compiled in have no names.
template <class Arch>
void check_choice() {
    if constexpr (arch::compiled_for<Arch>) {
        STATIC_REQUIRE((pairs<Arch> && pairs<Arch, int4, std::uint8_t>));
        STATIC_REQUIRE_FALSE(pairs<Arch, int16> || pairs<Arch, int8, std::int16_t>);
        // Lines hold 128 registers: of 3 x 3 windows two of them, each with all columns of eight windows.
        using packed = packed_depthwise<weights<int8, per_channel>, std::int8_t, 16, 9, rounding::fp32, fixed>;
        using block = kernels::depthwise_pairs<packed, std::int8_t, Arch>;
        STATIC_REQUIRE(block::registers * Arch::lanes == 32 && block::line_size == 128);
        STATIC_REQUIRE((block::fits({3, 3, 4, 4}) && block::fits({3, 3, 1, 1, 1, 28}) && block::fits({9, 9}) && block::fits({1, 31})));
        STATIC_REQUIRE_FALSE(block::fits({3, 3, 1, 1, 1, 29}) || block::fits({10, 9}) || block::fits({95, 2}) || block::fits({97, 1}));
    }
}

}  // namespace

TEST_CASE("pairs of rows on avx2") { check_on<arch::avx2>(); }
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("pairs of rows on avx_vnni") { check_on<arch::avx_vnni>(); }
TEST_CASE("pairs of rows on sse4_1") { check_on<arch::sse4_1>(); }
TEST_CASE("pairs of rows on avx512") { check_on<arch::avx512>(); }
#endif

TEST_CASE("who multiplies pairs of rows") {
    STATIC_REQUIRE_FALSE(pairs<arch::scalar>);
    check_choice<arch::avx2>();
}
