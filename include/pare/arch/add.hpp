// SPDX-License-Identifier: MIT
// Quantised addition of arrays: the formula for one element, and registers of bytes by the same formula.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>

namespace pare::inline v0 {

/// The constants of a quantised addition. Both inputs are brought to a common scale with `shift` fraction bits, added, and
/// requantised (TFLite reference_integer_ops::Add).
struct add_constants {
    std::int32_t zero_a = 0;         ///< zero point of the first input
    std::int32_t zero_b = 0;         ///< zero point of the second input
    multiplier scale_a{};            ///< from the first input to the common scale
    multiplier scale_b{};            ///< from the second input to the common scale
    multiplier scale_out{};          ///< from the common scale to the output
    int shift = 20;                  ///< fraction bits of the common scale
    rounding::output_range range{};  ///< of the output
};

/// The same addition with its inputs the other way round.
PARE_INLINE constexpr add_constants exchanged(add_constants c) {
    std::swap(c.zero_a, c.zero_b);
    std::swap(c.scale_a, c.scale_b);
    return c;
}

/// The sum of two quantised values: each, less its zero point and times 2^shift, times its scale; the sum of both times scale_out, plus
/// the zero point of the output, clamped. Products round twice, as multiply_by_quantized_multiplier does.
template <std::integral T>
PARE_INLINE constexpr T add_values(T a, T b, const add_constants& c) {
    const std::int32_t x = multiply_by_quantized_multiplier((std::int32_t(a) - c.zero_a) * (1 << c.shift), c.scale_a);
    const std::int32_t y = multiply_by_quantized_multiplier((std::int32_t(b) - c.zero_b) * (1 << c.shift), c.scale_b);
    return T(std::clamp(multiply_by_quantized_multiplier(x + y, c.scale_out) + c.range.zero_point, c.range.low, c.range.high));
}

/// True where registers can do the same: no multiplier is 1 or more or shifts by more than 30 bits, so that nothing leaves 32 bits, and
/// zero points lie not far outside a byte.
PARE_INLINE constexpr bool adds_in_registers(const add_constants& c) {
    const auto fits = [](const multiplier& m) { return m.shift <= 0 && m.shift >= -30; };
    const auto is_near = [](std::int32_t zero) { return zero >= -512 && zero <= 511; };
    return c.shift == 20 && fits(c.scale_a) && fits(c.scale_b) && fits(c.scale_out) && is_near(c.zero_a) && is_near(c.zero_b) &&
           is_near(c.range.zero_point);
}

}  // namespace pare::inline v0

namespace pare::inline v0::detail {

/// An input to the common scale, d = value - zero: (d * 2^20 * m + 2^30) >> 31 is (d * m + 2^10) >> 11, which needs no 64 bits when m is
/// cut in two: value * upper + ((value * lower + rest) >> 11) + offset. The shift after that rounds halves away from zero: the offset
/// has half of its power of two, and one is taken off where d, and with it the product, is negative.
struct add_input {
    std::int32_t zero = 0, upper = 0, lower = 0, rest = 0, offset = 0, negative_below = 0;
    int shift = 0;

    constexpr add_input() = default;
    PARE_INLINE constexpr add_input(std::int32_t zero_point, multiplier m)
        : zero(zero_point),
          upper(m.mantissa >> 11),
          lower(m.mantissa & 0x7ff),
          rest((1 << 10) - zero * lower),
          offset((m.shift < 0 ? 1 << (-m.shift - 1) : 0) - zero * upper),
          negative_below(m.shift < 0 ? zero : std::numeric_limits<std::int32_t>::min()),
          shift(-m.shift) {}
};

/// A multiplier of a half, which the input of the larger scale has: its values are d * 2^19.
PARE_INLINE constexpr bool is_half(multiplier m) { return m.mantissa == 1 << 30 && m.shift == 0; }

}  // namespace pare::inline v0::detail

namespace pare::inline v0::arch {

/// Whether an arch adds bytes in registers.
template <class A>
inline constexpr bool adds_bytes = std::derived_from<A, avx2> || std::derived_from<A, avx512_vnni>;

}  // namespace pare::inline v0::arch

