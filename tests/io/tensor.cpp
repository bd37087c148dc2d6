// SPDX-License-Identifier: MIT
// Tensors of files: types and their sizes, every 16-bit float by its definition, counts that overflow, and what is refused.
#include <pare/io/tensor.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace io = pare::io;
using io::dtype;
using shape = std::vector<std::size_t>;

template <class T>
io::tensor make(const std::vector<T>& values, shape extents) {
    return io::make_tensor("t", std::span<const T>(values), std::move(extents));
}

/// A tensor of type `type` with the bits of `values`.
template <class T>
io::tensor of_bits(dtype type, const std::vector<T>& values) {
    io::tensor t = make(values, {values.size()});
    t.type = type;
    return t;
}

/// A binary16 by its definition: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
double half(unsigned bits) {
    const double sign = (bits & 0x8000u) != 0 ? -1.0 : 1.0;
    const int exponent = int(bits >> 10 & 31u), fraction = int(bits & 1023u);
    if (exponent == 31) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
    return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

std::vector<std::uint16_t> all_16_bits() {
    std::vector<std::uint16_t> all(65536);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = std::uint16_t(i);
    return all;
}

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

}  // namespace

TEST_CASE("types have the names and sizes of safetensors") {
    struct row {
        dtype type;
        std::string name;
        std::size_t size;
    };
    const row rows[] = {{dtype::f64, "F64", 8}, {dtype::f32, "F32", 4},         {dtype::f16, "F16", 2},         {dtype::bf16, "BF16", 2},
                        {dtype::i64, "I64", 8}, {dtype::f8_e4m3, "F8_E4M3", 1}, {dtype::f8_e5m2, "F8_E5M2", 1}, {dtype::i32, "I32", 4},
                        {dtype::i16, "I16", 2}, {dtype::i8, "I8", 1},           {dtype::u64, "U64", 8},         {dtype::u32, "U32", 4},
                        {dtype::u16, "U16", 2}, {dtype::u8, "U8", 1},           {dtype::boolean, "BOOL", 1}};
    for (const row& r : rows) {
        CHECK(name_of(r.type) == r.name);
        CHECK(size_of(r.type) == r.size);
        CHECK(io::dtype_named(r.name) == r.type);
    }
    CHECK_FALSE(io::dtype_named("f32").has_value());
    CHECK_FALSE(io::dtype_named("").has_value());
    CHECK_FALSE(io::dtype_named("F8").has_value());
}

TEST_CASE("C++ types are elements by their width and sign") {
    STATIC_REQUIRE((io::dtype_of<double>() == dtype::f64 && io::dtype_of<float>() == dtype::f32));
    STATIC_REQUIRE((io::dtype_of<std::int64_t>() == dtype::i64 && io::dtype_of<std::int32_t>() == dtype::i32));
    STATIC_REQUIRE((io::dtype_of<std::int16_t>() == dtype::i16 && io::dtype_of<std::int8_t>() == dtype::i8));
    STATIC_REQUIRE((io::dtype_of<std::uint64_t>() == dtype::u64 && io::dtype_of<std::uint32_t>() == dtype::u32));
    STATIC_REQUIRE((io::dtype_of<std::uint16_t>() == dtype::u16 && io::dtype_of<std::uint8_t>() == dtype::u8));
    STATIC_REQUIRE((io::element<long> && io::element<long long> && io::dtype_of<long long>() == dtype::i64));
    STATIC_REQUIRE_FALSE((io::element<bool> || io::element<long double> || io::element<std::byte> || io::element<dtype>));
}

TEST_CASE("counts and bytes of shapes") {
    const auto count = [](const shape& extents) { return io::tensor{"t", dtype::f32, extents, {}}.count(); };
    CHECK(count({}) == 1);  // a scalar
    CHECK(count({2, 3, 5}) == 30);
    CHECK(count({2, 0, 5}) == 0);
    CHECK(count({most, 2, 0}) == 0);
    CHECK(count({most}) == most);
    CHECK_THROWS_WITH(count({most / 2 + 1, 2}), "t: the number of elements must fit; got [9223372036854775808, 2]; needs less than 2^64");

    CHECK(io::detail::bytes_of(dtype::f64, shape{2, 3}) == 48u);
    CHECK(io::detail::bytes_of(dtype::u8, shape{most}) == most);
    CHECK_FALSE(io::detail::bytes_of(dtype::u16, shape{most}).has_value());
    CHECK_FALSE(io::detail::bytes_of(dtype::u8, shape{most, most}).has_value());
    CHECK(io::detail::shape_text(shape{}) == "[]");
    CHECK(io::detail::shape_text(shape{7}) == "[7]");
    CHECK(io::detail::shape_text(shape{2, 3}) == "[2, 3]");
}

