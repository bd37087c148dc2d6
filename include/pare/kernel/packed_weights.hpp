// SPDX-License-Identifier: MIT
// Weights in the executing form: panels of registers, and tables over outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/select.hpp>
#include <pare/kernel/structured_steps.hpp>

namespace pare::inline v0 {

namespace detail {

/// A flag that is never set, and takes nothing.
struct always_false {
    constexpr always_false& operator=(bool) { return *this; }
    constexpr operator bool() const { return false; }
};

/// The array of a storage that registers are read from, where it has one of its own: on a host it begins with a cache line.
template <class Storage, class T, std::size_t Count>
struct registers_in {
    using type = typename Storage::template array<T, Count>;
};
template <class Storage, class T, std::size_t Count>
    requires requires { typename Storage::template register_array<T, Count>; }
struct registers_in<Storage, T, Count> {
    using type = typename Storage::template register_array<T, Count>;
};
template <class Storage, class T, std::size_t Count>
using register_array = typename registers_in<Storage, T, Count>::type;

/// Sizes of the parts of packed weights; `dynamic` where extents are, or where only the data knows.
template <class Execution>
struct packed_counts {
    using format = typename Execution::format;
    using problem = typename Execution::problem;
    static constexpr bool is_static =
        problem::outputs != dynamic && problem::depth != dynamic && problem::segment != dynamic && problem::groups != dynamic;
    static constexpr Execution sample{};
    static constexpr bool has_presence = Execution::layout == form::coded && !format::is_dense;
    /// Only the data knows how many bytes a panel takes.
    static constexpr bool has_offsets = has_presence || Execution::is_sparse;

    /// Bits of one panel's presence map, or codes, `width` registers wide.
    static constexpr std::size_t panel_elements(const Execution& x, std::size_t width) {
        return (Execution::trims ? x.depth() : x.steps() * Execution::unit) * width * Execution::lanes;
    }

    /// Steps whose codes share bytes, those of the first in the lowest bits; 1 where codes follow one another.
    static constexpr std::size_t shared_steps = [] {
        if constexpr (Execution::layout != form::coded) return std::size_t(1);
        else if constexpr (!has_fast_decode<format, problem, typename Execution::arch>) return std::size_t(1);
        else return std::size_t(8 / format::code_bits);
    }();

    /// Bit at which the code of an element of a panel begins.
    static constexpr std::size_t code_bit(std::size_t element, std::size_t width) {
        if constexpr (shared_steps > 1) {
            const std::size_t step_elements = width * Execution::register_elements, step = element / step_elements;
            return (step / shared_steps * step_elements + element % step_elements) * 8 +
                   step % shared_steps * std::size_t(format::code_bits);
        } else {
            return element * std::size_t(format::code_bits);
        }
    }

    /// Bytes of a panel but for the codes of a masked one.
    static constexpr std::size_t panel_bytes(const Execution& x, std::size_t width) {
        const std::size_t elements = panel_elements(x, width);
        if constexpr (Execution::layout == form::expanded)
            return round_up(elements * sizeof(typename Execution::dot::rhs), Execution::arch::alignment);
        else if constexpr (Execution::layout == form::structured) return structured_layout<Execution>::panel_bytes(x, width);
        else if constexpr (has_presence) return bytes_of_bits(elements);
        else if constexpr (shared_steps > 1)
            return round_up(ceil_div(x.steps(), shared_steps) * width * Execution::register_elements, Execution::arch::alignment);
        else return round_up(bytes_of_bits(elements * std::size_t(format::code_bits)), Execution::arch::alignment);
    }

    /// Bytes of all panels, with `kept` weights where a mask is kept.
    static constexpr std::size_t data_bytes(const Execution& x, std::size_t weights) {
        // All panels but the last are alike.
        const std::size_t panels = x.panels();
        std::size_t bytes = panels == 0 ? 0 : (panels - 1) * panel_bytes(x, Execution::width) + panel_bytes(x, x.panel_width(panels - 1));
        bytes *= x.groups();
        if constexpr (has_presence)
            bytes += bytes_of_bits(weights * std::size_t(format::code_bits)) + x.groups() * x.panels() * Execution::arch::alignment;
        return bytes;
    }

