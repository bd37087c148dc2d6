// SPDX-License-Identifier: MIT
// Weights as steps of a gathering dot product: each lane has a few weights that exist, and the places of their activations in a window
// that the step names. A lane goes over its own weights, so that a register takes about as many steps as its longest lane.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/execution.hpp>

namespace pare::inline v0 {

namespace detail {

/// Where the parts of a panel lie: four 32-bit numbers, which are the places of the parts behind the first; how many steps each run of
/// each register has; the first activation of each step's window, as an element of its segment; for each output the place of its sum; of
/// each step, register by register and run by run, the places in the window, a byte each; and the weights of each step, of which each two
/// of a run share bytes where they are codes: those of the first are the lower nibbles.
template <class Execution>
struct gathered_layout {
    static constexpr std::size_t counts_at = 16;  ///< byte of the first part, 32 bits for each run of each register
    /// Of a window's place.
    using offset = std::conditional_t<Execution::shifts * round_up(Execution::problem::max_depth, Execution::window) <= 65536,
                                      std::uint16_t, std::uint32_t>;
    static constexpr std::size_t place_bytes = Execution::register_elements;  ///< of a step
    /// Lists of steps that a run has, one for each register, and registers of a step of any of them.
    static constexpr std::size_t lists(std::size_t width) { return width; }
    static constexpr std::size_t registers(std::size_t, std::size_t) { return 1; }  ///< of a step
    /// What is written of a weight, which is zero where there is none: an operand, or a code of six bits.
    using value = std::conditional_t<Execution::gathers_codes, std::uint8_t, typename Execution::dot::rhs>;
    static constexpr std::size_t sharing = Execution::gathers_codes ? 2 : 1;  ///< steps of a run whose weights share bytes
    static constexpr std::size_t weight_bytes = place_bytes * sizeof(value);  ///< of so many steps
};

}  // namespace detail

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// A register of outputs in a run of K, cut into steps: each begins at the first weight that is left, and takes of every lane what comes
/// next, up to a unit, as far as the window reaches. exists(lane, k) tells of weights, k counted in the segment.
template <class Execution, class Exists>
class gather_schedule {
public:
    constexpr gather_schedule(const Execution& x, k_run r, const Exists& exists)
        : exists_(exists), end_(r.offset + r.length), last_window_(x.segment() > Execution::window ? x.segment() - Execution::window : 0) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::size_t k = r.offset;
            for (std::size_t& place : next_[lane]) place = from(lane, k), k = place + 1;
        }
    }

    /// Makes the next step: take(lane, place among the lane's, first of the window, k). False where no weight is left.
    template <class Take>
    constexpr bool step(const Take& take) {
        std::size_t first = end_;
        for (const auto& of_lane : next_) first = std::min(first, of_lane[0]);
        if (first == end_) return false;
        const std::size_t window = window_for(first), reach = std::min(window + Execution::window, end_);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            auto& next = next_[lane];
            std::size_t taken = 0, last = next[unit - 1];
            for (; taken < unit && next[taken] < reach; ++taken) take(lane, taken, window, next[taken]);
            for (std::size_t j = 0; j < unit; ++j) last = next[j] = j + taken < unit ? next[j + taken] : from(lane, last + 1);
        }
        return true;
    }

private:
    static constexpr std::size_t lanes = Execution::lanes, unit = Execution::unit;

    /// The first weight of a lane that is not before `k`.
    constexpr std::size_t from(std::size_t lane, std::size_t k) const {
        while (k < end_ && !exists_(lane, k)) ++k;
        return std::min(k, end_);
    }
    /// Weights that a window at `window` would take.
    constexpr std::size_t taken_by(std::size_t window) const {
        std::size_t all = 0;
        for (const auto& of_lane : next_)
            for (const std::size_t k : of_lane) all += k < std::min(window + Execution::window, end_);
        return all;
    }
    /// Where the window of the first weight begins: there; but none reaches behind the segment, where that is as long as a window, and one
    /// that is a line of a cache begins where lines do if that costs but few weights: it is read in one go, which takes three quarters of
    /// the time of two.
    constexpr std::size_t window_for(std::size_t first) const {
        if constexpr (Execution::shifts > 1) return first / Execution::window_step * Execution::window_step;
        const std::size_t window = std::min(first, last_window_);
        if constexpr (Execution::gathers_windows && Execution::window * sizeof(typename Execution::dot::lhs) >= 64) {
            const std::size_t line = first / Execution::window * Execution::window;
            if (line <= last_window_ && taken_by(line) + lanes * unit / 8 >= taken_by(window)) return line;
        }
        return window;
    }

    const Exists& exists_;
    std::size_t end_, last_window_;
    std::array<std::array<std::size_t, unit>, lanes> next_{};  ///< the next weights of each lane
};

/// Writes the weight of `element` of a step, and its place in the window; the step is `half` of those that share its bytes.
template <class Execution>
constexpr void write_weight(std::byte* places, std::byte* weights, std::size_t half, std::size_t element, std::size_t place,
                            typename detail::gathered_layout<Execution>::value v) {
    if constexpr (Execution::gathers_codes) {
        places[element] = std::byte(place | std::size_t(v >> 4) << 6);
        weights[element] |= std::byte((v & 15) << (4 * half));
    } else {
        places[element] = std::byte(place);
        set_element(weights, element, v);
    }
}

