// SPDX-License-Identifier: MIT
// What weight formats mean, told a second time: read from their documentation, bit by bit, with nothing of the library's own.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace reference {

using std::int32_t;
using std::int64_t;
using std::size_t;

/// How a code is read.
enum class code_kind { twos_complement, natural, sign, ternary, ieee, own };

/// Where positions are kept.
enum class mask_kind { none, gaps, n_of_m, blocks, rows, fixed, listed };

/// A weight format as values.
struct format {
    code_kind code = code_kind::twos_complement;
    int bits = 8;
    int low = -128, high = 127;                ///< of the encoding
    int (*own_code)(std::uint32_t) = nullptr;  ///< of `own`
    mask_kind mask = mask_kind::none;
    size_t a = 0, b = 0;                                      ///< N and M, or R and C
    size_t shared = 1;                                        ///< outputs that have one pattern of n_of_m
    bool (*fixed)(size_t, size_t, size_t, size_t) = nullptr;  ///< of `fixed`: rows, cols, n, k
    size_t entries = 0;                                       ///< shared values; 0 = none are shared
    bool book_per_row = false;
    bool affine = false;
    size_t group = 0;
    bool is_float() const { return code == code_kind::ieee; }
};

/// A tensor at rest as plain containers. `present` is only read where the mask is `listed`.
struct tensor {
    format f;
    size_t rows = 0, cols = 0;
    std::vector<std::byte> positions, codes, book;
    std::vector<float> scales;
    std::vector<int> factors, zero_points;
    std::vector<int64_t> bias;
    std::vector<float> real_bias;
    std::vector<char> present;
};

// Bits lie low first in bytes.
inline bool bit_at(const std::vector<std::byte>& bytes, size_t i) {
    if (i / 8 >= bytes.size()) throw std::runtime_error("reference: read past the end of a stream");
    return (std::to_integer<unsigned>(bytes[i / 8]) >> (i % 8)) & 1u;
}
inline std::uint32_t bits_at(const std::vector<std::byte>& bytes, size_t first, int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value |= std::uint32_t(bit_at(bytes, first + size_t(i))) << i;
    return value;
}

/// Members of a set of `count` positions: a parameter r in 4 bits; then for each member the gap before it, gap >> r in unary as zeros
/// and a one, then its low r bits. The stream may end in zeros.
inline std::vector<char> members(const std::vector<std::byte>& stream, size_t count) {
    std::vector<char> present(count, 0);
    const size_t end = stream.size() * 8;
    const int r = int(bits_at(stream, 0, 4));
    size_t at = 4, next = 0;
    for (;;) {
        size_t zeros = 0;
        while (at < end && !bit_at(stream, at)) ++zeros, ++at;
        if (at == end) return present;
        ++at;
        next += (zeros << r) + bits_at(stream, at, r);
        at += size_t(r);
        if (next >= count) throw std::runtime_error("reference: a member lies past the end of its set");
        present[next++] = 1;
    }
}

/// Pattern number `rank` of the patterns of `n` set bits among `m`, in the order of their numbers.
inline std::uint32_t pattern(size_t rank, size_t n, size_t m) {
    for (std::uint32_t p = 0; p < (1u << m); ++p)
        if (size_t(std::popcount(p)) == n && rank-- == 0) return p;
    throw std::runtime_error("reference: a pattern has no such rank");
}

