// SPDX-License-Identifier: MIT
// idx files of every type, plain and gzipped, and every way of being damaged.
#include <pare/io/idx.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <zlib.h>

#include "support/catch.hpp"

namespace {

namespace io = pare::io;

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
    std::vector<std::byte> result;
    for (const unsigned v : values) result.push_back(static_cast<std::byte>(v));
    return result;
}

/// u8 [2, 3]: 1..6
std::vector<std::byte> sample() { return bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}); }

/// What the call says when it throws io::error; nothing where it does not throw.
template <class Call>
std::string said(Call call) {
    try {
        call();
    } catch (const io::error& e) {
        return e.what();
    }
    return "";
}

std::string parse_said(const std::vector<std::byte>& data) {
    return said([&] { io::parse_idx(data, "digits"); });
}

/// A folder of its own, which goes away with it.
struct scratch {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("pare-idx-" + std::to_string(std::random_device{}()));
    scratch() { std::filesystem::create_directories(folder); }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { std::filesystem::remove_all(folder); }

    std::filesystem::path plain(std::span<const std::byte> data) const {
        std::ofstream(folder / "plain", std::ios::binary).write(reinterpret_cast<const char*>(data.data()), std::ssize(data));
        return folder / "plain";
    }
    std::filesystem::path zipped(std::span<const std::byte> data) const {
        const gzFile file = gzopen((folder / "zipped.gz").c_str(), "wb");
        REQUIRE(file != nullptr);
        REQUIRE(gzwrite(file, data.data(), static_cast<unsigned>(data.size())) == std::ssize(data));
        REQUIRE(gzclose(file) == Z_OK);
        return folder / "zipped.gz";
    }
};

std::vector<std::byte> content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::byte> result;
    for (char c; file.get(c);) result.push_back(static_cast<std::byte>(c));
    return result;
}

}  // namespace