/// One panel: operand(n, k) is the weight of output n of the group, 0 where there is none. It is written at `out`, unless that is null.
template <class Execution, class Operand>
class gathered_packer {
public:
    constexpr gathered_packer(const Execution& x, std::size_t p, const Operand& operand, std::byte* out) : x_(x), operand_(operand) {
        const std::size_t width = x.panel_width(p), lanes = width * Execution::lanes, runs = x.run_count();
        first_ = p * Execution::width * Execution::lanes;
        for (std::size_t i = 0; i < lanes; ++i) order_[i] = i;
        counts all = count_steps(width);
        if constexpr (Execution::sorts) {  // what somebody ordered already (compress::order_channels) is better as it is
            const std::array<std::size_t, most> as_it_is = order_;
            sort(lanes);
            if (const counts sorted = count_steps(width); sorted.steps < all.steps) all = sorted;
            else order_ = as_it_is;
        }

        const std::size_t offsets_at = layout::counts_at + 4 * width * runs;
        const std::size_t order_at = round_up(offsets_at + all.steps * sizeof(offset), sizeof(offset));
        const std::size_t places_at = round_up(order_at + (Execution::sorts ? lanes : 0), Execution::arch::alignment);
        const std::size_t weights_at = round_up(places_at + all.steps * layout::place_bytes, Execution::arch::alignment);
        bytes_ = round_up(weights_at + all.weights * layout::weight_bytes, Execution::arch::alignment);
        if (out == nullptr) return;

        set_element(out, 0, std::uint32_t(offsets_at));
        set_element(out, 1, std::uint32_t(order_at));
        set_element(out, 2, std::uint32_t(places_at));
        set_element(out, 3, std::uint32_t(weights_at));
        if constexpr (Execution::sorts)
            for (std::size_t i = 0; i < lanes; ++i) out[order_at + order_[i]] = std::byte(i);
        std::size_t run = 0;
        counts done;
        for (std::size_t j = 0; j < width; ++j)
            for_each_step(
                j, [&](std::size_t steps) { set_element(out + layout::counts_at, run++, std::uint32_t(steps)), done.add_run(steps); },
                [&](std::size_t step, std::size_t lane, std::size_t i, std::size_t window, std::size_t k, value weight) {
                    const std::size_t at = done.steps + step, weights = done.weights + step / layout::sharing;
                    set_element(out + offsets_at, at, offset(x_.window_place(window)));
                    write_weight<Execution>(out + places_at + at * layout::place_bytes, out + weights_at + weights * layout::weight_bytes,
                                            step % layout::sharing, lane * Execution::unit + i, k - window, weight);
                });
    }

    /// Bytes of the panel.
    constexpr std::size_t bytes() const { return bytes_; }

private:
    using layout = detail::gathered_layout<Execution>;
    using offset = typename layout::offset;
    using value = typename layout::value;

    /// Steps of some runs, and how often their weights take the bytes of some that share them.
    struct counts {
        std::size_t steps = 0, weights = 0;
        constexpr void add_run(std::size_t of_run) { steps += of_run, weights += ceil_div(of_run, layout::sharing); }
    };
    /// Those of all registers.
    constexpr counts count_steps(std::size_t width) const {
        counts all;
        for (std::size_t j = 0; j < width; ++j) for_each_step(j, [&](std::size_t steps) { all.add_run(steps); }, [](auto...) {});
        return all;
    }

    /// Orders outputs of the panel by their weights, those that have most first.
    constexpr void sort(std::size_t lanes) {
        std::array<std::size_t, most> kept{};
        for (std::size_t i = 0; i < lanes; ++i) {
            const std::size_t n = first_ + i;
            if (n < x_.outputs())
                for (std::size_t k = 0; k < x_.depth(); ++k) kept[i] += operand_(n, k) != value{};
            std::size_t at = i;
            for (; at > 0 && kept[order_[at - 1]] < kept[i]; --at) order_[at] = order_[at - 1];
            order_[at] = i;
        }
    }

    /// Calls end_run(steps) after each run of register `j`, and take(step of the register, lane, place, window, k, weight) for each
    /// weight.
    template <class EndRun, class Take>
    constexpr void for_each_step(std::size_t j, const EndRun& end_run, const Take& take) const {
        x_.for_each_run([&](k_run r) {
            const std::size_t before = r.segment * x_.segment();
            const auto output = [&](std::size_t lane) { return first_ + order_[j * Execution::lanes + lane]; };
            const auto exists = [&](std::size_t lane, std::size_t k) {
                return output(lane) < x_.outputs() && operand_(output(lane), before + k) != value{};
            };
            gather_schedule<Execution, decltype(exists)> schedule(x_, r, exists);
            std::size_t steps = 0;
            while (schedule.step([&](std::size_t lane, std::size_t i, std::size_t window, std::size_t k) {
                take(steps, lane, i, window, k, operand_(output(lane), before + k));
            }))
                ++steps;
            end_run(steps);
        });
    }

    static constexpr std::size_t most = Execution::width * Execution::lanes;
    static_assert(most <= 256);

    const Execution& x_;
    const Operand& operand_;
    std::array<std::size_t, most> order_{};
    std::size_t first_ = 0, bytes_ = 0;
};

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
