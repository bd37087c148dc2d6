// SPDX-License-Identifier: MIT
// Reader of idx files, the format of MNIST (http://yann.lecun.com/exdb/mnist), plain or gzipped.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <zlib.h>

#include <pare/core/config.hpp>
#include <pare/io/error.hpp>
#include <pare/io/tensor.hpp>

namespace pare::inline v0::io {

/// An array as an idx file holds it: row-major, in the byte order of this machine, product(shape) elements.
struct idx {
    dtype type = dtype::u8;          ///< of an element
    std::vector<std::size_t> shape;  ///< extents, outermost first
    std::vector<std::byte> data;     ///< elements in row-major order
};

/// The elements of an array of exactly the type of T; throws error where it has another.
template <element T>
std::vector<T> values(const idx& source) {
    if (source.type != dtype_of<T>()) detail::fail("idx", "type", std::string(name_of(source.type)), std::string(name_of(dtype_of<T>())));
    return detail::copy_as<T>(source.data);
}

/// Reads an idx file in memory: two zero bytes, the type, the number of dimensions, one big-endian 32-bit extent each, then the
/// elements, big-endian. Throws error, naming `source_name`, for bytes that are empty, truncated, too many, or of another format
/// or type.
inline idx parse_idx(std::span<const std::byte> bytes, std::string_view source_name) {
    const std::string source(source_name);
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    const auto hex = [](std::uint32_t byte) {
        constexpr std::string_view digits = "0123456789abcdef";
        return std::string{'0', 'x', digits[byte >> 4], digits[byte & 15]};
    };
    if (bytes.empty()) detail::fail(source, "must not be empty", "0 bytes", "an idx file");
    if (bytes.size() < 4) detail::fail(source, "truncated in the header", detail::bytes_text(bytes.size()), "at least 4");
    if (at(0) != 0 || at(1) != 0)
        detail::fail(source, "wrong magic at offset 0", hex(at(0)) + " " + hex(at(1)), "0x00 0x00 of an idx file");
    idx result;
    switch (at(2)) {
        case 0x08:
            result.type = dtype::u8;
            break;
        case 0x09:
            result.type = dtype::i8;
            break;
        case 0x0B:
            result.type = dtype::i16;
            break;
        case 0x0C:
            result.type = dtype::i32;
            break;
        case 0x0D:
            result.type = dtype::f32;
            break;
        case 0x0E:
            result.type = dtype::f64;
            break;
        default:
            detail::fail(source, "unsupported type at offset 2", hex(at(2)), "0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e");
    }
    const std::size_t dimensions = at(3), header = 4 + 4 * dimensions;
    if (dimensions == 0) detail::fail(source, "dimensions at offset 3", "0", "at least 1");
    if (bytes.size() < header) {
        detail::fail(source, "truncated in the header", detail::bytes_text(bytes.size()),
                     std::to_string(header) + " for " + std::to_string(dimensions) + " dimensions");
    }
    for (std::size_t i = 4; i < header; i += 4) result.shape.push_back(at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3));
    const std::string what = detail::shape_text(result.shape) + " of " + std::string(name_of(result.type));
    const std::optional<std::size_t> size = detail::bytes_of(result.type, result.shape);
    const std::span<const std::byte> elements = bytes.subspan(header);
    if (!size || elements.size() < *size) {
        detail::fail(source, "truncated at offset " + std::to_string(bytes.size()), detail::bytes_text(elements.size()) + " of elements",
                     (size ? std::to_string(*size) : std::string("more than 2^64")) + " for " + what);
    }
    if (elements.size() > *size) {
        detail::fail(source, "trailing bytes at offset " + std::to_string(header + *size),
                     detail::bytes_text(elements.size()) + " of elements", std::to_string(*size) + " for " + what);
    }
    result.data.assign(elements.begin(), elements.end());
    detail::swap_order<std::endian::big>(result.data, size_of(result.type));
    return result;
}

namespace detail {

/// The bytes of a file; where they are gzip, what they unpack to.
inline std::vector<std::byte> read_gzip(const std::filesystem::path& path) {
    const std::string name = path.string();
    // gzopen reads plain files as they are.
    errno = 0;
    const gzFile file = gzopen(name.c_str(), "rb");
    if (file == nullptr) {
        fail(name, "cannot be opened", std::error_code(errno, std::generic_category()).message(), "a file that can be read");
    }
    const auto close = [](gzFile f) { gzclose_r(f); };
    const std::unique_ptr<std::remove_pointer_t<gzFile>, decltype(close)> guard(file, close);
    constexpr unsigned block = 1U << 20;
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    for (;;) {
        bytes.resize(used + block);
        const int count = gzread(file, bytes.data() + used, block);
        if (count > 0) used += static_cast<std::size_t>(count);
        if (count != static_cast<int>(block)) break;
    }
    bytes.resize(used);
    // gzread reports a stream that ends early only here.
    int code = Z_OK;
    const char* message = gzerror(file, &code);
    if (code != Z_OK && code != Z_STREAM_END) {
        const std::string reason = code == Z_ERRNO ? std::error_code(errno, std::generic_category()).message() : message;
        fail(name, "cannot be read at offset " + std::to_string(used) + " of its content", reason, "a plain file or whole gzip");
    }
    return bytes;
}

}  // namespace detail

/// Reads an idx file, plain or gzipped; throws error as parse_idx, and where the file is missing or its gzip is damaged.
inline idx read_idx(const std::filesystem::path& path) { return parse_idx(detail::read_gzip(path), path.string()); }

}  // namespace pare::inline v0::io
