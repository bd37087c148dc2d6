// SPDX-License-Identifier: MIT
// Weights in whichever of two forms is faster, which only the data tells.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/text.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0 {

/// Weights gathered, where few enough exist, and otherwise all of them as operands. The other form is empty.
template <class Gathered, class Expanded>
struct packed_choice {
    using gathered_type = Gathered;  ///< the form of few weights
    using expanded_type = Expanded;  ///< the form of many
    Gathered gathered{};             ///< empty where many weights exist
    Expanded expanded{};             ///< empty where few do

    /// Whether weights are gathered.
    PARE_INLINE constexpr bool gathers() const { return gathered.data.size() != 0; }
    /// Bytes of all parts.
    constexpr std::size_t bytes() const { return gathered.bytes() + expanded.bytes(); }
    static constexpr std::size_t static_bytes = dynamic;  ///< only the data knows

    /// Calls f(name, array) for each part.
    template <class Self, class F>
    static constexpr void for_each_part(Self& self, F&& f) {
        const auto of = [&](std::string_view form) {
            return [&f, form](std::string_view part, auto& array) {
                text<32> name;
                name.append(form), name.append("."), name.append(part);
                f(name.view(), array);
            };
        };
        Gathered::for_each_part(self.gathered, of("gathered"));
        Expanded::for_each_part(self.expanded, of("expanded"));
    }
};

namespace detail {
template <class T>
inline constexpr bool is_choice = false;
template <class Gathered, class Expanded>
inline constexpr bool is_choice<packed_choice<Gathered, Expanded>> = true;
}  // namespace detail

/// Calls f(packed weights) with the form that there is.
template <class Packed, class F>
PARE_INLINE constexpr void with_chosen(const Packed& weights, const F& f) {
    if constexpr (detail::is_choice<Packed>) weights.gathers() ? f(weights.gathered) : f(weights.expanded);
    else f(weights);
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Steps of all registers of gathered weights.
template <class Execution, class Rounding, class Storage>
constexpr std::size_t gathered_steps(const packed_weights<Execution, Rounding, Storage>& w) {
    std::size_t steps = 0;
    for (std::size_t g = 0; g < w.shape.groups(); ++g)
        for (std::size_t p = 0; p < w.shape.panels(); ++p) {
            const std::byte* const counts = panel_of(w, g, p).data + detail::gathered_layout<Execution>::counts_at;
            for (std::size_t i = 0; i < w.shape.panel_width(p) * w.shape.run_count(); ++i) steps += get_element<std::uint32_t>(counts, i);
        }
    return steps;
}

}  // namespace kernels

/// Packs a tensor at rest into the form of `Choice` that is faster. A step that gathers takes as long as 2.7 to 3.1 steps of a dense
/// product where those are of bytes (Intel, AVX-512 with VNNI: at 70 % of absent weights matrices of 1024 were 1.09 times as fast as dense,
/// a convolution of 256 channels 0.92 times), and 1.8 to 2.0 where they are of words (AVX2 1.52, AVX-512 1.38 times).
template <class Choice, class Storage, weight_format_type Format, std::size_t Rows, std::size_t Cols, class Source>
constexpr Choice pack_choice(const stored_weights<Format, Rows, Cols, Source>& w, quantization in, quantization out) {
    using few = typename Choice::gathered_type;
    using all = typename Choice::expanded_type;
    Choice result;
    constexpr typename all::execution dense{};
    constexpr std::size_t dense_steps = dense.groups() * dense.steps() * ceil_div(dense.outputs(), all::execution::lanes);
    result.gathered = pack_weights<typename few::execution, typename few::rounding, Storage>(w, typename few::execution{}, in, out);
    constexpr std::size_t dense_for_gathered = all::execution::unit >= 4 ? 3 : 2;
    if (dense_for_gathered * kernels::gathered_steps(result.gathered) <= dense_steps) return result;
    result.gathered = {};
    result.expanded = pack_weights<typename all::execution, typename all::rounding, Storage>(w, dense, in, out);
    return result;
}

}  // namespace pare::inline v0::inline PARE_ISA
