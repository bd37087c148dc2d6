// SPDX-License-Identifier: MIT
// One function, compiled once for each arch: what the baseline program sees of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>

inline constexpr std::size_t image_size = 9 * 9 * 3;
inline constexpr std::size_t score_count = 37;

/// Runs a small network, whose weights are drawn from `seed`, on the arch of the tag.
void classify(pare::arch::scalar, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::sse4_1, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::avx2, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::avx_vnni, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::avx512, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::avx512_vnni, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::zen4, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::neon, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::neon_dotprod, unsigned seed, const std::int8_t* image, std::int8_t* scores);
void classify(pare::arch::neon_i8mm, unsigned seed, const std::int8_t* image, std::int8_t* scores);
