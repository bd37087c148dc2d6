// SPDX-License-Identifier: MIT
// A weight tensor at rest: the smallest form, derived from the format's slots.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/format/weight_format.hpp>

namespace pare::inline v0 {

namespace detail {

/// The rule of fixed storage, apart from what needs it, so that its sentence stands alone.
template <class T, std::size_t Count>
struct fixed_count {
    static_assert(require<(Count != dynamic), got_type<T>, needs_type<T[1]>>,
                  "fixed storage: every count must be known to the compiler; got one that only the data knows; use unstructured<Kept> or "
                  "n_of_m<N, M>, or owned storage on a host");
};

}  // namespace detail

/// Storage in std::array: for constants, where every count is known to the compiler.
struct fixed {
    /// Refuses a count that only the data knows.
    template <class T, std::size_t Count>
    struct select : detail::fixed_count<T, Count> {
        /// The type of the array.
        using type = std::array<T, Count == dynamic ? 0 : Count>;
    };
    /// An array whose count is known.
    template <class T, std::size_t Count>
    using array = typename select<T, Count>::type;
};

/// Storage that belongs to somebody else.
struct view {
    /// A view of an array.
    template <class T, std::size_t>
    using array = std::span<const T>;
};

/// Sizes of the parts of a tensor of `Rows` x `Cols` in `Format`; `dynamic` where only the data knows.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols>
struct stored_counts {
    using encoding = typename Format::encoding;  ///< how a value is written
    /// Weights that exist.
    static constexpr std::size_t kept = kept_of<typename Format::mask>(Rows, Cols);
    /// Bytes of positions.
    static constexpr std::size_t positions = position_bytes_of<typename Format::mask>(Rows, Cols);
    /// Bytes of codes.
    static constexpr std::size_t codes = map_static(kept, [](std::size_t n) { return bytes_of_bits(n * std::size_t(Format::code_bits)); });
    /// Values in all books.
    static constexpr std::size_t book_values = [] {
        if constexpr (!Format::is_shared) return std::size_t(0);
        else if constexpr (Format::sharing::per_row) return static_product(Rows, Format::sharing::entries);
        else return Format::sharing::entries;
    }();
    /// Bytes of all books.
    static constexpr std::size_t book =
        map_static(book_values, [](std::size_t n) { return bytes_of_bits(n * std::size_t(encoding::bits)); });
    /// Scales: one, or one for each output.
    static constexpr std::size_t scales = Format::is_float ? 0 : std::same_as<typename Format::granularity, per_tensor> ? 1 : Rows;
    /// Factors: one for each group of each output.
    static constexpr std::size_t factors = static_product(Rows, groups_of<typename Format::granularity>(Cols));
    static constexpr std::size_t zero_points = Format::has_zero_point ? scales : 0;  ///< one for each scale, where there are any
};

/// A weight tensor at rest. Rows are outputs; the columns of a row are its weights, flattened H * W * I.
/// Codes follow one another row by row in the order of the positions that exist, `Format::code_bits` each, low bits first.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage>
struct stored_weights {
    using format = Format;  ///< of the weights
    /// Sizes of the parts.
    using counts = stored_counts<Format, Rows, Cols>;
    /// The type of a bias.
    using bias_type = std::conditional_t<Format::is_float, float, std::int32_t>;
    using zero_point_type = typename Format::encoding::value_type;  ///< of a zero point

    typename Storage::template array<std::byte, counts::positions> positions{};            ///< which weights exist
    typename Storage::template array<std::byte, counts::codes> codes{};                    ///< one code for each of them
    typename Storage::template array<std::byte, counts::book> book{};                      ///< shared values, as codes of the encoding
    typename Storage::template array<float, counts::scales> scales{};                      ///< one, or one for each output
    typename Storage::template array<std::uint8_t, counts::factors> factors{};             ///< [output][group]
    typename Storage::template array<zero_point_type, counts::zero_points> zero_points{};  ///< one for each scale
    typename Storage::template array<bias_type, Rows> bias{};  ///< at scale(input) * scale(output channel); a float for f32

    /// Bytes of everything above.
    constexpr std::size_t bytes() const {
        return positions.size() + codes.size() + book.size() + scales.size() * sizeof(float) + factors.size() +
               zero_points.size() * sizeof(zero_point_type) + bias.size() * sizeof(bias_type);
    }

    /// Calls f(name, array) for each part, in the order of a file.
    template <class Self, class F>
    static constexpr void for_each_part(Self& self, F&& f) {
        f("positions", self.positions);
        f("codes", self.codes);
        f("book", self.book);
        f("scales", self.scales);
        f("factors", self.factors);
        f("zero_points", self.zero_points);
        f("bias", self.bias);
    }
};

/// Reads single weights out of a tensor at rest, in the order of its positions. This is the meaning of every format: what any
/// packed form executes equals a walk with this reader.
template <weight_format_type Format>
struct weight_reader {
    using encoding = typename Format::encoding;  ///< how a value is written
    /// The type of an operand.
    using value_type = std::conditional_t<Format::is_float, float, std::int32_t>;

    std::span<const std::byte> codes;                            ///< codes of the weights that exist
    std::span<const std::byte> book;                             ///< shared values
    const typename encoding::value_type* zero_points = nullptr;  ///< one, or one for each output
    std::size_t zero_point_count = 0;                            ///< how many zero points there are

    /// Reads `w`, which must outlive it.
    template <std::size_t Rows, std::size_t Cols, class Storage>
    constexpr explicit weight_reader(const stored_weights<Format, Rows, Cols, Storage>& w)
        : codes(w.codes), book(w.book), zero_points(w.zero_points.data()), zero_point_count(w.zero_points.size()) {}

    /// Shared value `entry`, over all books.
    constexpr value_type shared_value(std::size_t entry) const
        requires(Format::is_shared)
    {
        return encoding::decode(read_bits(book.data(), entry * std::size_t(encoding::bits), encoding::bits));
    }

    /// The operand that `code` stands for in output `row`: value - zero point. The scale is not applied.
    constexpr value_type operand_of(std::uint32_t code, std::size_t row) const {
        value_type value{};
        if constexpr (Format::is_shared) {
            const std::size_t entry = code < Format::sharing::entries ? code : 0;
            value = shared_value((Format::sharing::per_row ? row * Format::sharing::entries : 0) + entry);
        } else {
            value = encoding::decode(code);
        }
        if constexpr (Format::has_zero_point) value -= zero_points[zero_point_count == 1 ? 0 : row];
        return value;
    }

    /// The operand of weight number `index`, in the order of positions, which lies in output `row`.
    constexpr value_type operand(std::size_t row, std::size_t index) const {
        return operand_of(read_bits(codes.data(), index * std::size_t(Format::code_bits), Format::code_bits), row);
    }
};

/// Calls f(n, k, operand) for each weight that exists, row by row; false where positions are damaged or run past the codes.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage, class F>
constexpr bool visit_weights(const stored_weights<Format, Rows, Cols, Storage>& w, std::size_t rows, std::size_t cols, const F& f) {
    const weight_reader<Format> reader(w);
    std::size_t index = 0;
    bool inside = true;
    const bool sound =
        visit_positions<typename Format::mask>(std::span<const std::byte>(w.positions), rows, cols, [&](std::size_t n, std::size_t k) {
            if ((index + 1) * std::size_t(Format::code_bits) > reader.codes.size() * 8) {
                inside = false;
                return;
            }
            f(n, k, reader.operand(n, index));
            ++index;
        });
    return sound && inside;
}

}  // namespace pare::inline v0