namespace pare::inline v0 {

/// What additions by the same constants begin with: to work it out takes as long as to add a few registers.
struct prepared_add {
    add_constants constants{};  ///< of the addition
    bool in_registers = false;  ///< adds_in_registers(constants): only then is what follows set
    bool swapped = false;       ///< whether the second input is `a` below
    bool half = false;          ///< whether the multiplier of `a` is a half
    detail::add_input a{};      ///< the input of the larger scale where one is a half, else the first
    detail::add_input b{};      ///< the other input
    std::int32_t bias = 0;      ///< half of the power of two that the sum is divided by
    int shift = 0;              ///< that power
    int sign_shift = 0;         ///< the shift that gives what is taken off where the sum is negative

    constexpr prepared_add() = default;
    /// Of these constants.
    PARE_INLINE constexpr explicit prepared_add(const add_constants& c) : constants(c), in_registers(adds_in_registers(c)) {
        if (!in_registers) return;
        swapped = detail::is_half(c.scale_b);
        const add_constants d = swapped ? exchanged(c) : c;
        half = detail::is_half(d.scale_a);
        a = detail::add_input(d.zero_a, d.scale_a), b = detail::add_input(d.zero_b, d.scale_b);
        shift = -c.scale_out.shift;
        // Halves away from zero: less by one where negative, which a shift by 32 never is.
        bias = shift > 0 ? 1 << (shift - 1) : 0, sign_shift = shift > 0 ? 31 : 32;
    }
};

}  // namespace pare::inline v0

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail256 {

/// An input to the common scale; `Half` says that its multiplier is.
template <bool Half>
struct add_input {
    __m256i upper, lower, rest, offset, negative_below;
    __m128i shift;

    PARE_INLINE explicit add_input(const v0::detail::add_input& in) {
        upper = _mm256_set1_epi32(in.upper), lower = _mm256_set1_epi32(in.lower), rest = _mm256_set1_epi32(in.rest);
        offset = _mm256_set1_epi32(Half ? in.zero : in.offset), negative_below = _mm256_set1_epi32(in.negative_below);
        shift = _mm_cvtsi32_si128(in.shift);
    }
    PARE_INLINE __m256i operator()(__m256i value) const {
        if constexpr (Half) {
            return _mm256_slli_epi32(_mm256_sub_epi32(value, offset), 19);
        } else {
            const __m256i part = _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(value, lower), rest), 11);
            const __m256i product = _mm256_add_epi32(_mm256_mullo_epi32(value, upper), _mm256_add_epi32(part, offset));
            return _mm256_sra_epi32(_mm256_add_epi32(product, _mm256_cmpgt_epi32(negative_below, value)), shift);
        }
    }
};

template <class T>
PARE_INLINE __m256i widen_bytes(const T* p) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return std::same_as<T, std::int8_t> ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

/// The sum of eight bytes each; `Half` is of the first input's multiplier.
template <class T, bool Half>
struct adder {
    add_input<Half> from_a;
    add_input<false> from_b;
    __m256i mantissa, half, bias, zero, low, high;
    __m128i sign, shift;

    PARE_INLINE explicit adder(const prepared_add& p)
        : from_a(p.a),
          from_b(p.b),
          mantissa(_mm256_set1_epi32(p.constants.scale_out.mantissa)),
          half(_mm256_set1_epi64x(std::int64_t(1) << 30)),
          bias(_mm256_set1_epi32(p.bias)),
          zero(_mm256_set1_epi32(p.constants.range.zero_point)),
          low(_mm256_set1_epi32(p.constants.range.low)),
          high(_mm256_set1_epi32(p.constants.range.high)),
          sign(_mm_cvtsi32_si128(p.sign_shift)),
          shift(_mm_cvtsi32_si128(p.shift)) {}