TEST_CASE("an idx array of each type arrives in the order of this machine") {
    const io::idx u8 = io::parse_idx(sample(), "u8");
    CHECK(u8.type == io::dtype::u8);
    CHECK(u8.shape == std::vector<std::size_t>{2, 3});
    CHECK(io::values<std::uint8_t>(u8) == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
    const io::idx i8 = io::parse_idx(bytes({0, 0, 9, 1, 0, 0, 0, 2, 0x80, 0x7F}), "i8");
    CHECK(io::values<std::int8_t>(i8) == std::vector<std::int8_t>{-128, 127});
    const io::idx i16 = io::parse_idx(bytes({0, 0, 0xB, 1, 0, 0, 0, 2, 0x12, 0x34, 0xFF, 0xFE}), "i16");
    CHECK(io::values<std::int16_t>(i16) == std::vector<std::int16_t>{0x1234, -2});
    const io::idx i32 = io::parse_idx(bytes({0, 0, 0xC, 1, 0, 0, 0, 1, 0x12, 0x34, 0x56, 0x78}), "i32");
    CHECK(io::values<std::int32_t>(i32) == std::vector<std::int32_t>{0x12345678});
    const io::idx f32 = io::parse_idx(bytes({0, 0, 0xD, 1, 0, 0, 0, 1, 0xC0, 0x20, 0, 0}), "f32");
    CHECK(io::values<float>(f32) == std::vector<float>{-2.5F});
    const io::idx f64 = io::parse_idx(bytes({0, 0, 0xE, 1, 0, 0, 0, 1, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0}), "f64");
    CHECK(io::values<double>(f64) == std::vector<double>{1.5});
    CHECK(said([&] { (void)io::values<std::int8_t>(u8); }) == "idx: type; got U8; needs I8");
}

TEST_CASE("an idx array may be empty or have many dimensions") {
    const io::idx none = io::parse_idx(bytes({0, 0, 8, 2, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}), "none");
    CHECK(none.shape == std::vector<std::size_t>{0, 0xFFFFFFFF});
    CHECK(none.data.empty());
    std::vector<std::byte> many = bytes({0, 0, 8, 255});
    for (int i = 0; i < 255; ++i) {
        for (const unsigned b : {0U, 0U, 0U, 1U}) many.push_back(static_cast<std::byte>(b));
    }
    many.push_back(std::byte{7});
    CHECK(io::parse_idx(many, "many").shape.size() == 255);
}

TEST_CASE("a bad idx array is refused in words") {
    CHECK(parse_said({}) == "digits: must not be empty; got 0 bytes; needs an idx file");
    CHECK(parse_said(bytes({0, 0, 8})) == "digits: truncated in the header; got 3 bytes; needs at least 4");
    CHECK(parse_said(bytes({0x1F, 0x8B, 8, 0})) == "digits: wrong magic at offset 0; got 0x1f 0x8b; needs 0x00 0x00 of an idx file");
    CHECK(parse_said(bytes({0, 1, 8, 1, 0, 0, 0, 0})) == "digits: wrong magic at offset 0; got 0x00 0x01; needs 0x00 0x00 of an idx file");
    CHECK(parse_said(bytes({0, 0, 0xA, 1, 0, 0, 0, 0})) ==
          "digits: unsupported type at offset 2; got 0x0a; needs 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e");
    CHECK(parse_said(bytes({0, 0, 8, 0})) == "digits: dimensions at offset 3; got 0; needs at least 1");
    CHECK(parse_said(bytes({0, 0, 8, 2, 0, 0, 0, 1})) == "digits: truncated in the header; got 8 bytes; needs 12 for 2 dimensions");
    std::vector<std::byte> data = sample();
    data.pop_back();
    CHECK(parse_said(data) == "digits: truncated at offset 17; got 5 bytes of elements; needs 6 for [2, 3] of U8");
    data = sample();
    data.push_back({});
    CHECK(parse_said(data) == "digits: trailing bytes at offset 18; got 7 bytes of elements; needs 6 for [2, 3] of U8");
    CHECK(parse_said(bytes({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})) ==
          "digits: truncated at offset 17; got 1 byte of elements; needs more than 2^64 for [4294967295, 4294967295, 4294967295] of U8");
    // 2^61 elements fit, their bytes do not.
    CHECK(parse_said(bytes({0, 0, 0xE, 2, 0x80, 0, 0, 0, 0x40, 0, 0, 0})) ==
          "digits: truncated at offset 12; got 0 bytes of elements; needs more than 2^64 for [2147483648, 1073741824] of F64");
}

TEST_CASE("an idx file is read plain and gzipped") {
    const scratch files;
    // Longer than one block of the reader, and not a multiple of it.
    constexpr std::size_t count = (1 << 20) + 12345;
    std::vector<std::byte> data = bytes({0, 0, 8, 1, 0, count >> 16, count >> 8 & 255, count & 255});
    for (std::size_t i = 0; i < count; ++i) data.push_back(static_cast<std::byte>(i * i >> 3));
    const std::span<const std::byte> elements = std::span(data).subspan(8);
    for (const std::filesystem::path& path : {files.plain(data), files.zipped(data)}) {
        const io::idx array = io::read_idx(path);
        CHECK(array.shape == std::vector<std::size_t>{count});
        CHECK(std::equal(array.data.begin(), array.data.end(), elements.begin(), elements.end()));
    }
}

TEST_CASE("an idx file that cannot be read is named") {
    const scratch files;
    const std::string missing = (files.folder / "missing").string();
    CHECK(said([&] { io::read_idx(missing); }) ==
          missing + ": cannot be opened; got No such file or directory; needs a file that can be read");
    const std::string folder = files.folder.string();
    CHECK(said([&] { io::read_idx(folder); }) ==
          folder + ": cannot be read at offset 0 of its content; got Is a directory; needs a plain file or whole gzip");
    const std::string empty = files.plain({}).string();
    CHECK(said([&] { io::read_idx(empty); }) == empty + ": must not be empty; got 0 bytes; needs an idx file");

    // Gzip cut short, and gzip whose checksum is wrong.
    std::vector<std::byte> zipped = content(files.zipped(sample()));
    for (std::size_t length = 1; length < zipped.size(); ++length) {
        const std::string path = files.plain(std::span(zipped).first(length)).string();
        const std::string message = said([&] { io::read_idx(path); });
        INFO("of " << zipped.size() << " bytes the first " << length << ": " << message);
        CHECK(message.starts_with(path + ": "));
    }
    zipped[zipped.size() - 5] ^= std::byte{1};
    const std::string broken = files.plain(zipped).string();
    CHECK(said([&] { io::read_idx(broken); }).starts_with(broken + ": cannot be read at offset "));
}

TEST_CASE("no damage to an idx array does worse than throw") {
    const std::vector<std::byte> whole = sample();
    const std::size_t header = 12;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // Memory of exactly this size, so that a sanitizer sees a byte read too far.
        CHECK(parse_said({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}) != "");
    }
    std::size_t accepted = 0, refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            std::vector<std::byte> damaged = whole;
            damaged[at] = static_cast<std::byte>(value);
            const bool refusal = !parse_said(damaged).empty();
            (refusal ? refused : accepted) += 1;
            if (at >= header && refusal) FAIL("an element is damaged, the format is not; at " << at << " value " << value);
        }
    }
    // In the header: each byte as it was, and i8 for u8.
    CHECK(accepted == (whole.size() - header) * 256 + header + 1);
    CHECK(refused == header * 256 - header - 1);
}
