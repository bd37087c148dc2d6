// SPDX-License-Identifier: MIT
// A float weight matrix as codes of its format: scales, zero points, factors, codebooks.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <pare/compress/calibrate.hpp>
#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/share.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// A weight matrix in the parts of its format, before they are packed into bits.
struct quantized_weights {
    presence mask;
    std::vector<std::uint32_t> codes;  ///< one for each weight, rows * cols; absent ones are 0
    std::vector<std::uint32_t> book;   ///< shared values as codes of the encoding
    std::vector<float> scales;
    std::vector<std::uint8_t> factors;  ///< [output][group]
    std::vector<std::int32_t> zero_points;
    matrix values;  ///< what the codes stand for
};

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

/// The symmetric scale of a region: the largest weight is the highest level, or, by `mse`, the scale of least squared error.
/// Encodings of one and two values besides zero start from the mean magnitude (XNOR-Net; ternary weight networks).
inline float symmetric_scale(const region& r, const level_table& levels, calibration method) {
    const float whole = r.largest() / levels.highest();
    if (!(whole > 0)) return 1.0f / 1024;  // nothing to scale but a bias, which wants a fine one
    if (method == calibration::min_max && levels.highest() > 1) return whole;
    float best = whole;
    double least = r.error(levels, whole, 0);
    for (int percent = 98; percent >= (levels.highest() > 1 ? 40 : 4); percent -= 2) {
        const float candidate = whole * float(percent) / 100.0f;
        const double e = r.error(levels, candidate, 0);
        if (e < least) least = e, best = candidate;
    }
    if (levels.highest() > 1) return best;
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
inline scale_and_zero affine_scale(const region& r, const level_table& levels, calibration method) {
    float low = 0, high = 0;
    r.each([&](float x) { low = std::min(low, x), high = std::max(high, x); });
    const float span = levels.highest_value() - levels.lowest_value();
    const auto cover = [&](float shrink) -> scale_and_zero {
        const float scale = (high - low) * shrink / span;
        if (!(scale > 0)) return {};
        const float zero =
            std::clamp(std::round(levels.lowest_value() - low * shrink / scale), levels.lowest_value(), levels.highest_value());
        return {scale, std::int32_t(zero)};
    };
    scale_and_zero best = cover(1);
    if (method == calibration::min_max || !(high > low)) return best;
    double least = r.error(levels, best.scale, float(best.zero));
    for (int percent = 98; percent >= 40; percent -= 2) {
        const scale_and_zero candidate = cover(float(percent) / 100.0f);
        const double e = r.error(levels, candidate.scale, float(candidate.zero));
        if (e < least) least = e, best = candidate;
    }
    return best;
}

/// Row scales and group factors: a group's own scale s becomes factor * scale[row], factor in 1 .. 255.
inline void group_scales(const matrix& w, const format_info& f, const level_table& levels, calibration method, quantized_weights& q) {
    const std::size_t rows = std::size_t(w.rows()), cols = std::size_t(w.cols()), groups = ceil_div(cols, f.group);
    q.scales.assign(rows, 1.0f);
    q.factors.assign(rows * groups, 1);
    std::vector<float> wanted(groups);
    for (std::size_t n = 0; n < rows; ++n) {
        const auto group_region = [&](std::size_t g) {
            return region{w,
                          q.mask,
                          Eigen::Index(n),
                          Eigen::Index(n + 1),
                          Eigen::Index(g * f.group),
                          Eigen::Index(std::min(cols, (g + 1) * f.group))};
        };
        float largest = 0;
        for (std::size_t g = 0; g < groups; ++g) {
            wanted[g] = group_region(g).largest() > 0 ? symmetric_scale(group_region(g), levels, method) : 0.0f;
            largest = std::max(largest, wanted[g]);
        }
        if (!(largest > 0)) continue;
        q.scales[n] = largest / 255.0f;
        for (std::size_t g = 0; g < groups; ++g) {
            const float exact = wanted[g] / q.scales[n];
            int factor = int(std::ceil(exact - 1e-4f));  // nothing is clipped that the group's own scale would not clip
            if (method == calibration::mse && exact > 1) {
                const int below = int(exact);
                if (group_region(g).error(levels, q.scales[n] * float(below), 0) <
                    group_region(g).error(levels, q.scales[n] * float(std::min(below + 1, 255)), 0))
                    factor = below;
            }
            q.factors[n * groups + g] = std::uint8_t(std::clamp(factor, 1, 255));
        }
    }
}

}  // namespace detail

