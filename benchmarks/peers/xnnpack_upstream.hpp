// SPDX-License-Identifier: MIT
// Today's XNNPACK, which the CMake option PARE_XNNPACK_UPSTREAM takes in Debian's place: int8 layers with a scale for each channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <xnnpack.h>

#include "peers/work.hpp"

namespace bench::xnnpack {

inline constexpr const char* name = "XNNPACK " PARE_BENCH_XNNPACK_UPSTREAM;

/// An operator that only waits to be run: shapes and pointers are told here, which is not timed.
struct layer {
    std::vector<std::int8_t> source, output;
    xnn_operator_t op = nullptr;

    explicit layer(const quantized_work& w) : source(w.source), output(w.e.pixels() * w.e.outputs) {
        source.resize(source.size() + XNN_EXTRA_BYTES);  // it reads past the end
        if (xnn_initialize(nullptr) != xnn_status_success || !(w.e.kernel == 1 && w.e.width == 1 ? product(w) : convolution(w)))
            throw std::runtime_error("XNNPACK refuses the layer");
    }
    layer(const layer&) = delete;
    layer& operator=(const layer&) = delete;
    ~layer() { xnn_delete_operator(op); }
    void run() { xnn_run_operator(op, nullptr); }

private:
    bool product(const quantized_work& w) {
        return xnn_create_fully_connected_nc_qs8_qc8w(w.e.depth(), w.e.outputs, w.e.depth(), w.e.outputs, std::int8_t(w.zero_point), 1.0f,
                                                      w.scales.data(), w.weights.data(), w.bias.data(), 0, 1.0f, -128, 127, 0, nullptr,
                                                      &op) == xnn_status_success &&
               xnn_reshape_fully_connected_nc_qs8_qc8w(op, w.e.pixels(), nullptr) == xnn_status_success &&
               xnn_setup_fully_connected_nc_qs8_qc8w(op, source.data(), output.data()) == xnn_status_success;
    }
    bool convolution(const quantized_work& w) {
        const extents& e = w.e;
        const auto n = [](std::size_t v) { return std::uint32_t(v); };
        std::size_t bytes = 0, height = 0, width = 0;
        // Without XNN_FLAG_DEPTHWISE_CONVOLUTION a depthwise one has its weights as [channels][kernel][kernel], and the same kernels.
        // A workspace is asked for only by XNN_FLAG_TRANSIENT_INDIRECTION_BUFFER, which would fill it in each run.
        return xnn_create_convolution2d_nhwc_qs8_qc8w(n(e.pad), n(e.pad), n(e.pad), n(e.pad), n(e.kernel), n(e.kernel), n(e.stride),
                                                      n(e.stride), 1, 1, e.depthwise ? n(e.channels) : 1, e.depthwise ? 1 : e.channels,
                                                      e.depthwise ? 1 : e.outputs, e.channels, e.outputs, std::int8_t(w.zero_point), 1.0f,
                                                      w.scales.data(), w.weights.data(), w.bias.data(), 0, 1.0f, -128, 127, 0, nullptr,
                                                      &op) == xnn_status_success &&
               xnn_reshape_convolution2d_nhwc_qs8_qc8w(op, 1, e.height, e.width, &bytes, &height, &width, nullptr) == xnn_status_success &&
               bytes == 0 && xnn_setup_convolution2d_nhwc_qs8_qc8w(op, nullptr, source.data(), output.data()) == xnn_status_success;
    }
};

}  // namespace bench::xnnpack
