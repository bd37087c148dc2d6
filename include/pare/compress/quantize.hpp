// SPDX-License-Identifier: MIT
// A float weight matrix as codes of its format: scales, zero points, factors, codebooks.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
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
    presence mask;                          ///< which weights exist
    std::vector<std::uint32_t> codes;       ///< one for each weight, rows * cols; absent ones are 0
    std::vector<std::uint32_t> book;        ///< shared values as codes of the encoding
    std::vector<float> scales;              ///< one, or one for each output
    std::vector<std::uint8_t> factors;      ///< [output][group]
    std::vector<std::int32_t> zero_points;  ///< as many, of affine formats
    matrix values;                          ///< what the codes stand for
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

/// Writes the weights of one matrix, one at a time, with the scales and shared values found for the whole of it. Weights may be
/// written as other values than they had then.
class weight_coder {
public:
    weight_coder(const matrix& w, const presence& mask, const format_info& f, const range_rule& rule, const clustering& share,
                 const std::string& name)
        : format(f),
          rows(std::size_t(w.rows())),
          cols(std::size_t(w.cols())),
          levels(f.is_float ? format_info{.integer_of = [](std::uint32_t) { return std::int32_t(0); }} : f) {
        require(w, name);
        q.mask = mask;
        q.codes.assign(rows * cols, 0);
        q.values = matrix::Zero(w.rows(), w.cols());
        if (!f.is_float) find_scales(w, rule);
        if (f.entries != 0) find_books(w, share);
    }

    /// Writes weight (n, k) as what is nearest to `x`, and returns that.
    float write(std::size_t n, std::size_t k, float x) {
        float& value = q.values(Eigen::Index(n), Eigen::Index(k));
        std::uint32_t& code = q.codes[n * cols + k];
        if (format.entries != 0) {
            const std::span<const float> entries = book_of(n);
            const std::size_t at = nearest(entries, x / scale_at(n, k) + zero_at(n));
            code = std::uint32_t(at);
            value = scale_at(n, k) * (entries[at] - zero_at(n));
        } else if (format.is_float) {
            code = std::bit_cast<std::uint32_t>(x), value = x;
        } else {
            const float scaled = x / scale_at(n, k) + zero_at(n);
            code = levels.code_of(scaled), value = scale_at(n, k) * (levels.rounded(scaled) - zero_at(n));
        }
        return value;
    }

    quantized_weights result() && { return std::move(q); }

private:
    void require(const matrix& w, const std::string& name) const {
        for (Eigen::Index i = 0; i < w.size(); ++i)
            if (!std::isfinite(w.data()[i]))
                fail(name, "every weight must be finite", std::to_string(w.data()[i]) + " at index " + std::to_string(i), "finite numbers");
        if (format.entries > rows * cols || (format.book_per_channel && format.entries > cols))
            fail(name, "a codebook has no more entries than there are weights to share them", std::to_string(format.entries) + " entries",
                 "at most " + std::to_string(format.book_per_channel ? cols : rows * cols));
        if (format.group > cols)
            fail(name, "a group has no more weights than an output", std::to_string(format.group), "at most " + std::to_string(cols));
    }

    /// Scales and zero points: real = scale * (level - zero).
    void find_scales(const matrix& w, const range_rule& rule) {
        if (format.group != 0) return group_scales(w, format, levels, rule, q);
        const std::size_t count = format.per_channel ? rows : 1;
        for (std::size_t s = 0; s < count; ++s) {
            const region r{w, q.mask,  Eigen::Index(format.per_channel ? s : 0), Eigen::Index(format.per_channel ? s + 1 : rows),
                           0, w.cols()};
            if (format.affine) {
                const scale_and_zero z = affine_scale(r, levels, rule);
                q.scales.push_back(z.scale);
                q.zero_points.push_back(z.zero);
            } else {
                q.scales.push_back(symmetric_scale(r, levels, rule));
            }
        }
    }

    /// Shared values are clustered in levels, each weight counting by its scale squared, and by what its input is worth: the squared
    /// error that it makes.
    void find_books(const matrix& w, const clustering& share) {
        const std::size_t books = format.book_per_channel ? rows : 1, high = rows / books;
        const std::size_t groups = std::max<std::size_t>(1, std::size_t(share.importance.rows()));
        for (std::size_t b = 0; b < books; ++b) {
            std::vector<weighted_value> values;
            for (std::size_t n = b * high; n < (b + 1) * high; ++n)
                for (std::size_t k = 0; k < cols; ++k) {
                    const Eigen::Index r = Eigen::Index(n), c = Eigen::Index(k);
                    if (!q.mask(r, c)) continue;
                    const float scale = scale_at(n, k);
                    const float worth = share.importance.size() > 0 ? share.importance(Eigen::Index(n * groups / rows), c) : 1.0f;
                    values.push_back({w(r, c) / scale + zero_at(n), scale * scale * worth});
                }
            for (const float c : cluster(std::move(values), format.entries, share.seed + b, share.start)) {
                q.book.push_back(format.is_float ? std::bit_cast<std::uint32_t>(c) : levels.code_of(c));
                shared.push_back(format.is_float ? c : levels.rounded(c));
            }
        }
    }

    float scale_at(std::size_t n, std::size_t k) const {
        if (format.is_float) return 1.0f;
        const float scale = q.scales[q.scales.size() == 1 ? 0 : n];
        return format.group != 0 ? scale * float(q.factors[n * ceil_div(cols, format.group) + k / format.group]) : scale;
    }
    float zero_at(std::size_t n) const { return q.zero_points.empty() ? 0.0f : float(q.zero_points[q.zero_points.size() == 1 ? 0 : n]); }
    std::span<const float> book_of(std::size_t n) const {
        return std::span(shared).subspan(format.book_per_channel ? n * format.entries : 0, format.entries);
    }
    static std::size_t nearest(std::span<const float> entries, float x) {
        const auto at = std::size_t(std::lower_bound(entries.begin(), entries.end(), x) - entries.begin());
        if (at == 0) return 0;
        if (at == entries.size()) return at - 1;
        return x - entries[at - 1] < entries[at] - x ? at - 1 : at;
    }

    format_info format;
    std::size_t rows, cols;
    level_table levels;
    std::vector<float> shared;  ///< of all books, one after the other
    quantized_weights q;
};

}  // namespace detail

/// Writes `w`, of which `mask` exists, in format `f`, each weight as what is nearest to it. `name` is for messages.
inline quantized_weights quantize_weights(const matrix& w, const presence& mask, const format_info& f, const range_rule& rule,
                                          const clustering& share, const std::string& name) {
    detail::weight_coder coder(w, mask, f, rule, share, name);
    for (Eigen::Index n = 0; n < w.rows(); ++n)
        for (Eigen::Index k = 0; k < w.cols(); ++k)
            if (mask(n, k)) coder.write(std::size_t(n), std::size_t(k), w(n, k));
    return std::move(coder).result();
}

}  // namespace pare::inline v0::compress
