// SPDX-License-Identifier: MIT
// parts: 14
// Part PARE_MATRIX_PART of all formats: an encoding with scales of outputs, or with factors of groups.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pare/core/bits.hpp>
#include <pare/format/spell.hpp>

#include "speed.hpp"

namespace matrix {
namespace {

static_assert(speed_parts == 14, "say so above");
using encoding = std::tuple_element_t<PARE_MATRIX_PART / 2, encodings>;

/// Which weights exist: of units that may go `absent` percent do, and N of M stay by lot.
template <class Mask>
std::vector<char> draw_presence(support::lots& r, int absent) {
    constexpr pruning_unit unit = Mask::unit;
    if constexpr (unit.fixed || unit.of != 0) return support::draw_presence<Mask>(r, outputs, depth);
    std::vector<char> present(outputs * depth, 1);
    const std::size_t width = unit.cols == 0 ? depth : unit.cols;
    for (std::size_t n = 0; n + unit.rows <= outputs; n += unit.rows)
        for (std::size_t k = 0; k + width <= depth; k += width) {
            if (int(r.below(100)) >= absent) continue;
            for (std::size_t i = 0; i < unit.rows; ++i) std::fill_n(present.begin() + std::ptrdiff_t((n + i) * depth + k), width, char(0));
        }
    return present;
}

/// A code that is written, and of weights that need not exist not one of zero.
std::uint32_t draw_code(support::lots& r, bool may_be_zero) {
    for (;;) {
        const auto code = std::uint32_t(r.below(std::size_t(1) << encoding::bits));
        const bool is_written = !std::same_as<encoding, ternary> || code != 2;
        if (is_written && (may_be_zero || encoding::decode(code) != 0)) return code;
    }
}

/// Weights at rest.
template <class Format>
auto draw_weights(support::lots& r, const std::vector<char>& present) {
    stored_weights<Format, dynamic, dynamic, owned> w;
    support::draw_tensor_of(present, r, w, outputs, depth, 1000);
    const auto fill = [&](auto& bytes, std::size_t count, int bits, const auto& draw) {
        std::fill(bytes.begin(), bytes.end(), std::byte(0));
        bit_writer out(bytes);
        for (std::size_t i = 0; i < count; ++i) out.write(bits, draw());
    };
    const auto value = [&] { return draw_code(r, Format::is_dense); };
    const auto kept = std::size_t(std::count(present.begin(), present.end(), char(1)));
    if constexpr (Format::is_shared) {
        fill(w.book, Format::sharing::entries, encoding::bits, value);
        fill(w.codes, kept, Format::code_bits, [&] { return std::uint32_t(r.below(Format::sharing::entries)); });
    } else {
        fill(w.codes, kept, encoding::bits, value);
    }
    return w;
}

/// All weights as operands, for which formats share kernels; that of dense int8 is as fast as itself.
template <class Kernel, std::size_t Rows>
double ratio_of_operands(std::string& wrong) {
    static const double ratio = [&] {
        using dense = pare::select<weights<int8, per_channel>, typename Kernel::problem, native>;
        if constexpr (std::same_as<Kernel, dense>) return 1.0;
        support::lots r(3);
        work w(Rows, r);
        const auto stored = draw_weights<typename Kernel::format>(r, std::vector<char>(outputs * depth, 1));
        const auto plain = reference::tensor_of(stored, outputs, depth);
        w.expect(plain, reference::decode(plain));
        return ratio_of<Rows>(pack_weights<Kernel, rounding::fp32, owned>(stored, Kernel{}, w.in, w.out), w, plain, wrong);
    }();
    return ratio;
}

/// A product of so many rows.
template <class Format, std::size_t Rows, class Stored>
[[gnu::cold]] speed speed_of(support::lots& r, const Stored& stored, const reference::tensor& plain, const reference::matrix& dense,
                             double density, std::string& wrong) {
    using shape = product_problem<std::int8_t, outputs, depth, Rows>;
    using direct = pare::select<Format, shape, native>;
    using operands = execution<Format, shape, native, form::expanded>;
    speed s;
    s.operands = ratio_of_operands<kernel_of<operands>, Rows>(wrong);
    s.preferred = faster_form<Format, shape, native>(Rows, density);
    if constexpr (direct::layout != form::expanded) {
        work w(Rows, r);
        w.expect(plain, dense);
        auto packed = pack_weights<direct, rounding::fp32, owned>(stored, direct{}, w.in, w.out);
        const bool stays = [&] {
            if constexpr (direct::is_sparse) return sparse_is_faster<operands>(packed);
            else return true;
        }();
        if (stays) {
            s.layout = direct::layout;
            s.bits = 8 * double(packed.bytes()) / double(outputs * depth);
            s.ratio = ratio_of<Rows>(for_kernel(std::move(packed)), w, plain, wrong);
            return s;
        }
    }
    s.bits = 8 * double(packed_weights<operands, rounding::fp32, owned>::static_bytes) / double(outputs * depth);
    s.ratio = s.operands;
    return s;
}

template <class Format>
[[gnu::cold]] void add_format(std::vector<line>& lines, const cell& of) {
    constexpr pruning_unit unit = Format::mask::unit;
    text<64> name;
    spell<Format>(name);
    std::vector<int> rates{0};
    if constexpr (unit.of != 0) rates = {int(100 - 100 * unit.keep / unit.of)};
    else if constexpr (!unit.fixed) rates = {50, 90};
    for (const int absent : rates) {
        support::lots r(17, std::uint64_t(absent), lines.size());
        const auto present = draw_presence<typename Format::mask>(r, absent);
        const auto stored = draw_weights<Format>(r, present);
        const auto plain = reference::tensor_of(stored, outputs, depth, present);
        const auto dense = reference::decode(plain);
        line l{.of = of, .format = std::string(name.view()), .absent = absent};
        l.stored_bits = 8 * double(stored.bytes()) / double(outputs * depth);
        l.rows[0] = speed_of<Format, row_counts[0]>(r, stored, plain, dense, 1 - absent / 100.0, l.wrong);
        l.rows[1] = speed_of<Format, row_counts[1]>(r, stored, plain, dense, 1 - absent / 100.0, l.wrong);
        lines.push_back(std::move(l));
    }
}

}  // namespace

template <>
void add_part<PARE_MATRIX_PART>(std::vector<line>& lines) {
    const auto add = [&]<std::size_t I>() {
        constexpr cell c{PARE_MATRIX_PART / 2, I / choices[sharing_slot], I % choices[sharing_slot], 1 + PARE_MATRIX_PART % 2, 0};
        add_format<format_at<c>>(lines, c);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (add.template operator()<I>(), ...);
    }(std::make_index_sequence<choices[mask_slot] * choices[sharing_slot]>{});
}

}  // namespace matrix
