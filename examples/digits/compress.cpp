// SPDX-License-Identifier: MIT
// How a network is compressed: float weights and calibration images in, parameters of the model's own type out.
#include <algorithm>
#include <thread>

#include <pare/compress.hpp>

#include "configuration.hpp"
#include "data.hpp"
#include "models.hpp"

namespace digits {

template <class Model>
pare::parameters<Model, pare::owned> compress(const material& from, criterion choice, const progress& tell) {
    pare::compress::recipe recipe;
    recipe.threads = std::max(1u, std::thread::hardware_concurrency());
    recipe.progress = tell;
    switch (choice) {
        case criterion::none:
            break;
        case criterion::by_error:
            recipe.prune_by = pare::compress::criterion::error;
            break;
        case criterion::by_magnitude:
            recipe.prune_by = pare::compress::criterion::magnitude;
            break;
        case criterion::by_entropy:
            recipe.prune_by = pare::compress::criterion::entropy;
            break;
        case criterion::at_random:
            recipe.prune_by = pare::compress::criterion::random;
            break;
    }
    if (choice != criterion::none) recipe.rate = 0.9;
    const pare::compress::dataset calibration = pare::compress::make_dataset(from.calibration.pixels, pixels_per_image, 1.0f / 255);
    return pare::compress::run<Model>(from.weights, calibration, recipe);
}

template pare::parameters<float32, pare::owned> compress<float32>(const material&, criterion, const progress&);
template pare::parameters<int8_per_tensor, pare::owned> compress<int8_per_tensor>(const material&, criterion, const progress&);
template pare::parameters<int8_per_channel, pare::owned> compress<int8_per_channel>(const material&, criterion, const progress&);
template pare::parameters<int8_two_of_four, pare::owned> compress<int8_two_of_four>(const material&, criterion, const progress&);
template pare::parameters<int8_two_of_four_codebook16, pare::owned> compress<int8_two_of_four_codebook16>(const material&, criterion,
                                                                                                          const progress&);
template pare::parameters<int8_pruned, pare::owned> compress<int8_pruned>(const material&, criterion, const progress&);
template pare::parameters<int8_codebook16, pare::owned> compress<int8_codebook16>(const material&, criterion, const progress&);
template pare::parameters<int8_pruned_codebook16, pare::owned> compress<int8_pruned_codebook16>(const material&, criterion,
                                                                                                const progress&);
template pare::parameters<int4_per_group, pare::owned> compress<int4_per_group>(const material&, criterion, const progress&);

}  // namespace digits
