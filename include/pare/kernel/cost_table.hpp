// SPDX-License-Identifier: MIT
// What the parts of a matrix product take on an arch, as measured.
#pragma once

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// What the steps of a form take, in nanoseconds. A step is a register of weights, with all that belongs to it, and meets the rows of a
/// tile.
struct form_times {
    double first = 0;   ///< for one row: to fetch the weights out of the nearest cache, to decode and to multiply them
    double next = 0;    ///< for each further row of the tile
    double output = 0;  ///< to make outputs of a register of sums
    double begin = 0;   ///< to begin and to end the steps of a register of outputs in a tile
};

/// What a machine takes for the parts of a matrix product on one arch. `benchmarks/calibrate` measures these numbers and prints them as
/// C++.
struct cost_table {
    form_times expanded{};           ///< operands as they are
    form_times narrow{};             ///< the same of at most 64 in magnitude, where the arch multiplies those in another way
    form_times coded4{};             ///< codes of four bits, which are numbers
    form_times shared4{};            ///< codes of four bits that stand for shared values
    form_times coded2{};             ///< codes of one or two bits
    form_times gathered{};           ///< lanes that gather activations
    form_times gathered_codes{};     ///< the same with codes of shared values
    form_times skipped{};            ///< blocks
    form_times structured{};         ///< N of every M weights
    form_times picked{};             ///< places that 64 outputs share
    double product = 0;              ///< nanoseconds to begin a product
    double begin = 0;                ///< to begin a tile: some rows and a panel
    double nearest_bytes = 0;        ///< of the first cache, where it is told from the next one
    double near_bytes_per_ns = 0;    ///< that one product reads out of the caches behind it that a core has for itself
    double near_bytes = 0;           ///< of the latter
    double far_bytes_per_ns = 0;     ///< that one product reads out of the cache behind those
    double far_bytes = 0;            ///< of that cache
    double memory_bytes_per_ns = 0;  ///< that it reads out of memory
};

/// The cost table of `Arch`. A machine's own is a specialisation, or a value that is given to the functions below. This one is of no
/// machine: a core of 2 GHz that does one instruction of each kind in a cycle. Archs of which none was measured, as those of NEON, have it.
template <class Arch>
inline constexpr cost_table cost_table_of = {.expanded = {0.5, 0.5, 2},
                                             .narrow = {0.5, 1.0, 2},
                                             .coded4 = {1.5, 0.5, 2},
                                             .shared4 = {1.5, 0.5, 2},
                                             .coded2 = {1.5, 0.5, 2},
                                             .gathered = {1.0, 1.5, 3},
                                             .gathered_codes = {3.0, 1.5, 3},
                                             .skipped = {0.5, 0.7, 3},
                                             .structured = {1.0, 1.5, 3},
                                             .picked = {0.6, 0.7, 3},
                                             .begin = 10,
                                             .near_bytes = 524288,
                                             .far_bytes_per_ns = 8,
                                             .far_bytes = 4194304,
                                             .memory_bytes_per_ns = 4};

/// Intel, 971 GOP/s of bytes, AVX-512 with VNNI and VBMI, 2 MB of L2; g++ 12. Its L3 is larger than any product that was timed, so that
/// memory counts as fast. The same machine for the archs below. Forms that an arch does not select have the times of operands.
template <>
inline constexpr cost_table cost_table_of<arch::avx512_vnni> = {.expanded = {0.374, 0.090, 0.50},
                                                                .narrow = {0.373, 0.094, 0.51},
                                                                .coded4 = {0.405, 0.135, 0.44},
                                                                .shared4 = {0.405, 0.135, 0.44},
                                                                .coded2 = {0.360, 0.145, 0.57},
                                                                .gathered = {0.950, 0.243, 1.72},
                                                                .gathered_codes = {1.150, 0.287, 1.40},
                                                                .skipped = {0.521, 0.139, 1.06},
                                                                .structured = {0.645, 0.266, 0.50},
                                                                .picked = {0.372, 0.103, 2.40},
                                                                .begin = 2.8,
                                                                .near_bytes = 2097152,
                                                                .far_bytes_per_ns = 28.5,
                                                                .far_bytes = 503316480,
                                                                .memory_bytes_per_ns = 28.5};