TEST_CASE("values are copied in and out") {
    const io::tensor t = make<std::int16_t>({-2, 258}, {2, 1});
    CHECK(t.name == "t");
    CHECK(t.type == dtype::i16);
    CHECK(t.shape == shape{2, 1});
    REQUIRE(t.data.size() == 4);
    std::int16_t second = 0;
    std::memcpy(&second, t.data.data() + 2, 2);
    CHECK(second == 258);
    CHECK(io::values<std::int16_t>(t) == std::vector<std::int16_t>{-2, 258});
    CHECK(io::values<float>(make<float>({}, {0, 3})).empty());
    CHECK(io::values<double>(make<double>({0.1}, {})) == std::vector<double>{0.1});

    CHECK_THROWS_WITH(make<float>({1, 2, 3}, {2, 2}), "t: values must fill the shape; got 3; needs 4 for [2, 2]");
    CHECK_THROWS_WITH(make<float>({1}, {0}), "t: values must fill the shape; got 1; needs 0 for [0]");
    CHECK_THROWS_WITH(io::values<std::uint16_t>(t), "t: type; got I16; needs U16");
    CHECK_THROWS_AS(io::values<float>(t), io::error);
}

TEST_CASE("every binary16") {
    const std::vector<float> wide = to_f32(of_bits(dtype::f16, all_16_bits()));
    REQUIRE(wide.size() == 65536);
    for (unsigned i = 0; i < 65536; ++i) {
        const double wanted = half(i);
        if (std::isnan(wanted) ? !std::isnan(wide[i]) : double(wide[i]) != wanted) FAIL("bits " << i << " give " << wide[i]);
        REQUIRE(std::signbit(wide[i]) == (i >= 0x8000));  // of zeros and NaN too
    }
    CHECK(wide[0x3c00] == 1.0f);
    CHECK(wide[0x0001] == 5.9604644775390625e-8f);
    CHECK(wide[0x7bff] == 65504.0f);
}

TEST_CASE("every upper half of a binary32") {
    const std::vector<float> wide = to_f32(of_bits(dtype::bf16, all_16_bits()));
    for (unsigned i = 0; i < 65536; ++i) REQUIRE(std::bit_cast<std::uint32_t>(wide[i]) == i * 65536u);
    CHECK(wide[0xbf80] == -1.0f);
}

TEST_CASE("wide and narrow floats") {
    CHECK(to_f32(make<float>({1.5f, -0.0f}, {2})) == std::vector<float>{1.5f, -0.0f});
    // Nearest, ties to even: 1 + 2^-24 lies half way between two floats.
    CHECK(to_f32(make<double>({1.0 + 0x1p-24, 1.0 + 0x1p-23 + 0x1p-24, 0.1}, {3})) == std::vector<float>{1.0f, 1.0f + 0x1p-22f, 0.1f});
    for (const dtype other : {dtype::f8_e4m3, dtype::f8_e5m2, dtype::i8, dtype::u8, dtype::boolean})
        CHECK_THROWS_WITH(to_f32(of_bits<std::uint8_t>(other, {0})),
                          "t: type; got " + std::string(name_of(other)) + "; needs F32, F16, BF16 or F64");
}

TEST_CASE("the first number that is not finite is named") {
    CHECK_NOTHROW(require_finite(of_bits<std::uint16_t>(dtype::f16, {0x7bff, 0x8000})));
    CHECK_THROWS_WITH(require_finite(of_bits<std::uint16_t>(dtype::f16, {0, 0x7c00, 0x7e00})),
                      "t: values must be finite; got inf at index 1; needs finite values");
    CHECK_THROWS_WITH(require_finite(of_bits<std::uint16_t>(dtype::bf16, {0, 0, 0xff80})),
                      "t: values must be finite; got -inf at index 2; needs finite values");
    CHECK_THROWS_WITH(require_finite(of_bits<std::uint16_t>(dtype::bf16, {0x7fc0})),
                      "t: values must be finite; got nan at index 0; needs finite values");
    CHECK_THROWS_WITH(require_finite(make<std::int32_t>({1}, {1})), "t: type; got I32; needs F32, F16, BF16 or F64");
}

TEST_CASE("bytes change places between orders") {
    constexpr auto other = std::endian::native == std::endian::little ? std::endian::big : std::endian::little;
    const auto swapped = []<std::endian Order>(std::integral_constant<std::endian, Order>, std::size_t size) {
        std::array<std::byte, 6> b{std::byte(1), std::byte(2), std::byte(3), std::byte(4), std::byte(5), std::byte(6)};
        io::detail::swap_order<Order>(b, size);
        std::string text;
        for (const std::byte x : b) text += std::to_string(std::to_integer<int>(x));
        return text;
    };
    constexpr std::integral_constant<std::endian, other> foreign{};
    CHECK(swapped(foreign, 1) == "123456");
    CHECK(swapped(foreign, 2) == "214365");
    CHECK(swapped(foreign, 4) == "432156");  // a part of an element stays
    CHECK(swapped(std::integral_constant<std::endian, std::endian::native>{}, 2) == "123456");
}
