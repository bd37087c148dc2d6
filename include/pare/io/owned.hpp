// SPDX-License-Identifier: MIT
// Storage on a host: vectors.
#pragma once

#include <cstddef>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Storage of its own on a host: counts need not be known to the compiler.
struct owned {
    /// An array of any count.
    template <class T, std::size_t>
    using array = std::vector<T>;
};

}  // namespace pare::inline v0
