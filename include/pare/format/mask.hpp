// SPDX-License-Identifier: MIT
// Which weights exist: the mask slot. A mask is told to the rest of the library by where it keeps its positions.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/axis.hpp>
#include <pare/format/gap_code.hpp>

namespace pare::inline v0 {

/// What pruning may remove: units of `rows` x `cols` neighbouring weights (0 = the whole extent); where `of` is not 0, exactly
/// `keep` of each `of` consecutive units along K stay. Short units at the ends of rows and columns are always kept.
struct pruning_unit {
    std::size_t rows = 1;  ///< of a unit; 0: all
    std::size_t cols = 1;  ///< of a unit; 0: all
    std::size_t keep = 0;  ///< units that stay, of each `of`
    std::size_t of = 0;    ///< units among which `keep` stay; 0: any may go
    bool fixed = false;    ///< nothing may be chosen: the pattern is a constant of the type
};

/// A mask whose pattern is a constant of its type and needs no storage: `present(rows, cols, n, k)`.
template <class P>
concept fixed_mask = on_axis<P, axis::mask> && requires(std::size_t i) {
    { P::present(i, i, i, i) } -> std::same_as<bool>;
};

/// A mask with stored positions. `write` gets a predicate present(n, k) and a bit_writer; `visit` gets a bit_reader and calls
/// f(n, k) for each weight present, n ascending, k ascending within it, false where the positions are damaged.
template <class P>
concept stored_mask = on_axis<P, axis::mask> && requires(bit_writer w, bit_reader r, std::size_t i,
                                                         bool (*present)(std::size_t, std::size_t), void (*f)(std::size_t, std::size_t)) {
    P::write(w, i, i, present);
    { P::visit(r, i, i, f) } -> std::same_as<bool>;
    { P::unit } -> std::convertible_to<pruning_unit>;
};

/// A mask of either kind.
template <class P>
concept mask_policy = fixed_mask<P> || stored_mask<P>;

/// Every weight exists.
struct dense {
    using axis = axis::mask;                            ///< the slot that it fills
    static constexpr pruning_unit unit{.fixed = true};  ///< what pruning may remove
    PARE_INLINE static constexpr bool present(std::size_t, std::size_t, std::size_t, std::size_t) { return true; }  ///< always
    /// Weights that exist, `dynamic` where only the data knows.
    static constexpr std::size_t kept(std::size_t rows, std::size_t cols) { return static_product(rows, cols); }
};

/// Any weights exist; `Kept` of them, or as many as the data says. At rest the gaps between them are Rice codes
/// (gap_code.hpp), of which a bitmap is the special case of parameter 0.
template <std::size_t Kept = dynamic>
struct unstructured {
    using axis = axis::mask;               ///< the slot that it fills
    static constexpr pruning_unit unit{};  ///< what pruning may remove
    /// Weights that exist, `dynamic` where only the data knows.
    static constexpr std::size_t kept(std::size_t, std::size_t) { return Kept; }

    /// Bits that positions take at most, where `Kept` is known: the storage that the type reserves.
    static constexpr std::size_t position_bits(std::size_t rows, std::size_t cols)
        requires(Kept != dynamic)
    {
        return gap_code::most_bits(rows * cols, Kept);
    }

    /// Writes the positions for which present(n, k).
    template <class Present>
    static constexpr void write(bit_writer& out, std::size_t rows, std::size_t cols, const Present& present) {
        gap_code::write(out, rows * cols, [&](std::size_t i) { return present(i / cols, i % cols); });
    }