/// AMD, Zen 4, 473 GOP/s of bytes, 1 MB of L2, 32 MB of L3 that others use too; g++ 12. Its system says that L3 is ten times as large:
/// that size is the one of the processor, and what memory gives was read off products of 100 MB of weights in turn.
template <>
inline constexpr cost_table cost_table_of<arch::zen4> = {.expanded = {0.345, 0.266, 0.51},
                                                         .narrow = {0.360, 0.266, 0.34},
                                                         .coded4 = {0.240, 0.281, 0.00, 9.60},
                                                         .shared4 = {0.427, 0.246, 0.63},
                                                         .coded2 = {0.266, 0.279, 0.00, 7.60},
                                                         .gathered = {1.024, 0.333, 1.74, 4.29},
                                                         .gathered_codes = {0.830, 0.396, 1.66, 5.90},
                                                         .skipped = {0.423, 0.262, 0.86, 1.82},
                                                         .structured = {0.504, 0.462, 0.64},
                                                         .picked = {0.317, 0.273, 2.08, 5.45},
                                                         .product = 2.8,
                                                         .begin = 4.3,
                                                         .nearest_bytes = 32768,
                                                         .near_bytes_per_ns = 110.9,
                                                         .near_bytes = 1048576,
                                                         .far_bytes_per_ns = 80.0,
                                                         .far_bytes = 33554432,
                                                         .memory_bytes_per_ns = 29.0};
/// AVX-512 without VNNI.
template <>
inline constexpr cost_table cost_table_of<arch::avx512> = {.expanded = {0.464, 0.289, 0.21},
                                                           .narrow = {0.569, 0.435, 0.62},
                                                           .coded4 = {0.774, 0.428, 0.37},
                                                           .shared4 = {0.774, 0.428, 0.37},
                                                           .coded2 = {0.788, 0.396, 0.23},
                                                           .gathered = {1.149, 0.624, 2.79},
                                                           .gathered_codes = {1.147, 0.634, 1.35},
                                                           .skipped = {0.552, 0.310, 1.25},
                                                           .structured = {0.464, 0.289, 0.21},
                                                           .picked = {0.464, 0.289, 0.21},
                                                           .begin = 9.3,
                                                           .near_bytes = 2097152,
                                                           .far_bytes_per_ns = 28.0,
                                                           .far_bytes = 503316480,
                                                           .memory_bytes_per_ns = 28.0};
/// AVX2 with VNNI.
template <>
inline constexpr cost_table cost_table_of<arch::avx_vnni> = {.expanded = {0.288, 0.111, 0.57},
                                                             .narrow = {0.285, 0.112, 0.53},
                                                             .coded4 = {0.344, 0.117, 0.99},
                                                             .shared4 = {0.344, 0.117, 0.99},
                                                             .coded2 = {0.347, 0.132, 1.16},
                                                             .gathered = {0.706, 0.150, 1.97},
                                                             .gathered_codes = {0.715, 0.148, 1.90},
                                                             .skipped = {0.359, 0.144, 0.76},
                                                             .structured = {0.288, 0.111, 0.57},
                                                             .picked = {0.288, 0.111, 0.57},
                                                             .begin = 0.3,
                                                             .near_bytes = 2097152,
                                                             .far_bytes_per_ns = 26.9,
                                                             .far_bytes = 503316480,
                                                             .memory_bytes_per_ns = 26.9};
/// AVX2.
template <>
inline constexpr cost_table cost_table_of<arch::avx2> = {.expanded = {0.334, 0.168, 2.52},
                                                         .narrow = {0.470, 0.327, 0.00},
                                                         .coded4 = {0.597, 0.335, 1.16},
                                                         .shared4 = {0.597, 0.335, 1.16},
                                                         .coded2 = {0.558, 0.336, 0.00},
                                                         .gathered = {0.857, 0.267, 3.58},
                                                         .gathered_codes = {0.853, 0.272, 3.57},
                                                         .skipped = {0.436, 0.176, 1.74},
                                                         .structured = {0.334, 0.168, 2.52},
                                                         .picked = {0.334, 0.168, 2.52},
                                                         .begin = 7.2,
                                                         .near_bytes = 2097152,
                                                         .far_bytes_per_ns = 27.8,
                                                         .far_bytes = 503316480,
                                                         .memory_bytes_per_ns = 27.8};
/// SSE4.1.
template <>
inline constexpr cost_table cost_table_of<arch::sse4_1> = {.expanded = {0.375, 0.227, 1.03},
                                                           .narrow = {0.377, 0.303, 0.99},
                                                           .coded4 = {0.526, 0.319, 0.50},
                                                           .shared4 = {0.526, 0.319, 0.50},
                                                           .coded2 = {0.527, 0.321, 0.42},
                                                           .gathered = {0.641, 0.264, 4.94},
                                                           .gathered_codes = {0.664, 0.263, 4.64},
                                                           .skipped = {0.343, 0.251, 1.73},
                                                           .structured = {0.375, 0.227, 1.03},
                                                           .picked = {0.375, 0.227, 1.03},
                                                           .begin = 1.2,
                                                           .near_bytes = 2097152,
                                                           .far_bytes_per_ns = 20.2,
                                                           .far_bytes = 503316480,
                                                           .memory_bytes_per_ns = 20.2};

}  // namespace pare::inline v0
