// SPDX-License-Identifier: MIT
// Debian's XNNPACK, of 2022: its int8 convolution with a scale for each channel; a matrix product is one with a 1x1 window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <xnnpack.h>

#include "peers/work.hpp"

namespace bench::xnnpack {

inline constexpr const char* name = "XNNPACK";

struct layer {
    std::vector<std::int8_t> source, output;
    xnn_operator_t op = nullptr;

    explicit layer(const quantized_work& w) : source(w.source), output(w.e.pixels() * w.e.outputs) {
        const extents& e = w.e;
        const auto n = [](std::size_t v) { return std::uint32_t(v); };
        std::vector<std::int8_t> weights = w.weights;
        if (e.depthwise)  // wanted as [kernel][kernel][channels]
            for (std::size_t c = 0; c < e.channels; ++c)
                for (std::size_t k = 0; k < e.depth(); ++k) weights[k * e.channels + c] = w.weights[c * e.depth() + k];
        const bool ok =
            xnn_initialize(nullptr) == xnn_status_success &&
            xnn_create_convolution2d_nhwc_qc8(n(e.pad), n(e.pad), n(e.pad), n(e.pad), n(e.kernel), n(e.kernel), n(e.stride), n(e.stride), 1,
                                              1, e.depthwise ? n(e.channels) : 1, e.depthwise ? 1 : e.channels, e.depthwise ? 1 : e.outputs,
                                              e.channels, e.outputs, std::int8_t(w.zero_point), 1.0f, w.scales.data(), weights.data(),
                                              w.bias.data(), 0, 1.0f, -128, 127, e.depthwise ? XNN_FLAG_DEPTHWISE_CONVOLUTION : 0,
                                              &op) == xnn_status_success &&
            xnn_setup_convolution2d_nhwc_qc8(op, 1, e.height, e.width, source.data(), output.data(), nullptr) == xnn_status_success;
        if (!ok) throw std::runtime_error("XNNPACK refuses the layer");
    }
    layer(const layer&) = delete;
    layer& operator=(const layer&) = delete;
    ~layer() { xnn_delete_operator(op); }
    void run() { xnn_run_operator(op, nullptr); }
};

}  // namespace bench::xnnpack