    static constexpr std::size_t step = 8;
    PARE_INLINE void operator()(T* dst, const T* a, const T* b) const {
        const __m256i sum = _mm256_add_epi32(from_a(widen_bytes(a)), from_b(widen_bytes(b)));
        // Products of even lanes and of odd ones: bits 31 to 62 of each.
        const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(sum, mantissa), half);
        const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(sum, 32), mantissa), half);
        const __m256i scaled = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_add_epi64(odd, odd), 0xaa);
        const __m256i rounded = _mm256_sub_epi32(_mm256_add_epi32(scaled, bias), _mm256_srl_epi32(scaled, sign));
        const __m256i q = _mm256_add_epi32(_mm256_sra_epi32(rounded, shift), zero);
        const __m256i clamped = _mm256_min_epi32(_mm256_max_epi32(q, low), high);
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(clamped), _mm256_extracti128_si256(clamped, 1));
        const __m128i bytes = std::same_as<T, std::int8_t> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(dst), bytes);
    }
    /// The last `count` < 8, by way of buffers.
    PARE_INLINE void some(T* dst, const T* a, const T* b, std::size_t count) const {
        T from_first[8] = {}, from_second[8] = {};
        for (std::size_t i = 0; i < count; ++i) from_first[i] = a[i], from_second[i] = b[i];
        (*this)(from_first, from_first, from_second);
        for (std::size_t i = 0; i < count; ++i) dst[i] = from_first[i];
    }
};
}  // namespace detail256

/// What adds registers by constants that are prepared for that.
template <class T, bool Half>
    requires(sizeof(T) == 1)
