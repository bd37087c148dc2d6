// SPDX-License-Identifier: MIT
// Weights that the outputs of a panel have at the same places: those places as masks, and the weights as if there were no others.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/pick.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/execution.hpp>

namespace pare::inline v0 {

namespace detail {

/// Where the parts of a panel lie: a 32-bit number, which is the place of the weights; how many steps each run of K has; the masks of each
/// run, a bit for each activation; and the weights of each step, a register for each column of the panel.
template <class Execution>
struct picked_layout {
    static constexpr std::size_t counts_at = 4;  ///< byte of the counts, 32 bits each
    using value = typename Execution::dot::rhs;  ///< of a weight
    /// Bytes of a register of weights.
    static constexpr std::size_t weight_bytes = Execution::register_elements * sizeof(value);
    /// Words of the masks of a run.
    static constexpr std::size_t words(std::size_t length) { return ceil_div(length, arch::picked_at_once); }
    /// Byte of the masks, after the counts of so many runs.
    static constexpr std::size_t masks_at(std::size_t runs) { return round_up(counts_at + 4 * runs, sizeof(std::uint64_t)); }

    /// Lists of a run.
    static constexpr std::size_t lists(std::size_t) { return 1; }
    /// Registers of a step.
    static constexpr std::size_t registers(std::size_t width, std::size_t) { return width; }
};

}  // namespace detail

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// One panel: operand(n, k) is the weight of output n of the group, 0 where there is none. It is written at `out`, unless that is null.
template <class Execution, class Operand>
class picked_packer {
public:
    constexpr picked_packer(const Execution& x, std::size_t p, const Operand& operand, std::byte* out)
        : x_(x), operand_(operand), first_(p * Execution::width * lanes), width_(x.panel_width(p)) {
        const std::size_t masks_at = layout::masks_at(x.run_count());
        std::size_t steps = 0, words = 0;
        x.for_each_run([&](k_run r) {
            steps += ceil_div(picked(r), unit);
            words += layout::words(r.length);
        });
        const std::size_t weights_at = round_up(masks_at + words * sizeof(std::uint64_t), Execution::arch::alignment);
        bytes_ = round_up(weights_at + steps * width_ * layout::weight_bytes, Execution::arch::alignment);
        if (out == nullptr) return;

        set_element(out, 0, std::uint32_t(weights_at));
        std::size_t run = 0, word = 0;
        std::byte* weights = out + weights_at;
        x.for_each_run([&](k_run r) {
            std::size_t taken = 0;
            for (std::size_t k = 0; k < r.length; ++k)
                if (has(r, k)) {
                    write_bits(out + masks_at, word * arch::picked_at_once + k, 1, 1);
                    write_weights(weights, r, k, taken++);
                }
            const std::size_t steps_of_run = ceil_div(taken, unit);
            set_element(out + layout::counts_at, run++, std::uint32_t(steps_of_run));
            weights += steps_of_run * width_ * layout::weight_bytes;
            word += layout::words(r.length);
        });
    }

    /// Bytes of the panel.
    constexpr std::size_t bytes() const { return bytes_; }

private:
    using layout = detail::picked_layout<Execution>;
    using value = typename layout::value;
    static constexpr std::size_t lanes = Execution::lanes, unit = Execution::unit;

    constexpr value weight(k_run r, std::size_t lane, std::size_t k) const {
        const std::size_t n = first_ + lane;
        return n < x_.outputs() ? operand_(n, r.segment * x_.segment() + r.offset + k) : value{};
    }
    /// Whether an output of the panel has weight `k` of a run.
    constexpr bool has(k_run r, std::size_t k) const {
        for (std::size_t lane = 0; lane < width_ * lanes; ++lane)
            if (weight(r, lane, k) != value{}) return true;
        return false;
    }
    constexpr std::size_t picked(k_run r) const {
        std::size_t count = 0;
        for (std::size_t k = 0; k < r.length; ++k) count += has(r, k);
        return count;
    }
    /// Weight `k` of a run as the one of place `taken` of those that exist.
    constexpr void write_weights(std::byte* weights, k_run r, std::size_t k, std::size_t taken) const {
        for (std::size_t lane = 0; lane < width_ * lanes; ++lane)
            set_element(weights, (taken / unit * width_ * lanes + lane) * unit + taken % unit, weight(r, lane, k));
    }

    const Execution& x_;
    const Operand& operand_;
    std::size_t first_, width_, bytes_ = 0;
};

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
