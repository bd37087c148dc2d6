// SPDX-License-Identifier: MIT
// safetensors files: what is written is read back, the bytes are the format's, and every way of being damaged has its words.
#include <pare/io/safetensors.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace io = pare::io;

template <class T>
io::tensor make(const std::string& name, const std::vector<T>& values, std::vector<std::size_t> shape) {
    return io::make_tensor(name, std::span<const T>(values), std::move(shape));
}

/// A file of this header and this many bytes of data: 0, 1, 2, ...
std::vector<std::byte> file_of(const std::string& header, std::size_t data_size) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(header.size() >> (8 * i) & 255));
    for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
    for (std::size_t i = 0; i < data_size; ++i) bytes.push_back(static_cast<std::byte>(i));
    return bytes;
}

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

std::string parse_said(const std::vector<std::byte>& bytes) {
    return said([&] { io::parse_safetensors(bytes, "net"); });
}

/// The same for one tensor "w" that is described by `fields`, in a file with `data_size` bytes of data.
std::string entry_said(const std::string& fields, std::size_t data_size) {
    return parse_said(file_of("{\"w\":{" + fields + "}}", data_size));
}

io::safetensors sample() {
    io::safetensors content;
    add(content, make<float>("conv.weight", {1.5F, -2, 0, 3}, {2, 2}));
    add(content, make<std::int8_t>("codes", {-128, 127, 5}, {3}));
    add(content, make<double>("scale", {0.25}, {}));
    add(content, make<std::uint16_t>("none", {}, {4, 0}));
    content.metadata = {{"made by", "a \"test\""}, {"b", ""}};
    return content;
}

void check_sample(const io::safetensors& content) {
    CHECK(content.metadata == sample().metadata);
    REQUIRE(content.tensors.size() == 4);
    for (const auto& [name, expected] : sample().tensors) {
        const io::tensor& found = get(content, name, expected.shape);
        CHECK(found.name == name);
        CHECK(found.type == expected.type);
        CHECK(found.data == expected.data);
        CHECK(found.count() * size_of(found.type) == found.data.size());
    }
    CHECK(io::values<float>(get(content, "conv.weight")) == std::vector<float>{1.5F, -2, 0, 3});
    CHECK(io::values<double>(get(content, "scale", {})) == std::vector<double>{0.25});
}

/// A folder of its own, which goes away with it.
struct scratch {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("pare-safetensors-" + std::to_string(std::random_device{}()));
    scratch() { std::filesystem::create_directories(folder); }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { std::filesystem::remove_all(folder); }

    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
    }
};

}  // namespace

TEST_CASE("element types know their names and sizes") {
    for (const io::detail::dtype_row& row : io::detail::dtype_rows) {
        CHECK(name_of(row.type) == row.name);
        CHECK(size_of(row.type) == row.size);
        CHECK(io::dtype_named(row.name) == row.type);
    }
    CHECK(name_of(io::dtype::boolean) == "BOOL");
    CHECK(size_of(io::dtype::bf16) == 2);
    CHECK(!io::dtype_named("f32"));
    CHECK(io::dtype_of<long>() == io::dtype::i64);
    CHECK(io::dtype_of<std::int16_t>() == io::dtype::i16);
    CHECK(io::dtype_of<std::uint8_t>() == io::dtype::u8);
    static_assert(!io::element<bool> && !io::element<long double>);
}