PARE_INLINE detail256::adder<T, Half> make_adder(const prepared_add& p, avx2) {
    return detail256::adder<T, Half>(p);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {

/// As detail256 has it.
template <bool Half>
struct add_input {
    __m512i upper, lower, rest, offset, negative_below;
    __m128i shift;

    PARE_INLINE explicit add_input(const v0::detail::add_input& in) {
        upper = _mm512_set1_epi32(in.upper), lower = _mm512_set1_epi32(in.lower), rest = _mm512_set1_epi32(in.rest);
        offset = _mm512_set1_epi32(Half ? in.zero : in.offset), negative_below = _mm512_set1_epi32(in.negative_below);
        shift = _mm_cvtsi32_si128(in.shift);
    }
    PARE_INLINE __m512i operator()(__m512i value) const {
        if constexpr (Half) {
            return _mm512_maskz_slli_epi32(0xffff, _mm512_sub_epi32(value, offset), 19);
        } else {
            const __m512i part = _mm512_maskz_srai_epi32(0xffff, _mm512_add_epi32(_mm512_mullo_epi32(value, lower), rest), 11);
            const __m512i product = _mm512_add_epi32(_mm512_mullo_epi32(value, upper), _mm512_add_epi32(part, offset));
            const __mmask16 negative = _mm512_cmplt_epi32_mask(value, negative_below);
            return _mm512_maskz_sra_epi32(0xffff, _mm512_mask_sub_epi32(product, negative, product, _mm512_set1_epi32(1)), shift);
        }
    }
};

/// The sum of sixteen bytes each, as detail256 has it.
template <class T, bool Half>
struct adder {
    add_input<Half> from_a;
    add_input<false> from_b;
    __m512i mantissa, half, bias, zero, low, high;
    __m128i sign, shift;

    PARE_INLINE explicit adder(const prepared_add& p)
        : from_a(p.a),
          from_b(p.b),
          mantissa(_mm512_set1_epi32(p.constants.scale_out.mantissa)),
          half(_mm512_set1_epi64(std::int64_t(1) << 30)),
          bias(_mm512_set1_epi32(p.bias)),
          zero(_mm512_set1_epi32(p.constants.range.zero_point)),
          low(_mm512_set1_epi32(p.constants.range.low)),
          high(_mm512_set1_epi32(p.constants.range.high)),
          sign(_mm_cvtsi32_si128(p.sign_shift)),
          shift(_mm_cvtsi32_si128(p.shift)) {}

    PARE_INLINE static __m512i widen(__m128i bytes) {
        return std::same_as<T, std::int8_t> ? _mm512_maskz_cvtepi8_epi32(0xffff, bytes) : _mm512_maskz_cvtepu8_epi32(0xffff, bytes);
    }
    PARE_INLINE __m128i sum(__m128i a, __m128i b) const {
        const __m512i both = _mm512_add_epi32(from_a(widen(a)), from_b(widen(b)));
        const __m512i even = _mm512_add_epi64(_mm512_maskz_mul_epi32(0xff, both, mantissa), half);
        const __m512i odd = _mm512_add_epi64(_mm512_maskz_mul_epi32(0xff, _mm512_maskz_srli_epi64(0xff, both, 32), mantissa), half);
        const __m512i scaled = _mm512_mask_blend_epi32(0xaaaa, _mm512_maskz_srli_epi64(0xff, even, 31), _mm512_add_epi64(odd, odd));
        const __m512i rounded = _mm512_sub_epi32(_mm512_add_epi32(scaled, bias), _mm512_maskz_srl_epi32(0xffff, scaled, sign));
        const __m512i q = _mm512_add_epi32(_mm512_maskz_sra_epi32(0xffff, rounded, shift), zero);
        return _mm512_maskz_cvtepi32_epi8(0xffff, _mm512_maskz_min_epi32(0xffff, _mm512_maskz_max_epi32(0xffff, q, low), high));
    }

    static constexpr std::size_t step = 16;
    PARE_INLINE void operator()(T* dst, const T* a, const T* b) const {
        const auto load = [](const T* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
        _mm_storeu_si128(reinterpret_cast<__m128i*>(dst), sum(load(a), load(b)));
    }
    /// The last `count` < 16.
    PARE_INLINE void some(T* dst, const T* a, const T* b, std::size_t count) const {
        const auto first = __mmask16((1u << count) - 1u);
        _mm_mask_storeu_epi8(dst, first, sum(_mm_maskz_loadu_epi8(first, a), _mm_maskz_loadu_epi8(first, b)));
    }
};
}  // namespace detail512

/// What adds registers by constants that are prepared for that.
template <class T, bool Half>
    requires(sizeof(T) == 1)
PARE_INLINE detail512::adder<T, Half> make_adder(const prepared_add& p, avx512_vnni) {
    return detail512::adder<T, Half>(p);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// The same as add_rows where constants are prepared for registers; `Half` is of the multiplier of what is `a` then.
template <bool Half, class T, class A>
PARE_INLINE void add_rows_of_registers(const T* const* a, const T* b, T* const* to, const T* first, std::size_t rows, std::size_t count,
                                       const prepared_add& p, A arch) {
    const auto add = make_adder<T, Half>(p, arch);
    constexpr std::size_t step = decltype(add)::step;
    for (std::size_t r = 0; r < rows; ++r) {
        const T *x = a[r], *y = b + (to[r] - first);
        if (p.swapped) std::swap(x, y);
        T* const sums = to[r];
        std::size_t done = 0;
        for (; done + step <= count; done += step) add(sums + done, x + done, y + done);
        if (done < count) add.some(sums + done, x + done, y + done, count - done);
    }
}

/// Rows of `count` sums: to[r][i] = add_values(a[r][i], b', p.constants), where b' lies as far behind `b` as to[r] + i behind `first`. Each
/// a[r] may be to[r].
template <class T, class A>
PARE_INLINE constexpr void add_rows(const T* const* a, const T* b, T* const* to, const T* first, std::size_t rows, std::size_t count,
                                    const prepared_add& p, A arch) {
    if constexpr (requires { make_adder<T, true>(p, arch); }) {
        if (!std::is_constant_evaluated() && p.in_registers) {
            if (p.half) return add_rows_of_registers<true>(a, b, to, first, rows, count, p, arch);
            return add_rows_of_registers<false>(a, b, to, first, rows, count, p, arch);
        }
    }
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < count; ++i) to[r][i] = add_values(a[r][i], b[to[r] - first + std::ptrdiff_t(i)], p.constants);
}

/// dst[i] = add_values(a[i], b[i], c) for i < count; `dst` may be `a` or `b`.
template <class T, class A>
PARE_INLINE constexpr void add_arrays(T* dst, const T* a, const T* b, std::size_t count, const add_constants& c, A arch) {
    add_rows(&a, b, &dst, static_cast<const T*>(dst), 1, count, prepared_add(c), arch);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