    static constexpr std::size_t kept =
        has_presence && is_static ? kept_of<typename format::mask>(problem::outputs * problem::groups, problem::depth) : 0;
    static constexpr std::size_t data = [] {
        if constexpr (!is_static || kept == dynamic || Execution::is_sparse) return dynamic;
        else return data_bytes(sample, kept);
    }();
    template <class F>
    static constexpr std::size_t count(bool needed, F f) {
        if (!needed) return 0;
        if constexpr (is_static) return f(sample);
        else return dynamic;
    }
    static constexpr std::size_t outputs = count(true, [](const Execution& x) { return x.table_size(); });
    static constexpr std::size_t offsets = count(has_offsets, [](const Execution& x) { return x.groups() * x.panels(); });
    static constexpr std::size_t factors = count(format::group != 0, [](const Execution& x) { return x.run_count() * x.table_size(); });
    static constexpr bool per_row_book = [] {
        if constexpr (format::is_shared) return format::sharing::per_row;
        else return false;
    }();
    static constexpr bool decodes = Execution::layout == form::coded;
    static constexpr std::size_t book = [] {
        if constexpr (Execution::gathers_codes) return std::size_t(64);
        else if constexpr (Execution::looks_up_structured) return std::size_t(format::is_shared ? 16 : 0);
        else if constexpr (!decodes) return std::size_t(0);
        else if constexpr (per_row_book) return count(true, [](const Execution& x) { return x.table_size() * format::sharing::entries; });
        else if constexpr (format::is_shared) return std::max<std::size_t>(16, format::sharing::entries);
        else return std::size_t(0);
    }();
    static constexpr std::size_t tap_sums =
        count(Execution::skips_taps && !format::is_float, [](const Execution& x) { return x.segments() * problem::taps * x.table_size(); });
    static constexpr std::size_t zero_points = count(decodes && format::has_zero_point, [](const Execution& x) { return x.table_size(); });
};

}  // namespace detail

/// A shared value, decoded; before its zero point is taken off.
template <weight_format_type Format>
using book_value =
    std::conditional_t<Format::is_float, float,
                       std::conditional_t<sizeof(typename Format::encoding::value_type) == 1 && Format::encoding::decode(0xff) <= 127,
                                          std::int8_t, std::int16_t>>;

/// The weights of `Execution`, requantised by `Rounding`. Tables have one entry for each output channel, and as many more as a
/// register reads past the last one.
template <class Execution, class Rounding, class Storage>
struct packed_weights {
    using execution = Execution;                      ///< what the weights are for
    using rounding = Rounding;                        ///< how sums become outputs
    using counts = detail::packed_counts<Execution>;  ///< sizes of the parts
    /// What a scale is kept as.
    using scale_type = std::conditional_t<Execution::format::is_float, float, typename Rounding::scale_type>;
    using total = typename Execution::total;                   ///< of a sum
    using book_type = book_value<typename Execution::format>;  ///< of a shared value

    /// The bytes of all panels.
    using data_type = detail::register_array<Storage, std::byte, counts::data>;

    Execution shape{};                                                           ///< with the extents
    alignas(Execution::arch::alignment) alignas(data_type) data_type data{};     ///< panels
    typename Storage::template array<std::uint32_t, counts::offsets> offsets{};  ///< of panels, where their sizes differ
    detail::register_array<Storage, total, counts::outputs> bias{};              ///< with zero points folded in
    detail::register_array<Storage, total, counts::tap_sums> tap_sums{};         ///< [tap][output]: what bias takes out for a tap
    detail::register_array<Storage, scale_type, Execution::format::is_float ? 0 : counts::outputs> scales{};  ///< of each output
    typename Storage::template array<std::uint8_t, counts::factors> factors{};                                ///< [run][output]
    typename Storage::template array<book_type, counts::book> book{};                   ///< shared values, where codes are decoded in use
    typename Storage::template array<std::int16_t, counts::zero_points> zero_points{};  ///< of each output, where codes are decoded in use
    /// Whether sums times scales are sure to be below 2^31, where an arch of vectors asks that.
    [[no_unique_address]] std::conditional_t<(Execution::lanes > 1), bool, detail::always_false> products_fit{};

