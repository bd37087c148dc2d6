// SPDX-License-Identifier: MIT
// parts: 21
// Part PARE_MATRIX_PART of all cells, on every arch that the machine has.
#include <cstddef>
#include <cstdio>
#include <utility>

#include <pare/arch/tags.hpp>
#include <pare/format/spell.hpp>

#include "exact.hpp"

namespace matrix {
namespace {

static_assert(part_count == 21, "say so above");

template <std::size_t I, std::size_t Layer>
[[gnu::cold]] void run_cell(outcomes& of_layer) {
    constexpr cell c = cell_of(PARE_MATRIX_PART, I, Layer);
    if constexpr (is_possible(c)) {
        using format = format_at<c>;
        using layer = case_of<layer_choice(Layer)>;
        auto& [log, cells] = of_layer[Layer];
        const std::size_t before = log.wrong;
#if defined(__aarch64__)
        run_format<layer, format, arch::native>(I, log);
#else
        run_format<layer, format, arch::scalar, arch::avx2, arch::avx512_vnni>(I, log);
#endif
        ++cells;
        if (log.wrong == before) return;
        pare::text<64> name;
        pare::spell<format>(name);
        std::printf("wrong: %.*s: %s\n", int(name.view().size()), name.view().data(), log.last.c_str());
    }
}

}  // namespace

template <>
void run_part<PARE_MATRIX_PART>(outcomes& of_layer) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((run_cell<I, 0>(of_layer), run_cell<I, 1>(of_layer), run_cell<I, 2>(of_layer)), ...);
    }(std::make_index_sequence<formats_of_part>{});
}

}  // namespace matrix
