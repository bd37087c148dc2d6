// SPDX-License-Identifier: MIT
// How a matrix product is cut into pieces that run at the same time.
#pragma once

#include <algorithm>
#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>

namespace pare::inline v0::detail {

/// From `begin` to before `end`.
struct index_range {
    std::size_t begin = 0;  ///< the first
    std::size_t end = 0;    ///< one past the last
};

/// Part `part` of `count` things in `parts` parts as equal as can be.
PARE_INLINE constexpr index_range part_of(std::size_t count, std::size_t part, std::size_t parts) {
    return {count * part / parts, count * (part + 1) / parts};
}

/// Parts of the rows' tiles times parts of the panels: each piece is one of the former with one of the latter.
struct product_cut {
    std::size_t row_parts = 1;    ///< parts that the tiles of rows are cut into
    std::size_t panel_parts = 1;  ///< parts that the panels are cut into

    /// How many pieces.
    PARE_INLINE constexpr std::size_t pieces() const { return row_parts * panel_parts; }
    /// The tiles of a piece.
    PARE_INLINE constexpr index_range tiles(std::size_t piece, std::size_t count) const {
        return part_of(count, piece / panel_parts, row_parts);
    }
    /// The panels of a piece.
    PARE_INLINE constexpr index_range panels(std::size_t piece, std::size_t count) const {
        return part_of(count, piece % panel_parts, panel_parts);
    }
};

/// The cut of `tiles` x `panels` into at most `most` pieces whose largest is smallest, since that is waited for. Among equals rows stay
/// together, so that no two threads read the same weights, or with `keep_panels` panels, so that no two copy the same rows.
PARE_INLINE constexpr product_cut cut_product(std::size_t tiles, std::size_t panels, std::size_t most, bool keep_panels) {
    product_cut best;
    if (most <= 1) return best;
    std::size_t least = tiles * panels;
    for (std::size_t r = 1; r <= std::min(most, tiles); ++r) {
        const std::size_t height = ceil_div(tiles, r), width = ceil_div(panels, std::min(most / r, panels));
        if (height * width < least || (keep_panels && height * width == least)) {
            least = height * width;
            // As few parts as give these sizes: each is a thread to wake.
            best = {ceil_div(tiles, height), ceil_div(panels, width)};
        }
    }
    return best;
}

}  // namespace pare::inline v0::detail
