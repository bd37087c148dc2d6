// SPDX-License-Identifier: MIT
// A tensor as files hold it: a name, a type, a shape and bytes.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/io/error.hpp>

namespace pare::inline v0::io {

/// Element types of files, those of safetensors. `f16` and `bf16` are IEEE binary16 and the upper half of binary32, `f8_*` the
/// 8-bit floats of the Open Compute Project; `boolean` is one byte, 0 or 1.
enum class dtype : std::uint8_t { f64, f32, f16, bf16, f8_e4m3, f8_e5m2, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

namespace detail {

struct dtype_row {
    dtype type;
    std::string_view name;
    std::size_t size;
};

/// In the order of the enumerators.
inline constexpr dtype_row dtype_rows[] = {
    {dtype::f64, "F64", 8},         {dtype::f32, "F32", 4},         {dtype::f16, "F16", 2},      {dtype::bf16, "BF16", 2},
    {dtype::f8_e4m3, "F8_E4M3", 1}, {dtype::f8_e5m2, "F8_E5M2", 1}, {dtype::i64, "I64", 8},      {dtype::i32, "I32", 4},
    {dtype::i16, "I16", 2},         {dtype::i8, "I8", 1},           {dtype::u64, "U64", 8},      {dtype::u32, "U32", 4},
    {dtype::u16, "U16", 2},         {dtype::u8, "U8", 1},           {dtype::boolean, "BOOL", 1},
};

}  // namespace detail

/// Bytes of one element.
constexpr std::size_t size_of(dtype type) { return detail::dtype_rows[static_cast<std::size_t>(type)].size; }

/// The name in safetensors files: "F32", "BOOL".
constexpr std::string_view name_of(dtype type) { return detail::dtype_rows[static_cast<std::size_t>(type)].name; }

/// The type of that name, or nothing.
constexpr std::optional<dtype> dtype_named(std::string_view name) {
    for (const detail::dtype_row& row : detail::dtype_rows) {
        if (row.name == name) return row.type;
    }
    return std::nullopt;
}

/// The C++ types that are elements of files.
template <class T>
concept element = (std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8) || std::same_as<T, float> || std::same_as<T, double>;

/// The element type that T is written as.
template <element T>
constexpr dtype dtype_of() {
    if constexpr (std::same_as<T, double>) return dtype::f64;
    else if constexpr (std::same_as<T, float>) return dtype::f32;
    else if constexpr (std::signed_integral<T>)
        return sizeof(T) == 8 ? dtype::i64 : sizeof(T) == 4 ? dtype::i32 : sizeof(T) == 2 ? dtype::i16 : dtype::i8;
    else return sizeof(T) == 8 ? dtype::u64 : sizeof(T) == 4 ? dtype::u32 : sizeof(T) == 2 ? dtype::u16 : dtype::u8;
}

namespace detail {

/// The product, or nothing where it exceeds std::size_t.
constexpr std::optional<std::size_t> product(std::span<const std::size_t> factors) {
    // A zero anywhere makes the product 0, also behind factors that would overflow.
    if (std::find(factors.begin(), factors.end(), std::size_t{0}) != factors.end()) return 0;
    std::size_t result = 1;
    for (const std::size_t factor : factors) {
        if (result > std::numeric_limits<std::size_t>::max() / factor) return std::nullopt;
        result *= factor;
    }
    return result;
}

/// Bytes of a tensor, or nothing where they exceed std::size_t.
constexpr std::optional<std::size_t> bytes_of(dtype type, std::span<const std::size_t> shape) {
    const std::optional<std::size_t> count = product(shape);
    if (!count) return std::nullopt;
    const std::size_t both[] = {*count, size_of(type)};
    return product(both);
}

/// "[2, 3]".
inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (const std::size_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + "]";
}

/// Between the byte order `Order` of a file and the host's, in place.
template <std::endian Order>
void swap_order(std::span<std::byte> data, std::size_t element_size) {
    if constexpr (Order != std::endian::native) {
        for (std::size_t i = 0; i + element_size <= data.size(); i += element_size) {
            std::reverse(data.begin() + static_cast<std::ptrdiff_t>(i), data.begin() + static_cast<std::ptrdiff_t>(i + element_size));
        }
    }
}

template <element T>
std::vector<T> copy_as(std::span<const std::byte> data) {
    std::vector<T> values(data.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), data.data(), values.size() * sizeof(T));
    return values;
}

inline float widen_bf16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

inline float widen_f16(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000U) << 16, exponent = (bits >> 10) & 0x1FU, fraction = bits & 0x3FFU;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide_exponent = exponent == 31 ? 255 : exponent + (127 - 15);
    return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

}  // namespace detail

/// Elements in row-major order and the byte order of this machine. What the readers give is consistent: `data` holds
/// product(shape) elements of `type`.
struct tensor {
    std::string name;                ///< of the tensor
    dtype type = dtype::f32;         ///< of an element
    std::vector<std::size_t> shape;  ///< extents, outermost first
    std::vector<std::byte> data;     ///< elements in row-major order

