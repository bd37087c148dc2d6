// SPDX-License-Identifier: MIT
// How fast is the dense int8 matrix product with requantisation by channel, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <Eigen/Core>

#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;

/// Floats by Eigen, M x K by K x N.
struct float_product {
    Eigen::MatrixXf a, b, c;
    float_product(std::size_t m, std::size_t n, std::size_t k)
        : a(Eigen::MatrixXf::Random(Eigen::Index(m), Eigen::Index(k))), b(Eigen::MatrixXf::Random(Eigen::Index(k), Eigen::Index(n))) {}
    void run() { c.noalias() = a * b; }
};

template <std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table) {
    bench::add_gemm<native, M, N, K>(table, "gemm", " s8", [](std::vector<bench::contestant>& all) {
        // Peers are given unsigned activations, for which nothing has to be flipped.
        using own = bench::own_gemm<native, pare::rounding::fp32, M, N, K, pare::weights<pare::int8, pare::per_channel>,
                                    pare::form::expanded, std::uint8_t>;
        const auto bytes = std::make_shared<own>(bench::quantized_work({.height = M, .width = 1, .channels = K, .outputs = N}));
        all.push_back({"u8 activations", [bytes] { bytes->run(); }, false});
        if (M == 1) all.push_back(bench::read_loop(bytes->packed.bytes()));
        const auto floats = std::make_shared<float_product>(M, N, K);
        all.push_back({"Eigen float", [floats] { floats->run(); }, false});
    });
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("gemm", bench::peak_int8<native>());
    add<16, 512, 512>(table);
    add<64, 256, 256>(table);
    add<128, 768, 768>(table);
    add<256, 1024, 1024>(table);
    add<784, 64, 576>(table);
    add<3136, 64, 27>(table);
    add<196, 256, 2304>(table);
    add<1024, 1024, 1024>(table);
    add<1, 1024, 1024>(table);
    add<1, 4096, 4096>(table);
    add<1, 256, 256>(table);
    return table.run(argc, argv);
}
