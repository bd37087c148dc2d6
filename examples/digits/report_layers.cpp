// SPDX-License-Identifier: MIT
// Runs the float network with one layer changed.
#include "report_layers.hpp"

#include <algorithm>
#include <thread>

namespace digits {

std::vector<pare::metrics::layer_sensitivity> test_sensitivities(const pare::parameters<float32, pare::owned>& twin,
                                                                 const pare::parameters<float32, pare::owned>& changed,
                                                                 const image_set& test) {
    return pare::metrics::sensitivities(twin, changed, reals_of(test), test.labels, std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace digits
