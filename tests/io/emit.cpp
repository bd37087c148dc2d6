// SPDX-License-Identifier: MIT
// The text of emitted headers: literals that a compiler reads back as they were, and options that are refused. That a header compiles
// and runs is tested in project/emit.
#include <pare/io/emit.hpp>
#include <pare/model/model.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_parameters.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

using net =
    model<input<int8, 6>, linear<3, weights<per_channel>, relu, named<"__1st layer!">>, linear<2, weights<per_channel, codebook<4>>>>;

std::string bytes_text(const std::string& characters) { return io::detail::bytes_literal(std::as_bytes(std::span(characters))); }

/// What a compiler makes of the string literals in a text.
std::vector<std::byte> read_back(const std::string& text) {
    std::vector<std::byte> bytes;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            inside = !inside;
        } else if (inside && text[i] == '\\') {
            unsigned value = 0, digits = 0;
            while (digits < 3 && text[i + 1] >= '0' && text[i + 1] <= '7') value = value * 8 + unsigned(text[++i] - '0'), ++digits;
            REQUIRE(digits > 0);
            bytes.push_back(std::byte(value));
        } else if (inside) {
            REQUIRE(text[i] >= ' ');
            REQUIRE(text[i] <= '~');
            bytes.push_back(std::byte(text[i]));
        }
    }
    CHECK_FALSE(inside);
    return bytes;
}

const io::emit_options good{.model = "net", .include = "net.hpp", .name = "net_constants"};

}  // namespace

TEST_CASE("bytes as string literals") {
    CHECK(bytes_text("ab c") == "    \"ab c\"");
    CHECK(bytes_text(std::string("\0", 1)) == "    \"\\0\"");
    CHECK(bytes_text(std::string("\0\0015\0019\x7f\xff", 7)) == "    \"\\0\\0015\\0019\\177\\377\"");
    CHECK(bytes_text("\"\\?\n") == "    \"\\42\\134\\77\\12\"");

    std::mt19937 lots(1);
    std::vector<std::byte> bytes(20000);
    for (std::byte& b : bytes) b = std::byte(lots() % 4 == 0 ? '0' + lots() % 10 : lots() % 256);
    const std::string text = io::detail::bytes_literal(bytes);
    CHECK(read_back(text) == bytes);
    std::size_t longest = 0, column = 0;
    for (const char c : text) longest = std::max(longest, column = c == '\n' ? 0 : column + 1);
    CHECK(longest <= 120);
    CHECK(read_back(io::detail::bytes_literal({})).empty());
}

TEST_CASE("numbers as literals, exactly") {
    CHECK(io::detail::literal(0.1f) == "0x1.99999ap-4f");
    CHECK(io::detail::literal(-std::numeric_limits<float>::infinity()) == "-std::numeric_limits<float>::infinity()");
    CHECK(io::detail::literal(std::int32_t(-5)) == "-5");
    CHECK(io::detail::literal(multiplier{1073741824, -3}) == "{1073741824, -3}");
    CHECK(io::detail::list_literal(std::span<const std::int16_t>(std::array<std::int16_t, 3>{1, -2, 3})) == "{\n    1, -2, 3,}");
}

TEST_CASE("names that C++ takes") {
    for (const char* name : {"a", "_a1", "a::b", "my::net_2::x"}) CHECK(io::detail::is_identifier(name));
    for (const char* name : {"", "1a", "a-b", "a::", "::a", "a:b", "a::1", "a b", "a:::b"}) CHECK_FALSE(io::detail::is_identifier(name));
}

TEST_CASE("a header refers to the user's type and checks it") {
    const auto p = support::random_parameters<net>(1);
    const std::string text = io::emit_text(p, good, arch::scalar{});
    CHECK_THAT(text, ContainsSubstring("#include \"net.hpp\""));
    CHECK_THAT(text, ContainsSubstring("namespace net_constants {"));
    CHECK_THAT(text, ContainsSubstring("using model = ::net;"));
    CHECK_THAT(text, ContainsSubstring("using arch = pare::arch::scalar;"));
    CHECK_THAT(text, ContainsSubstring("alignas(4) inline constexpr unsigned char layer0_1stlayer_data[24 + 1] ="));
    CHECK_THAT(text, ContainsSubstring(
                         "inline constexpr std::size_t flash_bytes = " + std::to_string(executing_bytes(pack<arch::scalar>(p))) + ";"));
    std::string hash;
    append_hex(hash, model_hash<net>);
    CHECK_THAT(text, ContainsSubstring("static_assert(pare::model_hash<model> == 0x" + hash + "u,"));
    CHECK(text == io::emit_text(p, good, arch::scalar{}));
    CHECK_THAT(io::emit_text(p, good, arch::avx512_vnni{}),
               ContainsSubstring("alignas(64) inline constexpr unsigned char layer0_1stlayer_data["));

    io::emit_options in_section = good;
    in_section.section = ".weights";
    in_section.include = "<net.hpp>";
    CHECK_THAT(io::emit_text(p, in_section, arch::scalar{}),
               ContainsSubstring("[[gnu::section(\".weights\")]] constexpr unsigned char layer0_1stlayer_data[") &&
                   ContainsSubstring("#include <net.hpp>\n"));
}

TEST_CASE("options that make no header are refused") {
    const auto p = support::random_parameters<net>(1);
    const auto message = [&](const io::emit_options& options) {
        try {
            io::emit_text(p, options, arch::scalar{});
        } catch (const io::error& e) {
            return std::string(e.what());
        }
        return std::string("emitted");
    };
    CHECK(message(good) == "emitted");
    CHECK_THAT(message({.include = "x", .name = "x"}), ContainsSubstring("emit: options.model must spell the model's type; got nothing"));
    CHECK_THAT(message({.model = "x", .name = "x"}),
               ContainsSubstring("emit: options.include must name the header of the model's type; got nothing"));
    CHECK_THAT(message({.model = "x", .include = "x", .name = "my-net"}),
               Equals("emit: options.name must be a namespace; got \"my-net\"; needs \"digits_network\""));
    CHECK_THAT(message({.model = "x", .include = "x\"\n", .name = "x"}), ContainsSubstring("emit: options must be plain text; got "));
    CHECK_THROWS_WITH(io::emit(p, std::filesystem::path(PARE_SCRATCH) / "my-net.hpp", arch::scalar{}, {.model = "x", .include = "x"}),
                      ContainsSubstring("got \"my-net_network\""));
    CHECK_THROWS_WITH(
        io::emit(p, std::filesystem::path(PARE_SCRATCH) / "nowhere" / "x.hpp", arch::scalar{}, {.model = "x", .include = "x"}),
        ContainsSubstring("x.hpp: cannot be written"));
}

TEST_CASE("parameters that are no parameters are not emitted") {
    auto p = support::random_parameters<net>(1);
    p.layer<1>().scales[1] = 0;
    CHECK_THROWS_WITH(io::emit_text(p, good, arch::scalar{}),
                      ContainsSubstring("tensor \"linear.1.scales\": scales must be finite and positive; got 0 at index 1"));
}
