// SPDX-License-Identifier: MIT
// Which combinations of policies are tried: rows of an orthogonal array, in which every two policies of different slots meet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include <pare/arch/tags.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/rounding.hpp>
#include <pare/format/weight_format.hpp>

#include "support/odd_archs.hpp"

namespace fuzz {

using namespace pare;

/// The slots.
enum slot : std::size_t {
    encoding_slot,
    mask_slot,
    sharing_slot,
    activation_slot,
    arch_slot,
    form_slot,
    epilogue_slot,
    layer_slot,
    scale_slot,
    extents_slot,
    slot_count
};

// What may stand in each slot. The last encoding, activation and epilogue are those of floats, which go together.
using encodings = std::tuple<int2, int3, int4, int5, int6, int7, int8, int16, uint8, binary, ternary, f32>;
using masks = std::tuple<dense, unstructured<>, n_of_m<1, 2>, n_of_m<2, 4>, n_of_m<1, 4>, n_of_m<4, 8>, blocks<1, 4>, blocks<16, 4>,
                         blocks<8, 1>, blocks<16, 1>, channels>;
using sharings = std::tuple<unique, codebook<4>, codebook<16>, codebook<32>, codebook<256>, codebook<4, per_channel>,
                            codebook<16, per_channel>, codebook<32, per_channel>, codebook<256, per_channel>>;
using activations = std::tuple<std::int8_t, std::uint8_t, std::int16_t, float>;
#if defined(__aarch64__)
using archs = std::tuple<arch::neon_i8mm, arch::neon_dotprod, arch::neon, arch::scalar, support::odd_3x2, support::odd_5x3>;
#else
using archs = std::tuple<arch::avx512_vnni, arch::avx2, arch::scalar, arch::avx512, arch::sse4_1, support::odd_3x2, support::odd_5x3>;
#endif
enum class form_choice : std::size_t { expanded, coded, gathered, selected, structured };
enum class epilogue_choice : std::size_t {
    raw,
    fp32_s8,
    fp32_u8,
    fp32_s16,
    single_s8,
    single_u8,
    single_s16,
    gemmlowp_s8,
    gemmlowp_u8,
    gemmlowp_s16,
    clamp_float
};
enum class layer_choice : std::size_t { gemm, conv2d };

template <class Granularity, class Symmetry>
struct scaling {
    using granularity = Granularity;
    using symmetry = Symmetry;
};
using scalings = std::tuple<scaling<per_tensor, symmetric>, scaling<per_channel, symmetric>, scaling<per_group<5>, symmetric>,
                            scaling<per_group<16>, symmetric>, scaling<per_tensor, affine>, scaling<per_channel, affine>>;

/// Outputs, depth, segment and groups, mostly dynamic.
template <std::size_t Outputs, std::size_t Depth, std::size_t Segment, std::size_t Groups>
struct extent_choice {
    static constexpr std::size_t outputs = Outputs, depth = Depth, segment = Segment, groups = Groups;
};
using extent_choices = std::tuple<extent_choice<dynamic, dynamic, dynamic, dynamic>, extent_choice<dynamic, dynamic, dynamic, 1>,
                                  extent_choice<37, dynamic, dynamic, 1>, extent_choice<dynamic, 54, dynamic, dynamic>,
                                  extent_choice<dynamic, 45, 15, 1>, extent_choice<19, 36, 12, 1>>;

/// How many choices a slot has.
inline constexpr std::array<std::size_t, slot_count> choices{std::tuple_size_v<encodings>,
                                                             std::tuple_size_v<masks>,
                                                             std::tuple_size_v<sharings>,
                                                             std::tuple_size_v<activations>,
                                                             std::tuple_size_v<archs>,
                                                             4,
                                                             11,
                                                             2,
                                                             std::tuple_size_v<scalings>,
                                                             std::tuple_size_v<extent_choices>};

/// Integer formats: the orthogonal array of strength 2 over the field of 11 elements, level(c) = i + c * j (Bose, Bush 1952): any two
/// columns show each pair of levels once. Floats: 22 rows of their own.
inline constexpr std::size_t levels = 11, integer_rows = levels * levels, float_rows = 2 * levels, row_count = integer_rows + float_rows;

/// The choice of each slot in row `row`.
constexpr std::array<std::size_t, slot_count> row_of(std::size_t row) {
    std::array<std::size_t, slot_count> choice{};
    if (row < integer_rows) {
        const std::size_t i = row / levels, j = row % levels;
        for (std::size_t c = 0; c < slot_count; ++c) {
            // Floats are left out, and dynamic extents are most of all.
            const std::size_t level = (i + c * j) % levels;
            const std::size_t count = c == encoding_slot || c == activation_slot || c == epilogue_slot ? choices[c] - 1 : choices[c];
            choice[c] = c == extents_slot ? (level < 6 ? 0 : level - 5) : level % count;
        }
    } else {
        const std::size_t i = (row - integer_rows) % levels, half = (row - integer_rows) / levels;
        for (std::size_t c = 0; c < slot_count; ++c) choice[c] = (i + c * half) % levels % choices[c];
        choice[encoding_slot] = choices[encoding_slot] - 1;
        choice[activation_slot] = choices[activation_slot] - 1;
        choice[epilogue_slot] = half == 0 ? std::size_t(epilogue_choice::clamp_float) : std::size_t(epilogue_choice::raw);
        choice[layer_slot] = (i + half) % 2;
        choice[scale_slot] = i % 2;
    }
    return choice;
}

/// Whether two choices may stand together.
constexpr bool is_legal(std::size_t slot_a, std::size_t a, std::size_t slot_b, std::size_t b) {
    const auto is_float = [](std::size_t slot, std::size_t choice) {
        return (slot == encoding_slot || slot == activation_slot || slot == epilogue_slot) && choice == choices[slot] - 1;
    };
    const auto is_integer = [&](std::size_t slot, std::size_t choice) {
        return ((slot == encoding_slot || slot == activation_slot) && !is_float(slot, choice)) ||
               (slot == epilogue_slot && choice != 0 && !is_float(slot, choice)) || (slot == scale_slot && choice > 1);
    };
    return !(is_float(slot_a, a) && is_integer(slot_b, b)) && !(is_integer(slot_a, a) && is_float(slot_b, b));
}

/// Row `Row` as types.
template <std::size_t Row>
struct row {
    static constexpr auto choice = row_of(Row);
    template <class List, slot Slot>
    using at = std::tuple_element_t<choice[Slot], List>;

    using scaling = at<scalings, scale_slot>;
    using format = weights<at<encodings, encoding_slot>, typename scaling::granularity, typename scaling::symmetry, at<masks, mask_slot>,
                           at<sharings, sharing_slot>>;
    using activation = at<activations, activation_slot>;
    using arch = at<archs, arch_slot>;
    using extents = at<extent_choices, extents_slot>;
    static constexpr auto form = form_choice(choice[form_slot]);
    static constexpr auto epilogue = epilogue_choice(choice[epilogue_slot]);
    static constexpr auto layer = layer_choice(choice[layer_slot]);
};

}  // namespace fuzz
