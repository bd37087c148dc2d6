// SPDX-License-Identifier: MIT
// Scales and zero points of weights, for the levels that an encoding can write.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/compress/range.hpp>
#include <pare/core/config.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// The values that an encoding can write, ascending, and their codes. The lowest of a two's complement range is left out, so that
/// the range is symmetric.
struct level_table {
    std::vector<std::int32_t> values;
    std::vector<std::uint32_t> codes;
    int bits = 8;

    explicit level_table(const format_info& f) : bits(f.encoding_bits) {
        if (f.encoding_bits > 8) return;  // wide codes are their values
        for (std::uint32_t code = 0; code < (1u << f.encoding_bits); ++code) {
            const std::int32_t value = f.integer_of(code);
            if (!f.affine && value < -f.highest && f.lowest == -f.highest - 1) continue;
            const auto at = std::lower_bound(values.begin(), values.end(), value);
            if (at != values.end() && *at == value) continue;
            codes.insert(codes.begin() + (at - values.begin()), code);
            values.insert(at, value);
        }
    }

    float highest() const { return bits > 8 ? 32767.0f : float(std::max(std::abs(values.front()), std::abs(values.back()))); }
    float lowest_value() const { return bits > 8 ? -32767.0f : float(values.front()); }
    float highest_value() const { return bits > 8 ? 32767.0f : float(values.back()); }

    /// The level nearest to `x`, the larger of two that are equally near.
    std::size_t nearest(float x) const {
        const auto at = std::size_t(
            std::lower_bound(values.begin(), values.end(), x, [](std::int32_t v, float y) { return float(v) < y; }) - values.begin());
        if (at == 0) return 0;
        if (at == values.size()) return values.size() - 1;
        return x - float(values[at - 1]) < float(values[at]) - x ? at - 1 : at;
    }
    std::uint32_t code_of(float x) const {
        if (bits > 8) return std::uint32_t(std::uint16_t(std::int16_t(std::clamp(std::round(x), -32767.0f, 32767.0f))));
        return codes[nearest(x)];
    }
    float rounded(float x) const { return bits > 8 ? std::clamp(std::round(x), -32767.0f, 32767.0f) : float(values[nearest(x)]); }
};

/// Some weights of a matrix that share a scale: those that exist in rows [r0, r1) x columns [c0, c1).
struct region {
    const matrix& w;
    const presence& mask;
    Eigen::Index r0, r1, c0, c1;

    template <class F>
    void each(const F& f) const {
        for (Eigen::Index r = r0; r < r1; ++r)
            for (Eigen::Index c = c0; c < c1; ++c)
                if (mask(r, c)) f(w(r, c));
    }
    float largest() const {
        float m = 0;
        each([&](float x) { m = std::max(m, std::abs(x)); });
        return m;
    }
    double error(const level_table& levels, float scale, float zero) const {
        double sum = 0;
        each([&](float x) {
            const double d = double(x) - double(scale) * double(levels.rounded(x / scale + zero) - zero);
            sum += d * d;
        });
        return sum;
    }
};

/// What a scale and zero point lose of the distribution of a region's weights, of which `h` counts those that are not 0.
inline double divergence(const histogram& h, const level_table& levels, float scale, float zero) {
    return level_divergence(h, [&](double x) -> written_level {
        const float scaled = float(x) / scale + zero;
        return {double(levels.rounded(scaled)), scaled < levels.lowest_value() - 0.5f    ? -1
                                                : scaled > levels.highest_value() + 0.5f ? 1
                                                                                         : 0};
    });
}

inline histogram histogram_of(const region& r, float low, float high) {
    histogram h{low, high};
    r.each([&](float x) {
        if (x != 0) h.add(x);
    });
    return h;
}

inline value_range percentile_range_of(const region& r, double coverage) {
    std::vector<float> values;
    r.each([&](float x) { values.push_back(x); });
    return percentile_range(std::move(values), coverage);
}

/// The symmetric scale of a region: the largest weight is the highest level, or what the rule takes for it. Encodings of one and two
/// values besides zero start from the mean magnitude (XNOR-Net; ternary weight networks) and take the least squared error.
inline float symmetric_scale(const region& r, const level_table& levels, const range_rule& rule) {
    const float largest = r.largest(), whole = largest / levels.highest();
    if (!(whole > 0)) return 1.0f / 1024;  // nothing to scale but a bias, which wants a fine one
    const bool few = levels.highest() <= 1, by_entropy = rule.method == calibration::entropy && !few;
    if (rule.method == calibration::min_max && !few) return whole;
    if (rule.method == calibration::percentile && !few) {
        const value_range part = percentile_range_of(r, rule.coverage);
        const float end = std::max(-part.low, part.high);
        return end > 0 ? end / levels.highest() : whole;
    }
    const histogram h = by_entropy ? histogram_of(r, -largest, largest) : histogram{.counts = {}};
    const auto loss = [&](float scale) { return by_entropy ? divergence(h, levels, scale, 0) : r.error(levels, scale, 0); };
    float best = whole;
    double least = loss(whole);
    for (int percent = 98; percent >= (few ? 4 : 40); percent -= 2) {
        const float candidate = whole * float(percent) / 100.0f;
        const double e = loss(candidate);
        if (e < least) least = e, best = candidate;
    }
    if (!few) return best;
    // Few levels: with the assignment fixed the best scale has a closed form, <w, q> / <q, q>.
    for (int round = 0; round < 8; ++round) {
        double wq = 0, qq = 0;
        r.each([&](float x) {
            const double q = levels.rounded(x / best);
            wq += double(x) * q, qq += q * q;
        });
        if (!(wq > 0)) break;
        best = float(wq / qq);
    }
    return best;
}

struct scale_and_zero {
    float scale = 1;
    std::int32_t zero = 0;
};

/// The affine scale of a region, 0 exactly representable.
inline scale_and_zero affine_scale(const region& r, const level_table& levels, const range_rule& rule) {
    float low = 0, high = 0;
    r.each([&](float x) { low = std::min(low, x), high = std::max(high, x); });
    const float span = levels.highest_value() - levels.lowest_value();
    const auto cover = [&](float from, float to) -> scale_and_zero {
        const float scale = (to - from) / span;
        if (!(scale > 0)) return {};
        const float zero = std::clamp(std::round(levels.lowest_value() - from / scale), levels.lowest_value(), levels.highest_value());
        return {scale, std::int32_t(zero)};
    };
    scale_and_zero best = cover(low, high);
    if (rule.method == calibration::min_max || !(high > low)) return best;
    if (rule.method == calibration::percentile) {
        const value_range part = percentile_range_of(r, rule.coverage);
        return part.low < 0 || part.high > 0 ? cover(std::min(part.low, 0.0f), std::max(part.high, 0.0f)) : best;
    }
    const bool by_entropy = rule.method == calibration::entropy;
    const histogram h = by_entropy ? histogram_of(r, low, high) : histogram{.counts = {}};
    const auto loss = [&](scale_and_zero s) {
        return by_entropy ? divergence(h, levels, s.scale, float(s.zero)) : r.error(levels, s.scale, float(s.zero));
    };
    double least = loss(best);
    for (int percent = 98; percent >= 40; percent -= 2) {
        const float shrink = float(percent) / 100.0f;
        const scale_and_zero candidate = cover(low * shrink, high * shrink);
        const double e = loss(candidate);
        if (e < least) least = e, best = candidate;
    }
    return best;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