    /// Calls f(n, k) for each weight that exists, row by row; false where the positions are damaged.
    template <class F>
    static constexpr bool visit(bit_reader& in, std::size_t rows, std::size_t cols, const F& f) {
        return gap_code::visit(in, rows * cols, [&](std::size_t i) { f(i / cols, i % cols); });
    }
};

/// `N` of every `M` consecutive weights of an output exist, the same of `R` consecutive outputs; short tails are dense. A group is stored
/// as the rank of its pattern among the binomial(M, N) ones (combinatorial number system).
template <std::size_t N, std::size_t M, std::size_t R = 1>
    requires(0 < N && N < M && M <= 16 && R > 0)
struct n_of_m {
    using axis = axis::mask;                                            ///< the slot that it fills
    static constexpr pruning_unit unit{.rows = R, .keep = N, .of = M};  ///< what pruning may remove
    /// Weights that exist, `dynamic` where only the data knows.
    static constexpr std::size_t kept(std::size_t rows, std::size_t cols) {
        return map_static(static_product(rows, cols),
                          [&](std::size_t) { return rows / R * R * (cols / M * N + cols % M) + rows % R * cols; });
    }

    /// How many ways there are to choose k of n.
    static constexpr std::size_t binomial(std::size_t n, std::size_t k) {
        if (k > n) return 0;
        std::size_t b = 1;
        for (std::size_t i = 0; i < k; ++i) b = b * (n - i) / (i + 1);
        return b;
    }
    /// Bits of the rank of a pattern.
    static constexpr int group_bits = bits_for(binomial(M, N));
    /// Bits that positions take.
    static constexpr std::size_t position_bits(std::size_t rows, std::size_t cols) {
        return rows / R * (cols / M) * std::size_t(group_bits);
    }

    /// Writes the positions for which present(n, k).
    template <class Present>
    static constexpr void write(bit_writer& out, std::size_t rows, std::size_t cols, const Present& present) {
        for (std::size_t n = 0; n + R <= rows; n += R)
            for (std::size_t g = 0; g < cols / M; ++g) {
                std::size_t rank = 0, seen = 0;
                for (std::size_t i = 0; i < M; ++i)
                    if (present(n, g * M + i)) rank += binomial(i, ++seen);
                out.write(group_bits, std::uint32_t(rank));
            }
    }

    /// Calls f(n, k) for each weight that exists, row by row; false where the positions are damaged.
    template <class F>
    static constexpr bool visit(bit_reader& in, std::size_t rows, std::size_t cols, const F& f) {
        bit_reader band = in;
        for (std::size_t n = 0; n < rows; ++n) {
            // The patterns of a band are read for each of its outputs.
            if (n % R == 0) band = in;
            else in = band;
            const bool full = n / R * R + R <= rows;
            for (std::size_t k = 0; !full && k < cols / M * M; ++k) f(n, k);
            for (std::size_t g = 0; full && g < cols / M; ++g) {
                std::size_t rank = in.read(group_bits);
                if (rank >= binomial(M, N)) return false;
                bool present[M]{};
                std::size_t i = M;
                for (std::size_t left = N; left > 0; --left) {
                    do --i;
                    while (binomial(i, left) > rank);
                    rank -= binomial(i, left);
                    present[i] = true;
                }
                for (std::size_t j = 0; j < M; ++j)
                    if (present[j]) f(n, g * M + j);
            }
            for (std::size_t k = cols / M * M; k < cols; ++k) f(n, k);
        }
        return !in.overrun();
    }
};

/// Whole blocks of `R` consecutive outputs x `C` consecutive weights along K exist or do not; short blocks at the ends exist.
template <std::size_t R, std::size_t C>
    requires(0 < R && 0 < C && R * C > 1)
struct blocks {
    using axis = axis::mask;                                   ///< the slot that it fills
    static constexpr pruning_unit unit{.rows = R, .cols = C};  ///< what pruning may remove
    /// Weights that exist, `dynamic` where only the data knows.
    static constexpr std::size_t kept(std::size_t, std::size_t) { return dynamic; }

    /// Writes the positions for which present(n, k).
    template <class Present>
    static constexpr void write(bit_writer& out, std::size_t rows, std::size_t cols, const Present& present) {
        const std::size_t across = cols / C;
        gap_code::write(out, rows / R * across, [&](std::size_t i) { return present(i / across * R, i % across * C); });
    }

