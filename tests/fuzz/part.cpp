// SPDX-License-Identifier: MIT
// Some rows of the fuzz: part PARE_FUZZ_PART of PARE_FUZZ_PARTS, so that no translation unit takes long to compile.
#include <cstddef>
#include <utility>

#include "fuzz/cases.hpp"

namespace fuzz {

template <std::size_t Part>
void run_part(report& log);

template <>
void run_part<PARE_FUZZ_PART>(report& log) {
    constexpr std::size_t rows = (row_count - PARE_FUZZ_PART + PARE_FUZZ_PARTS - 1) / PARE_FUZZ_PARTS;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (run_row<PARE_FUZZ_PART + I * PARE_FUZZ_PARTS>(log), ...);
    }(std::make_index_sequence<rows>{});
}

}  // namespace fuzz