    /// Number of elements; of a scalar, whose shape is empty, 1.
    std::size_t count() const {
        const std::optional<std::size_t> product = detail::product(shape);
        if (!product) detail::fail(name, "the number of elements must fit", detail::shape_text(shape), "less than 2^64");
        return *product;
    }
};

/// A tensor of a copy of `values`; throws error where they are not product(shape) many.
template <element T>
tensor make_tensor(std::string name, std::span<const T> values, std::vector<std::size_t> shape) {
    tensor result{std::move(name), dtype_of<T>(), std::move(shape), {}};
    if (result.count() != values.size()) {
        detail::fail(result.name, "values must fill the shape", std::to_string(values.size()),
                     std::to_string(result.count()) + " for " + detail::shape_text(result.shape));
    }
    const std::span<const std::byte> bytes = std::as_bytes(values);
    result.data.assign(bytes.begin(), bytes.end());
    return result;
}

/// The elements of a tensor of exactly the type of T; throws error where it has another.
template <element T>
std::vector<T> values(const tensor& source) {
    if (source.type != dtype_of<T>())
        detail::fail(source.name, "type", std::string(name_of(source.type)), std::string(name_of(dtype_of<T>())));
    return detail::copy_as<T>(source.data);
}

/// The elements of a tensor of F32, F16, BF16 (exactly) or F64 (rounded to nearest); throws error for other types.
inline std::vector<float> to_f32(const tensor& source) {
    static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
    const auto convert = [](const auto& from, auto&& function) {
        std::vector<float> to(from.size());
        std::transform(from.begin(), from.end(), to.begin(), function);
        return to;
    };
    switch (source.type) {
        case dtype::f32:
            return detail::copy_as<float>(source.data);
        case dtype::f64:
            return convert(detail::copy_as<double>(source.data), [](double v) { return static_cast<float>(v); });
        case dtype::f16:
            return convert(detail::copy_as<std::uint16_t>(source.data), detail::widen_f16);
        case dtype::bf16:
            return convert(detail::copy_as<std::uint16_t>(source.data), detail::widen_bf16);
        default:
            detail::fail(source.name, "type", std::string(name_of(source.type)), "F32, F16, BF16 or F64");
    }
}

/// Throws error at the first NaN or infinity of a tensor of F32, F16, BF16 or F64, naming the tensor and the index; other types
/// throw as in to_f32. An F64 that is beyond the range of F32 counts as infinite.
inline void require_finite(const tensor& source) {
    const std::vector<float> all = to_f32(source);
    const auto bad = std::find_if_not(all.begin(), all.end(), [](float v) { return std::isfinite(v); });
    if (bad == all.end()) return;
    detail::fail(source.name, "values must be finite",
                 std::string(std::isnan(*bad) ? "nan"
                             : *bad < 0       ? "-inf"
                                              : "inf") +
                     " at index " + std::to_string(bad - all.begin()),
                 "finite values");
}

}  // namespace pare::inline v0::io
