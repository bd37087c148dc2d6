// SPDX-License-Identifier: MIT
// Compiled once for each arch with that arch's flags.
#include "product.hpp"

#include <array>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

constexpr std::size_t batch = sizes::rows, outputs = sizes::outputs, depth = sizes::depth;

template <class Format>
void multiply(const std::int8_t* lhs, const std::int8_t* weights, std::int8_t* dst) {
    using execution = pare::select<Format, pare::problem<std::int8_t, outputs, depth>, pare::arch::native>;
    pare::stored_weights<Format, outputs, depth, pare::fixed> stored;
    for (std::size_t i = 0; i < outputs * depth; ++i)
        pare::write_bits(stored.codes.data(), i * std::size_t(Format::code_bits), Format::code_bits, std::uint8_t(weights[i]));
    for (std::size_t n = 0; n < outputs; ++n) {
        stored.scales[n] = 0.001f * float(n % 3 + 1);
        stored.bias[n] = std::int32_t(n * 100) - 2000;
    }
    const auto packed = pare::pack_weights<execution, pare::rounding::fp32, pare::fixed>(stored, execution{}, {}, {});
    std::array<typename execution::dot::lhs, execution{}.scratch_elements(execution::max_rows)> scratch;
    pare::gemm(pare::contiguous_matrix(lhs, batch, depth), packed, pare::contiguous_matrix(dst, batch, outputs),
               pare::requantize<pare::rounding::fp32, std::int8_t>{packed.scales.data()}, scratch);
}

}  // namespace

void product(pare::arch::native, const std::int8_t* lhs, const std::int8_t* weights, std::int8_t* dst) {
    multiply<pare::weights<pare::int8, pare::per_channel>>(lhs, weights, dst);
    multiply<pare::weights<pare::int4, pare::per_channel>>(lhs, weights, dst + batch * outputs);
}