    /// Bytes of everything above.
    constexpr std::size_t bytes() const {
        std::size_t all = 0;
        for_each_part(*this, [&](std::string_view, const auto& part) { all += part.size() * sizeof(part[0]); });
        return all;
    }

    /// The same where the compiler knows every count, `dynamic` elsewhere.
    static constexpr std::size_t static_bytes = [] {
        if constexpr (!counts::is_static || counts::data == dynamic) {
            return dynamic;
        } else {
            return counts::data + counts::offsets * sizeof(std::uint32_t) + (counts::outputs + counts::tap_sums) * sizeof(total) +
                   (Execution::format::is_float ? 0 : counts::outputs * sizeof(scale_type)) + counts::factors +
                   counts::book * sizeof(book_type) + counts::zero_points * sizeof(std::int16_t);
        }
    }();

    /// Calls f(name, array) for each part.
    template <class Self, class F>
    static constexpr void for_each_part(Self& self, F&& f) {
        f("data", self.data);
        f("offsets", self.offsets);
        f("bias", self.bias);
        f("tap_sums", self.tap_sums);
        f("scales", self.scales);
        f("factors", self.factors);
        f("book", self.book);
        f("zero_points", self.zero_points);
    }
};

/// One panel of packed weights, as a register tile sees it.
template <class Execution>
struct panel_view {
    const std::byte* data = nullptr;                               ///< the panel
    std::size_t codes_at = 0;                                      ///< byte of the codes, after a presence map
    const typename Execution::total* bias = nullptr;               ///< of the panel's first output
    const std::uint8_t* factors = nullptr;                         ///< of the panel's first output in the first run
    const book_value<typename Execution::format>* book = nullptr;  ///< of the tensor, or of the panel's first output
    const std::int16_t* zero_points = nullptr;                     ///< of the panel's first output
    std::size_t first = 0;                                         ///< output channel of the first output
    std::size_t outputs = 0;                                       ///< of this panel that exist
};

/// Panel `p` of group `g`.
template <class Execution, class Rounding, class Storage>
PARE_INLINE constexpr panel_view<Execution> panel_of(const packed_weights<Execution, Rounding, Storage>& w, std::size_t g, std::size_t p) {
    using counts = detail::packed_counts<Execution>;
    using format = typename Execution::format;
    const Execution& x = w.shape;
    const std::size_t column = p * Execution::width * Execution::lanes;
    const std::size_t first = g * x.outputs() + column;
    panel_view<Execution> v;
    if constexpr (counts::has_offsets) {
        v.data = w.data.data() + w.offsets[g * x.panels() + p];
        if constexpr (counts::has_presence) v.codes_at = counts::panel_bytes(x, x.panel_width(p));
    } else {
        const std::size_t full = counts::panel_bytes(x, Execution::width);
        const std::size_t group_bytes = (x.panels() - 1) * full + counts::panel_bytes(x, x.panel_width(x.panels() - 1));
        v.data = w.data.data() + g * group_bytes + p * full;
    }
    v.bias = w.bias.data() + first;
    if constexpr (format::group != 0) v.factors = w.factors.data() + first;
    if constexpr (counts::book != 0) {
        if constexpr (counts::per_row_book) v.book = w.book.data() + first * format::sharing::entries;
        else v.book = w.book.data();
    }
    if constexpr (counts::zero_points != 0) v.zero_points = w.zero_points.data() + first;
    v.first = first;
    v.outputs = std::min(x.outputs() - column, x.panel_width(p) * Execution::lanes);
    return v;
}

}  // namespace pare::inline v0
