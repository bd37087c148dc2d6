// SPDX-License-Identifier: MIT
// The text of emitted headers, and options that are refused. That a header compiles and runs is tested in project/emit.
#include <pare/io/emit.hpp>
#include <pare/model/model.hpp>

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/random_parameters.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

using net =
    model<input<int8, 6>, linear<3, weights<per_channel>, relu, named<"__1st layer!">>, linear<2, weights<per_channel, codebook<4>>>>;

const io::emit_options good{.model = "net", .include = "net.hpp", .name = "net_constants"};

}  // namespace

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