TEST_CASE("a tensor is made of values that fill its shape") {
    const io::tensor t = make<std::int32_t>("t", {1, 2, 3, 4, 5, 6}, {2, 3});
    CHECK(t.count() == 6);
    CHECK(io::values<std::int32_t>(t) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
    CHECK(said([&] { (void)io::values<float>(t); }) == "t: type; got I32; needs F32");
    CHECK(said([] { make<float>("t", {1, 2, 3}, {2, 2}); }) == "t: values must fill the shape; got 3; needs 4 for [2, 2]");
    const std::size_t huge = std::size_t{1} << 33;
    CHECK(said([&] { make<float>("t", {}, {huge, huge}); }) ==
          "t: the number of elements must fit; got [8589934592, 8589934592]; needs less than 2^64");
    CHECK(make<float>("t", {}, {huge, huge, 0}).count() == 0);
}

TEST_CASE("floating-point tensors become f32") {
    CHECK(to_f32(make<float>("t", {1.25F, -0.0F}, {2})) == std::vector<float>{1.25F, -0.0F});
    CHECK(to_f32(make<double>("t", {0.1, 1e300, -2}, {3})) == std::vector<float>{0.1F, std::numeric_limits<float>::infinity(), -2});
    const auto with_type = [](io::dtype type, const std::vector<std::uint16_t>& bits) {
        io::tensor t = make<std::uint16_t>("t", bits, {bits.size()});
        t.type = type;
        return to_f32(t);
    };
    CHECK(with_type(io::dtype::bf16, {0x3F80, 0xC020, 0x0001}) == std::vector<float>{1, -2.5F, 0x1p-133F});
    CHECK(with_type(io::dtype::f16, {0x3C00, 0xC100, 0x7BFF, 0x0400, 0x0001, 0x83FF, 0x7C00}) ==
          std::vector<float>{1, -2.5F, 65504, 0x1p-14F, 0x1p-24F, -1023 * 0x1p-24F, std::numeric_limits<float>::infinity()});
    CHECK(std::signbit(with_type(io::dtype::f16, {0x8000}).front()));
    CHECK(std::isnan(with_type(io::dtype::f16, {0xFC01}).front()));
    // Every finite binary16 against its definition.
    for (std::uint32_t bits = 0; bits < 0x7C00; ++bits) {
        const int exponent = static_cast<int>(bits >> 10);
        const float significand = static_cast<float>((bits & 1023) + (exponent > 0 ? 1024 : 0));
        if (io::detail::widen_f16(static_cast<std::uint16_t>(bits)) != std::ldexp(significand, std::max(exponent, 1) - 25)) FAIL(bits);
    }
    CHECK(said([] { (void)to_f32(make<std::int8_t>("codes", {1}, {1})); }) == "codes: type; got I8; needs F32, F16, BF16 or F64");
}

TEST_CASE("values that are not finite are named") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(said([] { require_finite(make<float>("w", {0, -1, 3e38F}, {3})); }) == "");
    CHECK(said([] { require_finite(make<float>("w", {0, std::nanf(""), infinity}, {3})); }) ==
          "w: values must be finite; got nan at index 1; needs finite values");
    CHECK(said([] { require_finite(make<float>("w", {-infinity}, {1})); }) ==
          "w: values must be finite; got -inf at index 0; needs finite values");
    CHECK(said([] { require_finite(make<double>("w", {0, 0, 0, 1e39}, {2, 2})); }) ==
          "w: values must be finite; got inf at index 3; needs finite values");
}

TEST_CASE("safetensors content survives bytes and files") {
    const std::vector<std::byte> bytes = format_safetensors(sample());
    check_sample(io::parse_safetensors(bytes, "net"));
    CHECK(format_safetensors(io::parse_safetensors(bytes, "net")) == bytes);

    const scratch place;
    const std::filesystem::path path = place.folder / "net.safetensors";
    write_safetensors(path, io::safetensors{});
    write_safetensors(path, sample());
    CHECK(place.files() == 1);
    const io::safetensors content = io::read_safetensors(path);
    check_sample(content);
    CHECK(content.source == path.string());
    CHECK(io::parse_safetensors(io::format_safetensors({}), "net").tensors.empty());
}

TEST_CASE("safetensors bytes are those of the format, large elements first") {
    io::safetensors content;
    add(content, make<std::uint8_t>("a", {1, 2}, {2}));
    add(content, make<std::int16_t>("b", {0x0102}, {1}));
    add(content, make<std::int16_t>("c", {}, {0}));
    const std::string header =
        R"({"a":{"data_offsets":[2,4],"dtype":"U8","shape":[2]},"b":{"data_offsets":[0,2],"dtype":"I16","shape":[1]},)"
        R"("c":{"data_offsets":[2,2],"dtype":"I16","shape":[0]}})";
    const std::string padding((8 - header.size() % 8) % 8, ' ');
    std::vector<std::byte> expected = file_of(header + padding, 0);
    for (const int byte : {2, 1, 1, 2}) expected.push_back(static_cast<std::byte>(byte));
    CHECK(format_safetensors(content) == expected);
    // The order of names in a header is free, and unknown fields are somebody else's.
    const std::string other =
        R"({"z":{"shape":[2],"note":{},"dtype":"BOOL","data_offsets":[1,3]},"y":{"dtype":"I8","shape":[],"data_offsets":[0,1]}})";
    CHECK(get(io::parse_safetensors(file_of(other, 3), "net"), "z", {2}).data == std::vector<std::byte>{std::byte{1}, std::byte{2}});
}

