// SPDX-License-Identifier: MIT
// Products in many formats, each beside dense int8, and what the cost model says of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <pare/format/spell.hpp>
#include <pare/kernel/execution_time.hpp>

#include "measure.hpp"
#include "products.hpp"

namespace bench {

/// Nanoseconds that a product was measured to take.
struct times {
    double own = 0;       ///< in the form that the format's type selects
    double operands = 0;  ///< with all weights of the format as operands
    double dense = 0;     ///< with dense int8
};

/// One product in one format.
struct cell {
    std::string format, shape;
    int absent = 0;                                                 ///< percent of the weights
    pare::form layout = pare::form::expanded;                       ///< that the format's type selects
    pare::form faster = pare::form::expanded;                       ///< that the model predicts to be faster
    double predicted_ns = 0, dense_ns = 0;                          ///< of `layout`, and of dense int8
    std::function<times(std::string& what, double& bits)> measure;  ///< what is wrong, if anything is; bits of a weight at rest
};

/// Types of weights beside which others are put.
using dense_int8 = pare::weights<pare::int8, pare::per_channel>;
using native = pare::arch::native;

/// A product of M x N x K in `Format`.
template <class Format, std::size_t M, std::size_t N, std::size_t K>
cell cell_of(int absent) {
    using shape = pare::product_problem<std::int8_t, N, K, M>;
    using own_type = own_gemm<native, pare::rounding::fp32, M, N, K, Format>;
    using dense_type = own_gemm<native, pare::rounding::fp32, M, N, K, dense_int8>;
    // Where the arch multiplies operands of both alike, one stands for the other.
    using operands = pare::execution<Format, shape, native, pare::form::expanded>;
    constexpr bool alike = std::same_as<typename operands::dot, typename dense_type::execution::dot>;
    using operands_type =
        std::conditional_t<alike, dense_type, own_gemm<native, pare::rounding::fp32, M, N, K, Format, pare::form::expanded>>;
    const double density = 1 - absent / 100.0;
    pare::text<64> name;
    pare::spell<Format>(name);
    cell c;
    c.format = std::string(name.view());
    c.shape = std::to_string(M) + " x " + std::to_string(N) + " x " + std::to_string(K);
    c.absent = absent;
    c.layout = pare::selected_form<Format, shape, native>;
    c.faster = pare::faster_form<Format, shape, native>(M, density);
    c.predicted_ns = pare::execution_time(pare::select<Format, shape, native>{}, M, density, pare::cost_table_of<native>);
    c.dense_ns = pare::predicted_time<dense_int8, shape, native>(M);
    c.measure = [=](std::string& what, double& bits) {
        const quantized_work work = work_of<Format>({.height = M, .width = 1, .channels = K, .outputs = N}, absent);
        bits = 8 * double(stored_of<Format>(work).bytes()) / double(N * K);
        const auto own = std::make_unique<own_type>(work);
        const auto dense = std::make_unique<dense_type>(work);
        own->run(), dense->run();
        what = difference(dense->output, own->output, "the format");
        std::vector<contestant> all{{"own", [&] { own->run(); }}, {"dense", [&] { dense->run(); }}};
        std::unique_ptr<operands_type> expanded;
        if constexpr (!alike) {
            expanded = std::make_unique<operands_type>(work);
            all.push_back({"operands", [&] { expanded->run(); }});
        }
        const std::vector<double> ns = take_turns(all, 15, 1e6);
        return times{ns[0], alike ? ns[1] : ns.back(), ns[1]};
    };
    return c;
}

/// `Format` in all shapes.
template <class Format>
void add_shapes(std::vector<cell>& cells, int absent = 0) {
    cells.push_back(cell_of<Format, 1, 1024, 1024>(absent));
    cells.push_back(cell_of<Format, 1, 4096, 4096>(absent));
    cells.push_back(cell_of<Format, 16, 512, 512>(absent));
    cells.push_back(cell_of<Format, 128, 1024, 1024>(absent));
    cells.push_back(cell_of<Format, 784, 256, 256>(absent));
}

// A source each, since compiling them takes long.
void add_dense(std::vector<cell>& cells);   ///< fewer bits, shared values, 2:4
void add_pruned(std::vector<cell>& cells);  ///< weights pruned one by one
void add_blocks(std::vector<cell>& cells);  ///< blocks, and shared values of weights pruned one by one

}  // namespace bench
