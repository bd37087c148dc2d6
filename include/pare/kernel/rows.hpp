// SPDX-License-Identifier: MIT
// The rows of register tiles: where activations are read and outputs written.
#pragma once

#include <array>
#include <cstddef>

#include <pare/arch/address.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// What lies behind a run of activations in its row.
enum class behind_run {
    nothing,  ///< that may be read: it may be the end of the caller's memory
    padding,  ///< to whole units, of what the arch sees as zero, and then the next run
    anything  ///< that may be read, a unit at least
};

/// Lines of rows (a matrix is one line, a rectangle of an image several): where each is read and written. Segment s of a row begins
/// s * segment_stride behind it. Steps may be static, so that a tile has one address and offsets from it.
template <class Lhs, class Out, std::size_t ReadStep = dynamic, std::size_t WriteStep = dynamic, std::size_t SegmentStep = dynamic>
struct row_lines {
    using lhs_type = Lhs;                     ///< what is read
    const Lhs* lhs = nullptr;                 ///< where the next row is read
    Out* dst = nullptr;                       ///< where it is written
    std::size_t segment_stride = 0;           ///< from segment to segment, where that is dynamic
    std::size_t read_steps = 0;               ///< from row to row, where that is dynamic
    std::size_t write_steps = 0;              ///< from row to row, where that is dynamic
    std::size_t lines = 1;                    ///< how many
    std::size_t read_line = 0;                ///< from line to line
    std::size_t write_line = 0;               ///< from line to line
    static constexpr std::size_t pooled = 1;  ///< rows that become one

    constexpr std::size_t segment_step() const { return SegmentStep == dynamic ? segment_stride : SegmentStep; }  ///< between segments
    constexpr std::size_t read_step() const { return ReadStep == dynamic ? read_steps : ReadStep; }               ///< from row to row
    constexpr std::size_t write_step() const { return WriteStep == dynamic ? write_steps : WriteStep; }           ///< from row to row

    /// Whether rows of `outputs` outputs are known to lie one behind the other.
    template <std::size_t outputs>
    static constexpr bool touching = WriteStep == outputs;

    /// Where the next rows are read.
    template <std::size_t Rows>
    PARE_INLINE constexpr void read(std::array<const Lhs*, Rows>& rows) const {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) rows[i] = lhs + i * read_step();
    }
    /// Where they are written.
    template <std::size_t Rows>
    PARE_INLINE constexpr void write(std::array<Out*, Rows>& rows) const {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) rows[i] = dst + i * write_step();
    }
    /// The same from row `n` of line `y` on.
    PARE_INLINE constexpr row_lines from(std::size_t y, std::size_t n) const {
        row_lines there = *this;
        there.lhs += y * read_line + n * read_step();
        there.dst += y * write_line + n * write_step();
        return there;
    }
};

/// Lines of rows of which each PoolHeight x PoolWidth become one: those of a window of an image, row by row. ReadStep and ReadRow are
/// between neighbours across and down, WriteStep from window to window.
template <class Lhs, class Out, std::size_t PoolHeight, std::size_t PoolWidth, std::size_t ReadStep, std::size_t ReadRow,
          std::size_t WriteStep, std::size_t SegmentStep>
struct pooled_lines {
    using lhs_type = Lhs;                                          ///< what is read
    static constexpr std::size_t pooled = PoolHeight * PoolWidth;  ///< rows that become one
    const Lhs* lhs = nullptr;                                      ///< where the next window is read
    Out* dst = nullptr;                                            ///< where what becomes of it is written
    std::size_t lines = 1;                                         ///< how many lines of windows
    std::size_t write_line = 0;                                    ///< from line to line

    /// Whether rows of `outputs` outputs are known to lie one behind the other.
    template <std::size_t outputs>
    static constexpr bool touching = WriteStep == outputs;

    static constexpr std::size_t segment_step() { return SegmentStep; }  ///< between segments

    /// Where the next rows are read.
    template <std::size_t Rows>
    PARE_INLINE constexpr void read(std::array<const Lhs*, Rows>& rows) const {
        // The next segment of the row above may be where this one begins. g++ 12 would keep such activations for the next turn, in
        // registers from which they have to be moved.
        std::array<const Lhs*, PoolHeight> down{};
        PARE_UNROLL for (std::size_t y = 0; y < PoolHeight; ++y) down[y] = v0::arch::whole_address(lhs + y * ReadRow);
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) rows[i] =
            down[i % pooled / PoolWidth] + (i / pooled * PoolWidth + i % PoolWidth) * ReadStep;
    }
    /// Where what becomes of them is written.
    template <std::size_t Windows>
    PARE_INLINE constexpr void write(std::array<Out*, Windows>& windows) const {
        PARE_UNROLL for (std::size_t i = 0; i < Windows; ++i) windows[i] = dst + i * WriteStep;
    }
    /// The same from row `n` of line `y` on.
    PARE_INLINE constexpr pooled_lines from(std::size_t y, std::size_t n) const {
        pooled_lines there = *this;
        there.lhs += y * PoolHeight * ReadRow + n / pooled * PoolWidth * ReadStep;
        there.dst += y * write_line + n / pooled * WriteStep;
        return there;
    }
};

/// The rows of one tile, anywhere.
template <class Lhs, class Out, std::size_t Rows>
struct row_list {
    using lhs_type = Lhs;                     ///< what is read
    std::size_t segment_stride = 0;           ///< from segment to segment
    std::array<const Lhs*, Rows> lhs{};       ///< where each row is read
    std::array<Out*, Rows> dst{};             ///< where each row is written
    static constexpr std::size_t lines = 1;   ///< all of them
    static constexpr std::size_t pooled = 1;  ///< rows that become one
    /// Whether rows of `outputs` outputs are known to lie one behind the other.
    template <std::size_t outputs>
    static constexpr bool touching = false;

    constexpr std::size_t segment_step() const { return segment_stride; }  ///< between segments

    /// Where they are read.
    PARE_INLINE constexpr void read(std::array<const Lhs*, Rows>& rows) const { rows = lhs; }
    /// Where they are written.
    PARE_INLINE constexpr void write(std::array<Out*, Rows>& rows) const { rows = dst; }
    /// These are all there are.
    PARE_INLINE constexpr const row_list& from(std::size_t, std::size_t) const { return *this; }
};

}  // namespace pare::inline v0::inline PARE_ISA
