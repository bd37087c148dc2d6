// SPDX-License-Identifier: MIT
// How many distinct values there are: the sharing slot.
#pragma once

#include <concepts>
#include <cstddef>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/format/axis.hpp>
#include <pare/format/granularity.hpp>

namespace pare::inline v0 {

/// Every weight has a value of its own.
struct unique {
    using axis = axis::sharing;                ///< the slot that it fills
    static constexpr std::size_t entries = 0;  ///< none are shared
};

/// Weights are indices into `K` shared values, one book for the tensor or, with `per_channel`, one for each output.
template <std::size_t K, class Scope = per_tensor>
    requires(2 <= K && K <= 256 && (std::same_as<Scope, per_tensor> || std::same_as<Scope, per_channel>))
struct codebook {
    using axis = axis::sharing;                     ///< the slot that it fills
    using scope = Scope;                            ///< who has a book: the tensor or each output
    static constexpr std::size_t entries = K;       ///< values in a book
    static constexpr int index_bits = bits_for(K);  ///< of an index
    /// Whether each output has a book.
    static constexpr bool per_row = std::same_as<Scope, per_channel>;
    static constexpr std::size_t books(std::size_t rows) { return per_row ? rows : 1; }  ///< books of a tensor with so many outputs
};

}  // namespace pare::inline v0
