// SPDX-License-Identifier: MIT
// What do fewer bits and shared values gain or cost in time, beside the library's own dense int8?
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;

/// Weights of any values in `Format`, for M x N x K.
template <class Format, std::size_t M, std::size_t N, std::size_t K>
struct product {
    // Of many rows nothing is said, so that codes are executed as they are.
    using shape = std::conditional_t<M == 1, pare::product_problem<std::int8_t, N, K, 1>, pare::problem<std::int8_t, N, K>>;
    using execution = pare::select<Format, shape, native>;
    using stored = pare::stored_weights<Format, pare::dynamic, pare::dynamic, pare::owned>;
    using packed_type = pare::packed_weights<execution, pare::rounding::fp32, pare::owned>;
    packed_type packed =
        pare::pack_weights<execution, pare::rounding::fp32, pare::owned>(random_weights(), execution{}, {1.0f, 3}, {1.0f, 0});
    std::vector<std::int8_t> source = std::vector<std::int8_t>(M * K, 1), output = std::vector<std::int8_t>(M * N);
    std::vector<typename execution::dot::lhs> scratch = bench::scratch_of<execution>(pare::gemm_scratch_bytes(packed.shape, 1, M));

    static stored random_weights() {
        std::mt19937 random(1);
        stored s;
        const auto fill = [&](auto& bytes, std::size_t bits) {
            bytes.resize(pare::bytes_of_bits(bits));
            for (std::byte& b : bytes) b = std::byte(random());
        };
        fill(s.codes, N * K * std::size_t(Format::code_bits));
        if constexpr (Format::is_shared) fill(s.book, Format::sharing::entries * std::size_t(Format::encoding::bits));
        s.bias.assign(N, 5);
        s.scales.assign(Format::granularity::scales(N), 1e-5f);
        if constexpr (Format::group != 0) s.factors.assign(N * pare::groups_of<typename Format::granularity>(K), 7);
        return s;
    }
    PARE_NOINLINE void run() {
        pare::gemm<M, K, N>({source.data(), M, K, K}, packed, {output.data(), M, N, N},
                            pare::requantize_sums<std::int8_t>(packed, {0, -128, 127}), std::span(scratch));
    }
};

template <class Format, std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table, const std::string& name) {
    const std::string work =
        (M == 1 ? "gemv " : "gemm ") + name + " " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K);
    table.add(work, std::string(native::name), 2.0 * double(M) * double(N) * double(K), [](std::string&) {
        const auto own = std::make_shared<product<Format, M, N, K>>();
        const auto dense = std::make_shared<product<pare::weights<pare::int8, pare::per_channel>, M, N, K>>();
        std::vector<bench::contestant> all{{"pare", [own] { own->run(); }}, {"own dense int8", [dense] { dense->run(); }}};
        if (M == 1) all.push_back(bench::read_loop(own->packed.bytes()));
        return all;
    });
}

template <std::size_t M, std::size_t N, std::size_t K>
void add_formats(bench::comparison& table) {
    using namespace pare;
    add<weights<int4, per_channel>, M, N, K>(table, "int4");
    add<weights<int4, per_group<32>>, M, N, K>(table, "int4 per group 32");
    add<weights<int8, per_channel, codebook<16>>, M, N, K>(table, "codebook16");
    add<weights<int2, per_channel>, M, N, K>(table, "int2");
    add<weights<ternary, per_channel>, M, N, K>(table, "ternary");
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("lowbit", bench::peak_int8<native>());
    add_formats<1, 1024, 1024>(table);
    add_formats<1, 4096, 4096>(table);
    add_formats<64, 256, 256>(table);
    add_formats<196, 64, 288>(table);
    add_formats<64, 4096, 4096>(table);
    return table.run(argc, argv);
}
