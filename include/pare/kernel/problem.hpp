// SPDX-License-Identifier: MIT
// What weights are multiplied with: types and extents, before any arch or form is chosen.
#pragma once

#include <cstddef>

#include <pare/core/extents.hpp>

namespace pare::inline v0 {

/// So many rows that what each row costs decides, and not where weights come from.
inline constexpr std::size_t many_rows = 65;

/// Bytes of rows that are flipped at a time where weights come from afar: part of a second-level cache.
inline constexpr std::size_t flipped_bytes = std::size_t(1) << 18;
/// The same of rows that are added up.
inline constexpr std::size_t summed_bytes = std::size_t(1) << 19;
/// Rows that are added up at a time, at most: what a frame has room for.
inline constexpr std::size_t summed_rows = 256;

/// What weights are multiplied with: `Activation` values, in `Groups` groups that do not see one another; each group has
/// `Outputs` outputs of `Depth` weights, which meet activations in runs of `Segment` neighbours (a row of a window, or all).
/// Any extent may be `dynamic`; a dynamic depth is at most `max_depth`. `Taps`, where it is not 0, says that a segment is so many
/// taps of a window side by side, of which those outside the image can be skipped. `WindowRows`, where it is not 0, says that a window
/// of so many rows and `Taps` columns is one segment, column by column, to meet columns of an image that lie side by side. `Copied` says
/// that activations are copied in pieces before they are multiplied, so that an arch can change them then. Of the outputs of `Pooled`
/// rows, where it is not 1, the largest are what is wanted. `Rows` is how many rows meet the weights at a time, where that is known;
/// `many_rows` stands for more. `Summed` says that what multiplies rows can add each of them up before.
template <class Activation, std::size_t Outputs, std::size_t Depth, std::size_t Segment = Depth, std::size_t Groups = 1,
          std::size_t Taps = 0, std::size_t WindowRows = 0, bool Copied = WindowRows != 0, std::size_t Pooled = 1,
          std::size_t Rows = dynamic, bool Summed = false>
struct problem {
    using activation = Activation;  ///< the type of activations
    /// The extents of a group.
    using extents = v0::extents<Outputs, Depth, Segment, Groups>;
    static constexpr std::size_t outputs = Outputs;                             ///< of a group
    static constexpr std::size_t depth = Depth;                                 ///< weights of an output
    static constexpr std::size_t segment = Segment;                             ///< neighbouring activations that meet neighbouring weights
    static constexpr std::size_t groups = Groups;                               ///< that do not see one another
    static constexpr std::size_t taps = Taps;                                   ///< of a segment; 0: none can be skipped
    static constexpr std::size_t window_rows = WindowRows;                      ///< of a window that is taken column by column
    static constexpr bool copied = Copied;                                      ///< activations are, in pieces
    static constexpr std::size_t pooled = Pooled;                               ///< rows of which the largest outputs are wanted
    static constexpr std::size_t rows = Rows;                                   ///< that meet the weights at a time
    static constexpr bool summed = Summed;                                      ///< rows can be, before they are multiplied
    static constexpr std::size_t max_depth = Depth == dynamic ? 65536 : Depth;  ///< the most that a dynamic depth may be
};

/// A matrix product of so many rows, where that is known.
template <class Activation, std::size_t Outputs, std::size_t Depth, std::size_t Rows>
using product_problem = problem<Activation, Outputs, Depth, Depth, 1, 0, 0, false, 1, Rows, (Rows != 1)>;

}  // namespace pare::inline v0
