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

#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/range.hpp>
#include <pare/compress/scale.hpp>
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

/// Row scales and group factors: a group's own scale s becomes factor * scale[row], factor in 1 .. 255.
inline void group_scales(const matrix& w, const format_info& f, const level_table& levels, const range_rule& rule, quantized_weights& q) {
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
            wanted[g] = group_region(g).largest() > 0 ? symmetric_scale(group_region(g), levels, rule) : 0.0f;
            largest = std::max(largest, wanted[g]);
        }
        if (!(largest > 0)) continue;
        q.scales[n] = largest / 255.0f;
        for (std::size_t g = 0; g < groups; ++g) {
            const float exact = wanted[g] / q.scales[n];
            int factor = int(std::ceil(exact - 1e-4f));  // nothing is clipped that the group's own scale would not clip
            if (rule.method == calibration::mse && exact > 1) {
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
inline quantized_weights quantize_weights(const matrix& w, const presence& mask, const format_info& f, const range_rule& rule,
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
            detail::group_scales(w, f, levels, rule, q);
        } else {
            const std::size_t count = f.per_channel ? rows : 1;
            for (std::size_t s = 0; s < count; ++s) {
                const detail::region r{w, mask,    Eigen::Index(f.per_channel ? s : 0), Eigen::Index(f.per_channel ? s + 1 : rows),
                                       0, w.cols()};
                if (f.affine) {
                    const detail::scale_and_zero z = detail::affine_scale(r, levels, rule);
                    q.scales.push_back(z.scale);
                    q.zero_points.push_back(z.zero);
                } else {
                    q.scales.push_back(detail::symmetric_scale(r, levels, rule));
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
