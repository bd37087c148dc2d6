// SPDX-License-Identifier: MIT
// One function, compiled once for each arch: what the baseline program sees of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>

struct sizes {
    static constexpr std::size_t rows = 7;
    static constexpr std::size_t outputs = 37;
    static constexpr std::size_t depth = 83;
};

/// dst = requantised lhs (rows x depth) * weights (outputs x depth), on the arch of the tag.
void product(pare::arch::scalar, const std::int8_t* lhs, const std::int8_t* weights, std::int8_t* dst);
void product(pare::arch::avx2, const std::int8_t* lhs, const std::int8_t* weights, std::int8_t* dst);
void product(pare::arch::avx512_vnni, const std::int8_t* lhs, const std::int8_t* weights, std::int8_t* dst);