TEST_CASE("a damaged safetensors file is refused in words") {
    CHECK(parse_said({}) == "net: must not be empty; got 0 bytes; needs a safetensors file");
    CHECK(parse_said(std::vector<std::byte>(7)) == "net: truncated in the length of the header; got 7 bytes; needs at least 8");
    CHECK(parse_said(std::vector<std::byte>(8)) == "net: the header at offset 8 must be a JSON object; got nothing; needs {...}");
    std::vector<std::byte> bytes = file_of("{}", 0);
    bytes.pop_back();
    CHECK(parse_said(bytes) == "net: the header must lie in the file; got length 2 at offset 0; needs at most 1");
    bytes[4] = std::byte{1};
    CHECK(parse_said(bytes) == "net: the header's length at offset 0 is too large; got 4294967298; needs at most 100000000");
    CHECK(parse_said(file_of("hello", 0)) == "net: the header at offset 8 must be a JSON object; got another beginning; needs {...}");
    CHECK(parse_said(file_of(" {}", 0)) == "net: the header at offset 8 must be a JSON object; got another beginning; needs {...}");
    CHECK(parse_said(file_of("{\"w\":", 0))
              .starts_with("net: the header at offset 8 must be a JSON object; got [json.exception.parse_error"));
    CHECK(parse_said(file_of("{\"\xFF\":1}", 0))
              .starts_with("net: the header at offset 8 must be a JSON object; got [json.exception.parse_error"));
    CHECK(parse_said(file_of("{}", 3)) == "net: trailing bytes after the last tensor; got 3 bytes of data; needs 0");
    CHECK(parse_said(file_of("{\"a\":" + std::string(100000, '['), 0)) ==
          "net: the header must be flat; got more than 3 levels; needs objects of tensors");
    CHECK(parse_said(file_of(R"({"w":{},"w":{}})", 0)) == "net: names in the header must be unique; got \"w\" twice; needs it once");
    CHECK(parse_said(file_of(R"({"w":{"dtype":"U8","shape":[],"dtype":"I8"}})", 0)) ==
          "net: names in the header must be unique; got \"dtype\" twice; needs it once");
    CHECK(parse_said(file_of(R"({"__metadata__":[]})", 0)) == "net: __metadata__ must be an object; got array; needs strings by name");
    CHECK(parse_said(file_of(R"({"__metadata__":{"n":1}})", 0)) == "net: __metadata__ \"n\" must be a string; got 1; needs a string");
}

TEST_CASE("a badly described tensor is refused in words") {
    const std::string w = "net: tensor \"w\": ";
    CHECK(parse_said(file_of(R"({"w":7})", 0)) == w + "its description must be an object; got 7; needs dtype, shape and data_offsets");
    const std::string whole = w + "its description must be whole; got no ", needs = "; needs dtype, shape and data_offsets";
    CHECK(entry_said(R"("shape":[],"data_offsets":[0,1])", 1) == whole + "dtype" + needs);
    CHECK(entry_said(R"("dtype":"U8","data_offsets":[0,1])", 1) == whole + "shape" + needs);
    CHECK(entry_said(R"("dtype":"U8","shape":[])", 1) == whole + "data_offsets" + needs);
    CHECK(entry_said(R"("dtype":"u8","shape":[],"data_offsets":[0,1])", 1) ==
          w + "unknown dtype; got \"u8\"; needs F64, F32, F16, BF16, I8 or another of safetensors");
    CHECK(entry_said(R"("dtype":8,"shape":[],"data_offsets":[0,1])", 1) ==
          w + "unknown dtype; got 8; needs F64, F32, F16, BF16, I8 or another of safetensors");
    for (const std::string shape : {"[-1]", "[1.0]", "[\"1\"]", "1", "[18446744073709551616]", "null"}) {
        const std::string message = entry_said(R"("dtype":"U8","shape":)" + shape + R"(,"data_offsets":[0,1])", 1);
        INFO(shape << ": " << message);
        CHECK(message.starts_with(w + "wrong shape; got "));
        CHECK(message.ends_with("; needs an array of integers from 0"));
    }
    CHECK(entry_said(R"("dtype":"U8","shape":[[1]],"data_offsets":[0,1])", 1) ==
          "net: the header must be flat; got more than 3 levels; needs objects of tensors");
    for (const std::string offsets : {"[0]", "[0,1,2]", "[-1,0]", "{}", "[0,\"1\"]", "[0,0.5]"}) {
        CHECK(entry_said(R"("dtype":"U8","shape":[1],"data_offsets":)" + offsets, 1) ==
              w + "wrong data_offsets; got " + offsets + "; needs two integers from 0");
    }
    CHECK(entry_said(R"("dtype":"U8","shape":[2],"data_offsets":[0,2])", 1) ==
          w + "data_offsets out of range; got [0,2]; needs begin <= end <= 1");
    CHECK(entry_said(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])", 1) ==
          w + "data_offsets out of range; got [1,0]; needs begin <= end <= 1");
    CHECK(entry_said(R"("dtype":"F32","shape":[2,3],"data_offsets":[0,20])", 20) ==
          w + "data_offsets must match shape and dtype; got 20 bytes at offset 0; needs 24 for [2, 3] of F32");
    CHECK(entry_said(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0) ==
          w + "data_offsets must match shape and dtype; got 0 bytes at offset 0; needs more than 2^64 for [4294967296, 4294967296] of U8");
    CHECK(entry_said(R"("dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0])", 0) ==
          w + "data_offsets must match shape and dtype; got 0 bytes at offset 0; needs more than 2^64 for [2305843009213693952] of F64");
    CHECK(entry_said(R"("dtype":"U8","shape":[1],"data_offsets":[1,2])", 2) == w + "leaves a hole before it; got offset 1; needs offset 0");
    CHECK(entry_said(R"("dtype":"U8","shape":[1],"data_offsets":[0,1])", 2) ==
          "net: trailing bytes after the last tensor; got 2 bytes of data; needs 1");
    CHECK(parse_said(file_of(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                             3)) == w + "overlaps another tensor; got offset 1; needs offset 2");
}

