// SPDX-License-Identifier: MIT
// The forms in which weights are executed, and the pieces of K in which they are visited.
#pragma once

#include <cstddef>

namespace pare::inline v0 {

/// How weights lie in the executing form.
enum class form {
    expanded,    ///< operands, ready to multiply
    coded,       ///< the format's own codes, decoded a register at a time at the moment of use
    gathered,    ///< the operands that exist, each with the place of its activation; every lane gathers activations of its own
    skipped,     ///< the registers of operands that have one, each with the place of its activations; others are skipped
    structured,  ///< of every M weights the N that exist, each with its place among the M, by which lanes pick activations
    picked       ///< the operands at places where an output of the panel has one; their activations are picked once for all of them
};

/// A piece of K that is visited in one go: neighbouring activations, one group of weights, sums that fit.
struct k_run {
    std::size_t segment = 0;  ///< which segment
    std::size_t offset = 0;   ///< first activation within it
    std::size_t length = 0;   ///< weights of the run
    std::size_t group = 0;    ///< of the weights
};

}  // namespace pare::inline v0
