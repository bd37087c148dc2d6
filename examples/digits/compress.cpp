// SPDX-License-Identifier: MIT
// How a network is compressed: float weights and calibration images in, parameters of the model's own type out.
#include <algorithm>
#include <concepts>
#include <thread>

#include <pare/compress.hpp>

#include "configuration.hpp"
#include "data.hpp"
#include "models.hpp"

namespace digits {

namespace {

pare::compress::recipe recipe_of(method how, const progress& tell) {
    pare::compress::recipe recipe;
    recipe.threads = std::max(1u, std::thread::hardware_concurrency());
    recipe.progress = tell;
    recipe.rate = 0.9;
    switch (how) {
        case method::nearest:
            recipe.rate = 0;
            break;
        case method::gptq:
            recipe.rate = 0;
            recipe.round_weights = pare::compress::weight_rounding::gptq;
            break;
        case method::by_error:
            recipe.prune_by = pare::compress::criterion::error;
            break;
        case method::by_error_of_macs:
            recipe.prune_by = pare::compress::criterion::error;
            recipe.rate_of = pare::compress::rate_base::macs;
            break;
        case method::by_magnitude:
            recipe.prune_by = pare::compress::criterion::magnitude;
            break;
        case method::by_entropy:
            recipe.prune_by = pare::compress::criterion::entropy;
            break;
        case method::at_random:
            recipe.prune_by = pare::compress::criterion::random;
            break;
    }
    return recipe;
}

}  // namespace

template <class Model>
pare::parameters<Model, pare::owned> compress(const material& from, method how, const progress& tell) {
    const pare::compress::dataset calibration = pare::compress::make_dataset(from.calibration.pixels, pixels_per_image, 1.0f / 255);
    pare::compress::recipe recipe = recipe_of(how, tell);
    if constexpr (std::same_as<Model, int8_blocks>) recipe.rate = 0.75;
    if constexpr (std::same_as<Model, int8_half_channels>) {
        // Half of the channels of each convolution go, those whose responses differ least; what is left is a smaller dense network.
        recipe.prune_by = pare::compress::criterion::activation_entropy;
        recipe.rate = 0.5;
        recipe.allocate = pare::compress::allocation::per_layer;
        return pare::compress::narrow<Model>(pare::compress::run<int8_channels>(from.weights, calibration, recipe));
    } else {
        return pare::compress::run<Model>(from.weights, calibration, recipe);
    }
}

template <class Model>
pare::parameters<Model, pare::owned> order(const pare::parameters<Model, pare::owned>& parameters) {
    return pare::compress::order_channels(parameters);
}

template pare::parameters<float32, pare::owned> compress<float32>(const material&, method, const progress&);
template pare::parameters<int8_per_tensor, pare::owned> compress<int8_per_tensor>(const material&, method, const progress&);
template pare::parameters<int8_per_channel, pare::owned> compress<int8_per_channel>(const material&, method, const progress&);
template pare::parameters<int8_two_of_four, pare::owned> compress<int8_two_of_four>(const material&, method, const progress&);
template pare::parameters<int8_two_of_four_codebook16, pare::owned> compress<int8_two_of_four_codebook16>(const material&, method,
                                                                                                          const progress&);
template pare::parameters<int8_pruned, pare::owned> compress<int8_pruned>(const material&, method, const progress&);
template pare::parameters<int8_blocks, pare::owned> compress<int8_blocks>(const material&, method, const progress&);
template pare::parameters<int8_codebook16, pare::owned> compress<int8_codebook16>(const material&, method, const progress&);
template pare::parameters<int8_pruned_codebook16, pare::owned> compress<int8_pruned_codebook16>(const material&, method, const progress&);
template pare::parameters<int4_per_group, pare::owned> compress<int4_per_group>(const material&, method, const progress&);
template pare::parameters<int8_half_channels, pare::owned> compress<int8_half_channels>(const material&, method, const progress&);

template pare::parameters<int8_pruned, pare::owned> order(const pare::parameters<int8_pruned, pare::owned>&);
template pare::parameters<int8_pruned_codebook16, pare::owned> order(const pare::parameters<int8_pruned_codebook16, pare::owned>&);

}  // namespace digits