/// Writes `w`, of which `mask` exists, in format `f`. `name` is for messages; `seed` starts the clustering of shared values.
inline quantized_weights quantize_weights(const matrix& w, const presence& mask, const format_info& f, calibration method,
                                          std::uint64_t seed, const std::string& name) {
    const std::size_t rows = std::size_t(w.rows()), cols = std::size_t(w.cols());
    for (Eigen::Index i = 0; i < w.size(); ++i)
        if (!std::isfinite(w.data()[i]))
            detail::fail(name, "every weight must be finite", std::to_string(w.data()[i]) + " at index " + std::to_string(i),
                         "finite numbers");
    if (f.entries > rows * cols || (f.book_per_channel && f.entries > cols))
        detail::fail(name, "a codebook has no more entries than there are weights to share them", std::to_string(f.entries) + " entries",
                     "at most " + std::to_string(f.book_per_channel ? cols : rows * cols));
    if (f.group > cols)
        detail::fail(name, "a group has no more weights than an output", std::to_string(f.group), "at most " + std::to_string(cols));

    quantized_weights q;
    q.mask = mask;
    q.codes.assign(rows * cols, 0);
    q.values = matrix::Zero(w.rows(), w.cols());

    // Scales and zero points: real = scale * (level - zero).
    const detail::level_table levels(f.is_float ? format_info{.integer_of = [](std::uint32_t) { return std::int32_t(0); }} : f);
    if (!f.is_float) {
        if (f.group != 0) {
            detail::group_scales(w, f, levels, method, q);
        } else {
            const std::size_t count = f.per_channel ? rows : 1;
            for (std::size_t s = 0; s < count; ++s) {
                const detail::region r{w, mask,    Eigen::Index(f.per_channel ? s : 0), Eigen::Index(f.per_channel ? s + 1 : rows),
                                       0, w.cols()};
                if (f.affine) {
                    const detail::scale_and_zero z = detail::affine_scale(r, levels, method);
                    q.scales.push_back(z.scale);
                    q.zero_points.push_back(z.zero);
                } else {
                    q.scales.push_back(detail::symmetric_scale(r, levels, method));
                }
            }
        }
    }
    const std::size_t groups = f.group != 0 ? ceil_div(cols, f.group) : 0;
    const auto scale_at = [&](std::size_t n, std::size_t k) {
        if (f.is_float) return 1.0f;
        const float scale = q.scales[q.scales.size() == 1 ? 0 : n];
        return groups != 0 ? scale * float(q.factors[n * groups + k / f.group]) : scale;
    };
    const auto zero_at = [&](std::size_t n) {
        return q.zero_points.empty() ? 0.0f : float(q.zero_points[q.zero_points.size() == 1 ? 0 : n]);
    };
    const auto each = [&](std::size_t first, std::size_t last, const auto& apply) {
        for (std::size_t n = first; n < last; ++n)
            for (std::size_t k = 0; k < cols; ++k)
                if (mask(Eigen::Index(n), Eigen::Index(k))) apply(n, k, w(Eigen::Index(n), Eigen::Index(k)));
    };

    if (f.entries == 0) {
        each(0, rows, [&](std::size_t n, std::size_t k, float x) {
            float& value = q.values(Eigen::Index(n), Eigen::Index(k));
            std::uint32_t& code = q.codes[n * cols + k];
            if (f.is_float) {
                code = std::bit_cast<std::uint32_t>(x), value = x;
            } else {
                const float scaled = x / scale_at(n, k) + zero_at(n);
                code = levels.code_of(scaled), value = scale_at(n, k) * (levels.rounded(scaled) - zero_at(n));
            }
        });
        return q;
    }

    // Shared values are clustered in levels, each weight counting by its scale squared: the squared error that it makes.
    const std::size_t books = f.book_per_channel ? rows : 1, share = rows / books;
    for (std::size_t b = 0; b < books; ++b) {
        std::vector<weighted_value> values;
        each(b * share, (b + 1) * share, [&](std::size_t n, std::size_t k, float x) {
            const float scale = scale_at(n, k);
            values.push_back({x / scale + zero_at(n), scale * scale});
        });
        const std::vector<float> centres = cluster(std::move(values), f.entries, seed + b);
        std::vector<float> entries;
        for (const float c : centres) {
            q.book.push_back(f.is_float ? std::bit_cast<std::uint32_t>(c) : levels.code_of(c));
            entries.push_back(f.is_float ? c : levels.rounded(c));
        }
        each(b * share, (b + 1) * share, [&](std::size_t n, std::size_t k, float x) {
            const float scaled = x / scale_at(n, k) + zero_at(n);
            const auto at = std::size_t(std::lower_bound(entries.begin(), entries.end(), scaled) - entries.begin());
            const std::size_t nearest = at == 0                                           ? 0
                                        : at == entries.size()                            ? at - 1
                                        : scaled - entries[at - 1] < entries[at] - scaled ? at - 1
                                                                                          : at;
            q.codes[n * cols + k] = std::uint32_t(nearest);
            q.values(Eigen::Index(n), Eigen::Index(k)) = scale_at(n, k) * (entries[nearest] - zero_at(n));
        });
    }
    return q;
}

}  // namespace pare::inline v0::compress
