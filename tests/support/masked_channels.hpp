// SPDX-License-Identifier: MIT
// Parameters drawn by lot from which channels are removed, and whether two models say the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/encode.hpp>
#include <pare/compress/narrow.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/run.hpp>

#include "support/lots.hpp"
#include "support/random_parameters.hpp"

namespace support {

/// Outputs to remove, by node.
using removals = std::map<std::size_t, std::vector<std::size_t>>;

/// Parameters of `Masked` with the numbers of `whole`, those of the same model with dense masks. Pools, flatten and activations keep
/// the quantisation of what they read, as they do after calibration. What is removed says its zero point if `silent`, for which
/// `followers` name depthwise outputs that go along without a mask.
template <class Masked, class Whole>
pare::parameters<Masked, pare::owned> remove_channels(const pare::parameters<Whole, pare::owned>& whole, const removals& gone,
                                                      bool silent = true, const removals& followers = {}) {
    namespace compress = pare::compress;
    constexpr auto nodes = pare::describe_nodes<Masked>();
    std::vector<compress::quantized_weights> weights = compress::detail::read_weights(whole);
    for (const auto& [node, outputs] : gone)
        for (const std::size_t n : outputs) weights[node].mask.row(Eigen::Index(n)).setZero();
    pare::parameters<Masked, pare::owned> p;
    pare::io::detail::for_each_weighted<Masked>([&]<std::size_t I> {
        auto& to = p.template layer<I>();
        compress::encode(weights[I], compress::vector::Zero(weights[I].mask.rows()), 1.0f, "layer", to);
        to.bias = whole.template layer<I>().bias;
        for (const removals* r : {&gone, &followers})
            if (const auto at = r->find(I); silent && at != r->end())
                for (const std::size_t n : at->second) to.bias[n] = 0;
    });
    p.edges = whole.edges;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (keeps_quantization(nodes[i].kind)) p.edges[i + 1] = p.edges[nodes[i].inputs[0]];
    return p;
}

/// What a model says to an input, on `Arch`.
template <class Arch, class Model>
std::vector<typename Model::output_value> outputs_of(const pare::parameters<Model, pare::owned>& p,
                                                     const std::vector<typename Model::input_value>& in) {
    const auto model = std::make_unique<pare::packed<Model, Arch, pare::owned>>(pare::pack<Arch>(p));
    const auto memory = std::make_unique<pare::arena<Model, Arch>>();
    std::vector<typename Model::output_value> out(Model::output_shape.size());
    pare::run(*model, std::span<const typename Model::input_value>(in), std::span(out), *memory);
    return out;
}

/// Where two models differ on inputs drawn by lot, on the scalar arch and on `Others`; empty where they do not. Inputs on which the
/// output never changes are no test, and are told too.
template <class... Others, class A, class B>
std::string difference_on(const pare::parameters<A, pare::owned>& a, const pare::parameters<B, pare::owned>& b) {
    lots r(77);
    std::vector<typename A::output_value> first;
    bool varies = false;
    for (int round = 0; round < 6; ++round) {
        const spread s = round == 0 ? spread::lowest : round == 1 ? spread::highest : spread::even;
        std::vector<typename A::input_value> in(A::input_shape.size());
        for (auto& x : in) x = draw_activation<typename A::input_value>(r, s);
        const auto one = outputs_of<pare::arch::scalar>(a, in), other = outputs_of<pare::arch::scalar>(b, in);
        if (round == 0) first = one;
        varies = varies || one != first;
        for (std::size_t i = 0; i < one.size(); ++i)
            if (one[i] != other[i])
                return "output " + std::to_string(i) + ": " + std::to_string(one[i]) + " and " + std::to_string(other[i]);
        if ((... || (outputs_of<Others>(a, in) != one || outputs_of<Others>(b, in) != one))) return "another arch gives another";
    }
    return varies ? "" : "the output never changes";
}

/// On the scalar arch and on this machine's.
template <class A, class B>
std::string difference(const pare::parameters<A, pare::owned>& a, const pare::parameters<B, pare::owned>& b) {
    return difference_on<pare::arch::native>(a, b);
}
/// On the scalar arch only: a machine's kernels for every format take long to compile.
template <class A, class B>
std::string scalar_difference(const pare::parameters<A, pare::owned>& a, const pare::parameters<B, pare::owned>& b) {
    return difference_on<>(a, b);
}

/// What narrowing to `Small` refuses; empty where it does not.
template <class Small, class Masked>
std::string said(const pare::parameters<Masked, pare::owned>& p) {
    try {
        pare::compress::narrow<Small>(p);
    } catch (const pare::compress::error& e) {
        return e.what();
    }
    return "";
}

}  // namespace support
