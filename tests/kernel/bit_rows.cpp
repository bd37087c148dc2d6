// SPDX-License-Identifier: MIT
// Binary values, bits in and bits out: rows of bits by hand, then products and convolutions drawn by lot against sums of +1 and -1.
#include <pare/kernel/bit_rows.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pare/kernel/conv.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using support::guarded;
using support::guarded_vector;
using support::lots;

using format = weights<binary, per_channel>;
using stored = stored_weights<format, dynamic, dynamic, guarded>;

/// Bits of a row written in pieces of `piece`, over words that were all ones.
template <std::size_t Words>
constexpr std::array<binary_word, Words> row_in_pieces(std::size_t outputs, std::size_t piece, std::uint64_t bits) {
    std::array<binary_word, Words> row{};
    for (binary_word& w : row) w.bits = ~std::uint32_t(0);
    for (std::size_t n = 0; n < outputs; n += piece) write_row_bits(row.data(), n, std::min(piece, outputs - n), outputs, bits >> n);
    return row;
}
static_assert(row_in_pieces<2>(40, 3, 0xa5'1234'5678) == std::array<binary_word, 2>{{{0x12345678}, {0xa5}}});

/// Values of +1 and -1 in rows, `run` of them from the front of a word on.
struct words {
    std::size_t run;
    guarded_vector<binary_word> data;

    words(std::size_t rows, std::size_t values) : run(values), data(rows * binary_word::words(values)) {}
    words(lots& r, std::size_t rows, std::size_t values) : words(rows, values) {
        const auto s = support::draw_spread(r);
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t i = 0; i < values; ++i) data[row * stride() + i / 32].bits |= support::draw_code<binary>(r, s) << (i % 32);
    }
    std::size_t stride() const { return binary_word::words(run); }
    int value(std::size_t row, std::size_t i) const { return (data[row * stride() + i / 32].bits >> (i % 32)) & 1 ? -1 : 1; }
};

struct weights_drawn {
    stored w;
    std::size_t depth;
    weights_drawn(lots& r, std::size_t outputs, std::size_t d) : depth(d) {
        support::draw_tensor(r, w, outputs, depth, std::int64_t(r.pick({3, 40, 2000})));
    }
    int value(std::size_t n, std::size_t k) const { return read_bits(w.codes.data(), n * depth + k, 1) ? -1 : 1; }
};

/// What is wrong with rows of bits, where sums(row, n) are right. Behind a row all bits are 0.
template <class Sums>
std::string wrong_bits(const words& got, std::size_t rows, std::size_t outputs, const Sums& sums) {
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t word = 0; word < got.stride(); ++word) {
            std::uint32_t wanted = 0;
            for (std::size_t bit = 0; bit < 32 && word * 32 + bit < outputs; ++bit)
                wanted |= std::uint32_t(sums(row, word * 32 + bit) < 0) << bit;
            if (const std::uint32_t wrong = got.data[row * got.stride() + word].bits ^ wanted; wrong != 0)
                return "bit " + std::to_string(word * 32 + std::size_t(std::countr_zero(wrong))) + " of row " + std::to_string(row);
        }
    return "";
}

/// Work in three pieces, the last first.
struct backwards {
    std::size_t concurrency() const { return 3; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        while (n-- > 0) f(n);
    }
};