TEST_CASE("a safetensors file that cannot be read or written is named") {
    const scratch place;
    const std::string missing = (place.folder / "missing").string(), folder = place.folder.string();
    CHECK(said([&] { io::read_safetensors(missing); }) ==
          missing + ": cannot be read; got No such file or directory; needs a file that can be read");
    CHECK(said([&] { io::read_safetensors(folder); }).starts_with(folder + ": cannot be read; got "));
    const std::string nowhere = (place.folder / "no" / "net").string();
    CHECK(said([&] { write_safetensors(nowhere, sample()); }) ==
          nowhere + ": cannot be written; got No such file or directory; needs a place that can be written");
    // A folder cannot be replaced by a file, and nothing is left behind.
    const std::filesystem::path taken = place.folder / "taken";
    std::filesystem::create_directory(taken);
    CHECK(said([&] { write_safetensors(taken, sample()); }).starts_with(taken.string() + ": cannot be written; got "));
    CHECK(place.files() == 1);
    const std::filesystem::path empty = place.folder / "empty";
    std::ofstream(empty).close();
    CHECK(said([&] { io::read_safetensors(empty); }) == empty.string() + ": must not be empty; got 0 bytes; needs a safetensors file");
}

TEST_CASE("content that cannot be written is refused") {
    io::safetensors content = sample();
    CHECK(said([&] { add(content, make<float>("codes", {1}, {1})); }) ==
          "tensor \"codes\": names must be unique; got it twice; needs it once");
    CHECK(get(content, "codes").type == io::dtype::i8);
    content.tensors["codes"].name = "other";
    CHECK(said([&] { (void)format_safetensors(content); }) ==
          "tensor \"codes\": wrong name; got \"other\"; needs the key, not __metadata__");
    content = {};
    add(content, make<float>("__metadata__", {1}, {1}));
    CHECK(said([&] { (void)format_safetensors(content); }) ==
          "tensor \"__metadata__\": wrong name; got \"__metadata__\"; needs the key, not __metadata__");
    content = sample();
    content.tensors["codes"].data.pop_back();
    CHECK(said([&] { (void)format_safetensors(content); }) ==
          "tensor \"codes\": data must match shape and dtype; got 2 bytes; needs [3] of I8");
    content = sample();
    content.metadata["bad"] = "\xFF";
    CHECK(said([&] { (void)format_safetensors(content); }).starts_with("safetensors: names and metadata must be UTF-8; got "));
}

TEST_CASE("a tensor that is missing or has another shape is named") {
    io::safetensors content = io::parse_safetensors(format_safetensors(sample()), "net");
    CHECK(&get(content, "codes", {3}) == &content.tensors.at("codes"));
    CHECK(said([&] { get(content, "conv.bias"); }) ==
          "net: tensor \"conv.bias\": is missing; got codes, conv.weight, none, scale; needs it");
    CHECK(said([&] { get(content, "conv.bias", {2}); }) == said([&] { get(content, "conv.bias"); }));
    CHECK(said([&] { get(content, "conv.weight", {4}); }) == "net: tensor \"conv.weight\": wrong shape; got [2, 2]; needs [4]");
    CHECK(said([] { get(io::safetensors{}, "x"); }) == "tensor \"x\": is missing; got no tensor at all; needs it");
}

TEST_CASE("no damage to a safetensors file does worse than throw") {
    const std::vector<std::byte> whole = format_safetensors(sample());
    std::size_t data_size = 0;
    for (const auto& [name, what] : sample().tensors) data_size += what.data.size();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // Memory of exactly this size, so that a sanitizer sees a byte read too far.
        if (parse_said({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).empty()) FAIL("accepted of length " << length);
    }
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        const bool data = at >= whole.size() - data_size;
        for (unsigned value = 0; value < 256; ++value) {
            std::vector<std::byte> damaged = whole;
            damaged[at] = static_cast<std::byte>(value);
            // Anything but io::error leaves the test here.
            const bool refusal = !parse_said(damaged).empty();
            refused += refusal;
            if (refusal && (data || damaged == whole)) FAIL("refused: at " << at << " value " << value);
        }
    }
    // Most bytes of the header carry the format; of the texts of metadata and names most damages are other texts.
    CHECK(refused > (whole.size() - data_size) * 256 / 2);
}
