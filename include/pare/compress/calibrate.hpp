// SPDX-License-Identifier: MIT
// Scales and zero points of activations, from what a network does on calibration inputs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/range.hpp>
#include <pare/core/config.hpp>
#include <pare/format/activations.hpp>

namespace pare::inline v0::compress {

/// What an edge is written in.
struct edge_type {
    bool is_float = false;  ///< values are floats
    int low = -128;         ///< the lower end
    int high = 127;         ///< the upper end
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

/// The level that `q` gives to `x`, before the type's own range limits it.
inline double unlimited_level(double x, quantization q) { return std::round(x / q.scale) + q.zero_point; }

/// Mean squared error of quantising the bins' centres.
inline double squared_error(const histogram& h, quantization q, const edge_type& type) {
    double sum = 0, total = 0;
    for (std::size_t b = 0; b < h.counts.size(); ++b) {
        if (h.counts[b] == 0) continue;
        const double level = std::clamp(unlimited_level(h.centre(b), q), double(type.low), double(type.high));
        const double difference = h.centre(b) - q.scale * (level - q.zero_point);
        sum += h.counts[b] * difference * difference;
        total += h.counts[b];
    }
    return total > 0 ? sum / total : 0;
}

/// What quantising loses of the distribution of the values in `h`.
inline double divergence(const histogram& h, quantization q, const edge_type& type) {
    return level_divergence(h, [&](double x) -> written_level {
        const double level = unlimited_level(x, q);
        return {level, level < type.low ? -1 : level > type.high ? 1 : 0};
    });
}

/// The edge that shares its quantisation with edge `e` and comes first.
inline std::size_t tied_to(const network& net, std::size_t e) {
    while (e > 0 && keeps_quantization(net.nodes[e - 1].kind)) e = net.nodes[e - 1].inputs[0];
    return e;
}

inline std::string name_of_edge(const network& net, std::size_t e) {
    return e == 0 ? "input" : "output of " + name_of_node(net.nodes[e - 1]);
}

/// Refuses an edge that has no range.
inline void require_range(const matrix& edge, const std::string& name) {
    if (edge.size() == 0) fail(name, "it must not be empty", "0 values", "at least one");
    for (Eigen::Index i = 0; i < edge.size(); ++i)
        if (!std::isfinite(edge.data()[i]))
            fail(name, "every number must be finite", std::to_string(edge.data()[i]) + " for input " + std::to_string(i / edge.cols()),
                 "finite numbers");
}

/// The quantisation of an edge that is written as `type`, whose values are those of all `parts`, [low, high] and 0.
inline quantization quantization_of(const std::vector<const matrix*>& parts, float low, float high, const edge_type& type,
                                    const range_rule& rule) {
    const quantization whole = cover(low, high, type);
    if (rule.method == calibration::min_max || !(high > low)) return whole;
    if (rule.method == calibration::percentile) {
        std::vector<float> values;
        for (const matrix* m : parts) values.insert(values.end(), m->data(), m->data() + m->size());
        const value_range part = percentile_range(std::move(values), rule.coverage);
        // Almost all values are 0 and the range left is nothing: then the others are all there is to write.
        return part.low < 0 || part.high > 0 ? cover(part.low, part.high, type) : whole;
    }
    const bool by_error = rule.method == calibration::mse;
    histogram h{low, high};
    for (const matrix* m : parts)
        for (Eigen::Index i = 0; i < m->size(); ++i)
            // Zeros are written exactly in every range; after a ReLU they would outweigh all that differs.
            if (by_error || m->data()[i] != 0) h.add(m->data()[i]);
    const auto loss = [&](quantization q) { return by_error ? squared_error(h, q, type) : divergence(h, q, type); };
    quantization best = whole;
    double least = loss(whole);
    for (int percent = 99; percent >= 40; --percent) {
        const quantization q = cover(low * float(percent) / 100.0f, high * float(percent) / 100.0f, type);
        const double candidate = loss(q);
        if (candidate < least) least = candidate, best = q;
    }
    return best;
}

}  // namespace detail

/// The quantisation of every edge for the values in `edges`. Edges that a layer passes on unchanged in scale (pooling, flatten,
/// activations that stand alone) share one. A softmax writes scale 1 / 256, its zero point at the low end. Throws compress::error
/// where an edge that is not float has no values or one that is not finite.
inline std::vector<quantization> calibrate(const network& net, const activations& edges, const std::vector<edge_type>& types,
                                           const range_rule& rule) {
    const std::size_t count = edges.size();
    std::vector<std::vector<const matrix*>> parts(count);
    std::vector<float> low(count, 0.0f), high(count, 0.0f);
    for (std::size_t e = 0; e < count; ++e) {
        if (types[e].is_float) continue;
        detail::require_range(edges[e], detail::name_of_edge(net, e));
        const std::size_t tie = detail::tied_to(net, e);
        parts[tie].push_back(&edges[e]);
        low[tie] = std::min(low[tie], edges[e].minCoeff());
        high[tie] = std::max(high[tie], edges[e].maxCoeff());
    }
    std::vector<quantization> result(count);
    for (std::size_t e = 0; e < count; ++e) {
        const std::size_t tie = detail::tied_to(net, e);
        if (tie != e) result[e] = result[tie];
        else if (types[e].is_float) result[e] = {};
        else if (e > 0 && net.nodes[e - 1].kind == layer_kind::softmax) result[e] = {1.0f / 256.0f, types[e].low};
        else result[e] = detail::quantization_of(parts[e], low[e], high[e], types[e], rule);
    }
    return result;
}

}  // namespace pare::inline v0::compress