template <class Arch, std::size_t N = dynamic, std::size_t Depth = dynamic>
void check_some_products(std::size_t draws) {
    using shape = problem<binary_word, N, Depth == dynamic ? dynamic : binary_word::words(Depth)>;
    using execution = pare::select<format, shape, Arch>;
    for (std::size_t i = 0; i < draws; ++i) {
        lots r(21, Arch::lanes, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        const std::size_t m = r.between(1, 17), n = N == dynamic ? r.between(1, 140) : N;
        const std::size_t k = Depth == dynamic ? r.pick<std::size_t>({r.between(1, 70), r.between(1, 400), 32, 64, 2048}) : Depth;
        INFO(Arch::name << ", draw " << i << ": " << m << " x " << n << " x " << k);
        const weights_drawn w(r, n, k);
        const words x(r, m, k);
        const std::size_t depth = binary_word::words(k);
        const auto packed = pack_weights<execution, rounding::fp32, guarded>(w.w, execution{shape::extents::of({n, depth, depth, 1})},
                                                                             {0.5f, 0}, {0.25f, 0}, k);
        std::vector<std::int32_t> sums(m * n);
        for (std::size_t row = 0; row < m; ++row)
            for (std::size_t o = 0; o < n; ++o) {
                sums[row * n + o] = w.w.bias[o];
                for (std::size_t j = 0; j < k; ++j) sums[row * n + o] += x.value(row, j) * w.value(o, j);
            }
        const matrix_view<const binary_word> lhs{x.data.data(), m, depth, depth};

        guarded_vector<std::int32_t> raw(m * n);
        gemm(lhs, packed, contiguous_matrix(raw.data(), m, n), raw_sum<std::int32_t>{});
        REQUIRE(std::equal(raw.begin(), raw.end(), sums.begin()));

        guarded_vector<std::int8_t> bytes(m * n);
        const auto narrow = requantize_sums<std::int8_t>(packed, {3, -128, 127});
        gemm(lhs, packed, contiguous_matrix(bytes.data(), m, n), narrow);
        for (std::size_t at = 0; at < m * n; ++at) REQUIRE(bytes[at] == narrow(sums[at], at % n));

        words bits(m, n), pieces(m, n);
        gemm(lhs, packed, contiguous_matrix(bits.data.data(), m, bits.stride()), binarize{n});
        REQUIRE(wrong_bits(bits, m, n, [&](std::size_t row, std::size_t o) { return sums[row * n + o]; }) == "");
        gemm(lhs, packed, contiguous_matrix(pieces.data.data(), m, bits.stride()), binarize{n}, {}, backwards{});
        REQUIRE(pieces.data == bits.data);
    }
}

template <class Arch, std::size_t... Static>
void check_products(std::size_t draws) {
    if constexpr (arch::compiled_for<Arch>)
        if (arch::available<Arch>()) return check_some_products<Arch, Static...>(draws);
    WARN(Arch::name << " is not here");
}

/// A convolution of bits: `Out` outputs, in `Groups` groups, of an image of Height x Width x Channels.
template <class Arch, conv_geometry G, std::size_t Height, std::size_t Width, std::size_t Channels, std::size_t Out, std::size_t Groups = 1>
void check_convolution() {
    constexpr std::size_t in_words = Groups * binary_word::words(Channels / Groups);
    constexpr std::size_t down = (G.kernel_height - 1) * G.dilation_y + 1, across = (G.kernel_width - 1) * G.dilation_x + 1;
    constexpr std::size_t out_height = (Height + 2 * G.pad_top - down) / G.stride_y + 1;
    constexpr std::size_t out_width = (Width + 2 * G.pad_left - across) / G.stride_x + 1;
    constexpr conv_shape lies{G, Height, Width, in_words, out_height, out_width};
    using execution = pare::select<format, conv_problem<format, binary_word, Out / Groups, lies, Groups, Arch>, Arch>;
    constexpr std::size_t each = Channels / Groups, depth = G.kernel_height * G.kernel_width * each;
    for (std::size_t i = 0; i < 6; ++i) {
        lots r(22, Arch::lanes, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        INFO(Arch::name << ", draw " << i << ": " << Height << " x " << Width << " x " << Channels << " -> " << Out);
        const weights_drawn w(r, Out, depth);
        const words image(r, Height * Width, Channels);
        const auto packed = pack_weights<execution, rounding::fp32, guarded>(w.w, execution{}, {}, {}, each);
        std::vector<std::int32_t> sums;
        for (std::size_t y = 0; y < out_height; ++y)
            for (std::size_t x = 0; x < out_width; ++x)
                for (std::size_t n = 0; n < Out; ++n) {
                    std::int32_t sum = w.w.bias[n];
                    for (std::size_t k = 0; k < depth; ++k) {
                        const std::size_t tap = k / each, iy = y * G.stride_y + tap / G.kernel_width * G.dilation_y - G.pad_top;
                        const std::size_t ix = x * G.stride_x + tap % G.kernel_width * G.dilation_x - G.pad_left;
                        if (iy < Height && ix < Width)
                            sum += w.value(n, k) * image.value(iy * Width + ix, n / (Out / Groups) * each + k % each);
                    }
                    sums.push_back(sum);
                }
        const auto view = contiguous_image(image.data.data(), Height, Width, in_words);
        guarded_vector<binary_word> scratch(conv_scratch_bytes(execution{}, lies, 3) / sizeof(binary_word));

        guarded_vector<std::int32_t> raw(sums.size());
        conv2d_kernel<plan_conv(execution{}, lies)>(view, G, packed, binary_word{},
                                                    contiguous_image(raw.data(), out_height, out_width, Out), raw_sum<std::int32_t>{},
                                                    std::span(scratch));
        REQUIRE(std::equal(raw.begin(), raw.end(), sums.begin()));

        words bits(out_height * out_width, Out), pieces(out_height * out_width, Out);
        const auto image_of = [&](words& to) { return contiguous_image(to.data.data(), out_height, out_width, to.stride()); };
        conv2d_kernel<plan_conv(execution{}, lies)>(view, G, packed, binary_word{}, image_of(bits), binarize{Out}, std::span(scratch));
        REQUIRE(wrong_bits(bits, out_height * out_width, Out, [&](std::size_t row, std::size_t n) { return sums[row * Out + n]; }) == "");
        conv2d_kernel(view, G, packed, binary_word{}, image_of(pieces), binarize{Out}, std::span(scratch), backwards{});
        REQUIRE(pieces.data == bits.data);
    }
}

template <class Arch>
void check_some_convolutions() {
    check_convolution<Arch, conv_geometry{3, 3, 1, 1, 1, 1, 1, 1}, 5, 7, 64, 32>();
    check_convolution<Arch, conv_geometry{3, 3, 1, 1, 1, 1, 1, 1}, 4, 3, 40, 17>();
    check_convolution<Arch, conv_geometry{3, 2, 2, 1, 1, 1, 1, 0}, 6, 5, 32, 70>();
    check_convolution<Arch, conv_geometry{2, 3, 1, 2, 1, 1, 0, 0}, 5, 9, 33, 64>();
    check_convolution<Arch, conv_geometry{3, 3, 1, 1, 2, 2, 0, 0}, 7, 6, 32, 12>();
    check_convolution<Arch, conv_geometry{1, 1, 1, 1, 1, 1, 0, 0}, 3, 4, 96, 48>();
    check_convolution<Arch, conv_geometry{3, 3, 1, 1, 1, 1, 0, 0}, 4, 5, 64, 20, 2>();
}

template <class Arch>
void check_convolutions() {
    if constexpr (arch::compiled_for<Arch>)
        if (arch::available<Arch>()) return check_some_convolutions<Arch>();
    WARN(Arch::name << " is not here");
}

}  // namespace

TEST_CASE("a row of bits is written in pieces, and what is behind it is 0") {
    for (const std::size_t piece : std::array<std::size_t, 6>{1, 3, 8, 16, 32, 40})
        CHECK(row_in_pieces<2>(40, piece, 0xa5'1234'5678) == row_in_pieces<2>(40, 1, 0xa5'1234'5678));
    CHECK(row_in_pieces<2>(33, 8, 0x1'8000'0001) == std::array<binary_word, 2>{{{0x80000001}, {1}}});
    CHECK(row_in_pieces<1>(5, 8, 0x15) == std::array<binary_word, 1>{{{0x15}}});
    CHECK(row_in_pieces<2>(64, 32, 0x8000000000000007) == std::array<binary_word, 2>{{{7}, {0x80000000}}});
}

TEST_CASE("products of binary values equal sums of +1 and -1 on every arch") {
#if !defined(PARE_FEW_ARCHS)
    check_products<arch::scalar>(120);
    check_products<support::odd_3x2>(60);
    check_products<support::odd_5x3>(60);
    check_products<arch::sse4_1>(60);
    check_products<arch::avx512>(60);
#endif
    check_products<arch::avx2>(240);
    check_products<arch::avx512_vnni>(240);
    check_products<arch::native>(60);
    check_products<arch::native, 64, 576>(10);
    check_products<arch::native, 100, 70>(10);
    check_products<arch::scalar, 33, 40>(10);
}

TEST_CASE("convolutions of binary values leave out what lies outside the image, on every arch") {
#if !defined(PARE_FEW_ARCHS)
    check_convolutions<arch::scalar>();
    check_convolutions<support::odd_3x2>();
    check_convolutions<arch::sse4_1>();
#endif
    check_convolutions<arch::avx2>();
    check_convolutions<arch::avx512_vnni>();
    check_convolutions<arch::native>();
}

TEST_CASE("activations of 8 bits become bits") {
    lots r(23);
    for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t m = r.between(1, 9), n = r.between(1, 90), k = r.between(1, 50);
        using shape = problem<std::int8_t, dynamic, dynamic>;
        using execution = pare::select<format, shape, arch::native>;
        const weights_drawn w(r, n, k);
        guarded_vector<std::int8_t> x(m * k);
        for (std::int8_t& v : x) v = support::draw_activation<std::int8_t>(r, support::spread::even);
        const auto packed =
            pack_weights<execution, rounding::fp32, guarded>(w.w, execution{shape::extents::of({n, k, k, 1})}, {1, -7}, {1, 0});
        guarded_vector<typename execution::dot::lhs> scratch(gemm_scratch_bytes(packed.shape) / sizeof(typename execution::dot::lhs));
        words bits(m, n);
        gemm(contiguous_matrix(std::as_const(x).data(), m, k), packed, contiguous_matrix(bits.data.data(), m, bits.stride()), binarize{n},
             std::span(scratch));
        REQUIRE(wrong_bits(bits, m, n, [&](std::size_t row, std::size_t o) {
                    std::int32_t sum = w.w.bias[o];
                    for (std::size_t j = 0; j < k; ++j) sum += (x[row * k + j] + 7) * w.value(o, j);
                    return sum;
                }) == "");
    }
}
