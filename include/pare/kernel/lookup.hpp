// SPDX-License-Identifier: MIT
// Activations of any shape as tables: a byte has 256 values, and a table knows what becomes of each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/arch/dot.hpp>
#include <pare/arch/lookup.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/format/activations.hpp>

namespace pare::inline v0 {

/// What becomes of each value of In, as Out.
template <arch::byte_operand In, arch::byte_operand Out = In>
struct lookup_table {
    alignas(64) std::array<Out, 256> values{};  ///< by the value's bits, as an unsigned byte

    /// What becomes of `x`.
    PARE_INLINE constexpr Out operator()(In x) const { return values[std::uint8_t(x)]; }
};

/// The table of a function of a real number, for inputs and outputs of these quantisations: quantize(f(dequantize(x, in)), out), half away
/// from zero, saturated; what is not a number becomes the zero point. A constant where `f` can be one.
template <arch::byte_operand In, arch::byte_operand Out = In, class F>
    requires requires(const F& f) { float(f(0.0f)); }
constexpr lookup_table<In, Out> make_lookup_table(const F& f, quantization in, quantization out) {
    lookup_table<In, Out> table;
    for (int x = std::numeric_limits<In>::min(); x <= std::numeric_limits<In>::max(); ++x)
        table.values[std::uint8_t(x)] = quantize<Out>(float(f(dequantize(In(x), in))), out);
    return table;
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

/// dst[i] = table(src[i]); `src` may be `dst`.
template <class In, class Out, class Arch = arch::scalar>
constexpr void lookup_kernel(const In* src, Out* dst, std::size_t count, const lookup_table<In, Out>& table, Arch arch = {}) {
    arch::lookup_bytes(dst, src, count, table.values.data(), arch);
}

}  // namespace pare::inline v0::inline PARE_ISA