/// Which weights exist, row by row.
inline std::vector<char> presence(const tensor& t) {
    const size_t rows = t.rows, cols = t.cols, a = t.f.a, b = t.f.b;
    std::vector<char> p(rows * cols, 1);
    switch (t.f.mask) {
        case mask_kind::none:
            return p;
        case mask_kind::listed:
            return t.present;
        case mask_kind::fixed:
            for (size_t i = 0; i < p.size(); ++i) p[i] = t.f.fixed(rows, cols, i / cols, i % cols);
            return p;
        case mask_kind::gaps:
            return members(t.positions, rows * cols);
        case mask_kind::rows:
            for (size_t i = 0; i < p.size(); ++i) p[i] = bit_at(t.positions, i / cols);
            return p;
        case mask_kind::n_of_m: {
            size_t patterns = 0;
            for (std::uint32_t q = 0; q < (1u << b); ++q) patterns += size_t(std::popcount(q)) == a;
            int width = 0;
            while ((size_t(1) << width) < patterns) ++width;
            size_t at = 0;
            for (size_t n = 0; n + t.f.shared <= rows; n += t.f.shared)
                for (size_t k = 0; k + b <= cols; k += b, at += size_t(width)) {
                    const std::uint32_t q = pattern(bits_at(t.positions, at, width), a, b);
                    for (size_t i = 0; i < b * t.f.shared; ++i) p[(n + i / b) * cols + k + i % b] = (q >> i % b) & 1u;
                }
            return p;
        }
        case mask_kind::blocks: {
            const std::vector<char> whole = members(t.positions, (rows / a) * (cols / b));
            for (size_t n = 0; n < rows; ++n)
                for (size_t k = 0; k < cols; ++k)
                    if (n / a < rows / a && k / b < cols / b) p[n * cols + k] = whole[n / a * (cols / b) + k / b];
            return p;
        }
    }
    return p;
}

/// The integer of a code.
inline int integer_of(const format& f, std::uint32_t code) {
    switch (f.code) {
        case code_kind::twos_complement: {
            const int value = int(code);
            return value >= (1 << (f.bits - 1)) ? value - (1 << f.bits) : value;
        }
        case code_kind::natural:
            return int(code);
        case code_kind::sign:
            return code != 0 ? -1 : 1;
        case code_kind::ternary:
            return code == 1 ? 1 : code == 3 ? -1 : 0;
        case code_kind::own:
            return f.own_code(code);
        case code_kind::ieee:
            break;
    }
    throw std::runtime_error("reference: not an integer encoding");
}

/// Weights as they multiply activations, [row][col]: (value - zero point) * factor of the group; 0 where there is none.
struct matrix {
    size_t rows = 0, cols = 0;
    std::vector<int64_t> integer;
    std::vector<double> real;
};

inline matrix decode(const tensor& t) {
    const format& f = t.f;
    const std::vector<char> present = presence(t);
    matrix m{t.rows, t.cols, {}, {}};
    m.integer.assign(t.rows * t.cols, 0);
    m.real.assign(t.rows * t.cols, 0);
    int index_bits = 0;
    while ((size_t(1) << index_bits) < f.entries) ++index_bits;
    const int code_bits = f.entries != 0 ? index_bits : f.bits;
    const size_t groups = f.group == 0 ? 0 : t.cols / f.group + (t.cols % f.group != 0);
    size_t at = 0;
    for (size_t i = 0; i < present.size(); ++i) {
        if (!present[i]) continue;
        const size_t n = i / t.cols, k = i % t.cols;
        std::uint32_t code = bits_at(t.codes, at, code_bits);
        at += size_t(code_bits);
        if (f.entries != 0) code = bits_at(t.book, ((f.book_per_row ? n * f.entries : 0) + code) * size_t(f.bits), f.bits);
        if (f.is_float()) {
            float value;
            std::memcpy(&value, &code, sizeof value);
            m.real[i] = value;
        } else {
            int64_t value = integer_of(f, code);
            if (f.affine) value -= t.zero_points[t.zero_points.size() == 1 ? 0 : n];
            if (f.group != 0) value *= t.factors[n * groups + k / f.group];
            m.integer[i] = value;
        }
    }
    return m;
}

/// Whether sums of at most `depth` products may pass 32 bits: the library then sums in 64.
inline bool is_wide(const format& f, size_t depth, bool wide_activations) {
    const int64_t span = int64_t(f.high) - f.low;
    const int64_t weight = f.affine ? span : std::max<int64_t>(std::abs(int64_t(f.low)), std::abs(int64_t(f.high)));
    return int64_t(depth) * weight * (wide_activations ? 65535 : 255) * (f.group != 0 ? 255 : 1) > 2147483647;
}

}  // namespace reference
