// SPDX-License-Identifier: MIT
// Scales and zero points of activations, from what a network does on calibration inputs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <pare/compress/network.hpp>
#include <pare/core/config.hpp>
#include <pare/format/activations.hpp>

namespace pare::inline v0::compress {

/// How a range is chosen: the whole of it, or the part that gives the least squared error, which clips rare large values.
enum class calibration { min_max, mse };

/// What an edge is written in.
struct edge_type {
    bool is_float = false;
    int low = -128, high = 127;
};

namespace detail {

/// The quantisation that covers [low, high], 0 among it exactly: asymmetric for 8 bits, symmetric for 16.
inline quantization cover(float low, float high, const edge_type& type) {
    if (type.is_float) return {};
    low = std::min(low, 0.0f), high = std::max(high, 0.0f);
    if (type.high > 255) {
        const float largest = std::max(-low, high);
        return {largest > 0 ? largest / float(type.high) : 1.0f, 0};
    }
    const float scale = (high - low) / float(type.high - type.low);
    if (!(scale > 0)) return {1.0f, type.low < 0 ? 0 : type.low};
    return {scale, std::clamp(int(std::lround(float(type.low) - low / scale)), type.low, type.high)};
}

/// Counts of values in equal bins over [low, high].
struct histogram {
    float low = 0, high = 0;
    std::vector<double> counts = std::vector<double>(2048);

    void add(const matrix& m) {
        const float step = float(counts.size()) / (high - low);
        for (Eigen::Index i = 0; i < m.size(); ++i)
            counts[std::min(std::size_t(std::max(0.0f, (m.data()[i] - low) * step)), counts.size() - 1)] += 1;
    }

    /// Mean squared error of quantising the bins' centres.
    double error(quantization q, const edge_type& type) const {
        double sum = 0, total = 0;
        for (std::size_t b = 0; b < counts.size(); ++b) {
            if (counts[b] == 0) continue;
            const double centre = low + (double(b) + 0.5) * (high - low) / double(counts.size());
            const double level = std::clamp(std::round(centre / q.scale) + q.zero_point, double(type.low), double(type.high));
            const double difference = centre - q.scale * (level - q.zero_point);
            sum += counts[b] * difference * difference;
            total += counts[b];
        }
        return total > 0 ? sum / total : 0;
    }
};

/// The edge that shares its quantisation with edge `e` and comes first.
inline std::size_t tied_to(const network& net, std::size_t e) {
    while (e > 0 && keeps_quantization(net.nodes[e - 1].kind)) e = net.nodes[e - 1].inputs[0];
    return e;
}

}  // namespace detail

/// The quantisation of every edge for the values in `edges`. Edges that a layer passes on unchanged in scale (pooling, flatten,
/// activations that stand alone) share one. A softmax writes scale 1 / 256, its zero point at the low end.
inline std::vector<quantization> calibrate(const network& net, const activations& edges, const std::vector<edge_type>& types,
                                           calibration method) {
    const std::size_t count = edges.size();
    std::vector<std::size_t> tie(count);
    std::vector<float> low(count, 0.0f), high(count, 0.0f);
    for (std::size_t e = 0; e < count; ++e) {
        tie[e] = detail::tied_to(net, e);
        low[tie[e]] = std::min(low[tie[e]], edges[e].minCoeff());
        high[tie[e]] = std::max(high[tie[e]], edges[e].maxCoeff());
    }
    std::vector<quantization> result(count);
    for (std::size_t e = 0; e < count; ++e) {
        if (tie[e] != e) {
            result[e] = result[tie[e]];
            continue;
        }
        const edge_type& type = types[e];
        if (e > 0 && net.nodes[e - 1].kind == layer_kind::softmax && !type.is_float) {
            result[e] = {1.0f / 256.0f, type.low};
            continue;
        }
        result[e] = detail::cover(low[e], high[e], type);
        if (method != calibration::mse || type.is_float || !(high[e] > low[e])) continue;
        detail::histogram h{low[e], high[e]};
        for (std::size_t other = e; other < count; ++other)
            if (tie[other] == e) h.add(edges[other]);
        double best = h.error(result[e], type);
        for (int percent = 99; percent >= 40; --percent) {
            const quantization q = detail::cover(low[e] * float(percent) / 100.0f, high[e] * float(percent) / 100.0f, type);
            const double candidate = h.error(q, type);
            if (candidate < best) best = candidate, result[e] = q;
        }
    }
    return result;
}

}  // namespace pare::inline v0::compress