    /// Calls f(n, k) for each weight that exists, row by row; false where the positions are damaged.
    template <class F>
    static constexpr bool visit(bit_reader& in, std::size_t rows, std::size_t cols, const F& f) {
        // One band of R outputs at a time is read R times, so that weights come out row by row without a buffer.
        const std::size_t across = cols / C;
        gap_code::cursor band{in};
        for (std::size_t n = 0; n < rows; n += R) {
            const bool full = n + R <= rows;
            const gap_code::cursor start = band;
            for (std::size_t r = n; r < rows && r < n + R; ++r) {
                band = start;
                for (std::size_t b = 0; b < across; ++b)
                    if (!full || band.next())
                        for (std::size_t c = 0; c < C; ++c) f(r, b * C + c);
                for (std::size_t k = across * C; k < cols; ++k) f(r, k);
            }
        }
        return true;
    }
};

/// Whole outputs exist or do not; an absent one gives epilogue(bias).
struct channels {
    using axis = axis::mask;                                   ///< the slot that it fills
    static constexpr pruning_unit unit{.rows = 1, .cols = 0};  ///< what pruning may remove
    /// Weights that exist, `dynamic` where only the data knows.
    static constexpr std::size_t kept(std::size_t, std::size_t) { return dynamic; }

    /// Writes the positions for which present(n, k).
    template <class Present>
    static constexpr void write(bit_writer& out, std::size_t rows, std::size_t, const Present& present) {
        for (std::size_t n = 0; n < rows; ++n) out.write(1, present(n, std::size_t(0)));
    }

    /// Calls f(n, k) for each weight that exists, row by row; false where the positions are damaged.
    template <class F>
    static constexpr bool visit(bit_reader& in, std::size_t rows, std::size_t cols, const F& f) {
        for (std::size_t n = 0; n < rows; ++n)
            if (in.read(1))
                for (std::size_t k = 0; k < cols; ++k) f(n, k);
        return !in.overrun();
    }
};

/// Weights that exist, `dynamic` where only the data knows.
template <mask_policy Mask>
constexpr std::size_t kept_of(std::size_t rows, std::size_t cols) {
    if constexpr (requires { Mask::kept(rows, cols); }) {
        return Mask::kept(rows, cols);
    } else {
        if (rows == dynamic || cols == dynamic) return dynamic;
        if constexpr (fixed_mask<Mask>) {
            std::size_t count = 0;
            for (std::size_t n = 0; n < rows; ++n)
                for (std::size_t k = 0; k < cols; ++k) count += Mask::present(rows, cols, n, k);
            return count;
        } else {
            return dynamic;
        }
    }
}

/// Bytes that positions take, `dynamic` where only the data knows.
template <mask_policy Mask>
constexpr std::size_t position_bytes_of(std::size_t rows, std::size_t cols) {
    if constexpr (fixed_mask<Mask>) {
        return 0;
    } else if (rows == dynamic || cols == dynamic) {
        return dynamic;
    } else if constexpr (std::same_as<Mask, channels>) {
        return bytes_of_bits(rows);
    } else if constexpr (requires { Mask::position_bits(rows, cols); }) {
        return bytes_of_bits(Mask::position_bits(rows, cols));
    } else {
        return dynamic;
    }
}

/// Calls f(n, k) for each weight that exists, row by row; false where the positions are damaged.
template <mask_policy Mask, class F>
constexpr bool visit_positions(std::span<const std::byte> positions, std::size_t rows, std::size_t cols, const F& f) {
    if constexpr (fixed_mask<Mask>) {
        for (std::size_t n = 0; n < rows; ++n)
            for (std::size_t k = 0; k < cols; ++k)
                if (Mask::present(rows, cols, n, k)) f(n, k);
        return true;
    } else {
        bit_reader in(positions);
        return Mask::visit(in, rows, cols, f);
    }
}

}  // namespace pare::inline v0
