// SPDX-License-Identifier: MIT
// Weights in blocks as steps: a register of outputs has the blocks that exist, each with the place of its activations, which all lanes
// share. Of two registers those blocks come first that both have, so that what they load serves both.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/execution.hpp>

namespace pare::inline v0 {

namespace detail {

/// Where the parts of a panel lie: a 32-bit number, which is the place of the weights; how many steps each list of each run of K has; the
/// first activation of each step, as an element of its segment; and the weights of each step, a register or two. A run of one register has
/// one list, of two registers three: steps of both, of the first, of the second.
template <class Execution>
struct block_layout {
    static constexpr std::size_t counts_at = 4;  ///< byte of the counts, 32 bits each
    /// Of a step's first activation.
    using offset = std::conditional_t<Execution::problem::max_depth <= 65536, std::uint16_t, std::uint32_t>;
    using value = typename Execution::dot::rhs;  ///< of a weight
    /// Bytes of a register of weights.
    static constexpr std::size_t weight_bytes = Execution::register_elements * sizeof(value);

    /// Lists of a run.
    static constexpr std::size_t lists(std::size_t width) { return width == 1 ? 1 : 3; }
    /// Registers of a step of list `list`.
    static constexpr std::size_t registers(std::size_t width, std::size_t list) { return width == 2 && list == 0 ? 2 : 1; }
};

}  // namespace detail

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// One panel: operand(n, k) is the weight of output n of the group, 0 where there is none. It is written at `out`, unless that is null.
template <class Execution, class Operand>
class block_packer {
public:
    constexpr block_packer(const Execution& x, std::size_t p, const Operand& operand, std::byte* out)
        : x_(x), operand_(operand), first_(p * Execution::width * lanes), width_(x.panel_width(p)) {
        const std::size_t lists = layout::lists(width_);
        std::size_t steps = 0, registers = 0;
        x.for_each_run([&](k_run r) {
            for (std::size_t list = 0; list < lists; ++list)
                for_each_step(r, list, [&](std::size_t, std::size_t) { ++steps, registers += layout::registers(width_, list); });
        });
        const std::size_t offsets_at = layout::counts_at + 4 * lists * x.run_count();
        const std::size_t weights_at = round_up(offsets_at + steps * sizeof(offset), Execution::arch::alignment);
        bytes_ = round_up(weights_at + registers * layout::weight_bytes, Execution::arch::alignment);
        if (out == nullptr) return;

        set_element(out, 0, std::uint32_t(weights_at));
        std::size_t count = 0, step = 0;
        std::byte* weights = out + weights_at;
        x.for_each_run([&](k_run r) {
            for (std::size_t list = 0; list < lists; ++list) {
                const std::size_t before = step;
                for_each_step(r, list, [&](std::size_t window, std::size_t from) {
                    set_element(out + offsets_at, step++, offset(window));
                    for (std::size_t j = 0; j < width_; ++j)
                        if (is_of(list, j)) weights = write_register(weights, r, j, window, from);
                });
                set_element(out + layout::counts_at, count++, std::uint32_t(step - before));
            }
        });
    }

    /// Bytes of the panel.
    constexpr std::size_t bytes() const { return bytes_; }

private:
    using layout = detail::block_layout<Execution>;
    using offset = typename layout::offset;
    using value = typename layout::value;
    static constexpr std::size_t lanes = Execution::lanes, unit = Execution::unit;

    /// Whether register `j` has the blocks of a list.
    constexpr bool is_of(std::size_t list, std::size_t j) const { return width_ == 1 || list == 0 || list == j + 1; }

    constexpr value weight(k_run r, std::size_t j, std::size_t lane, std::size_t k) const {
        const std::size_t n = first_ + j * lanes + lane;
        return n < x_.outputs() ? operand_(n, r.segment * x_.segment() + k) : value{};
    }
    /// Whether register `j` has a weight among activations [from, end).
    constexpr bool has(k_run r, std::size_t j, std::size_t from, std::size_t end) const {
        for (std::size_t lane = 0; lane < lanes; ++lane)
            for (std::size_t k = from; k < end; ++k)
                if (weight(r, j, lane, k) != value{}) return true;
        return false;
    }
    /// Calls f(first activation, first that no step before has) for each step of a list. The last window of a run that is no whole units
    /// reaches back.
    template <class F>
    constexpr void for_each_step(k_run r, std::size_t list, const F& f) const {
        for (std::size_t from = r.offset, end = r.offset + r.length; from < end; from += unit) {
            const std::size_t window = std::min(from, end - unit);
            bool matches = true;
            for (std::size_t j = 0; j < width_; ++j) matches &= has(r, j, from, window + unit) == is_of(list, j);
            if (matches) f(window, from);
        }
    }
    constexpr std::byte* write_register(std::byte* to, k_run r, std::size_t j, std::size_t window, std::size_t from) const {
        for (std::size_t lane = 0; lane < lanes; ++lane)
            for (std::size_t i = 0; i < unit; ++i)
                set_element(to, lane * unit + i, window + i < from ? value{} : weight(r, j, lane, window + i));
        return to + layout::weight_bytes;
    }

    const Execution& x_;
    const Operand& operand_;
    std::size_t first_, width_, bytes_ = 0;
};

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
