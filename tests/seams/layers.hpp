// SPDX-License-Identifier: MIT
// Drawn layers with one part that is not the library's, in a matrix product and in a convolution, against the reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/cases.hpp"
#include "support/catch.hpp"

namespace seams {

/// What the fuzz asks of a row; the encoding, the mask and the arch may be anybody's.
template <class Format, class Arch, fuzz::form_choice Form>
struct row {
    using format = Format;
    using activation = std::int8_t;
    using arch = Arch;
    using extents = fuzz::extent_choice<pare::dynamic, pare::dynamic, pare::dynamic, pare::dynamic>;
    static constexpr auto form = Form;
    static constexpr auto epilogue = fuzz::epilogue_choice::fp32_s8;
};

template <class Row>
void check_row() {
    fuzz::report log;
    for (std::size_t i = 0; i < 60; ++i) {
        support::lots draw(7, 0, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        INFO(Row::arch::name << ", case " << i);
        REQUIRE(fuzz::gemm_case<Row>(log, draw) == "");
        REQUIRE(fuzz::conv_case<Row>(log, draw) == "");
    }
    REQUIRE(log.values > 1000);
}

/// Layers of `Format` on `Arch`, expanded and as codes.
template <class Format, class Arch>
void check_format() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        check_row<row<Format, Arch, fuzz::form_choice::expanded>>();
        check_row<row<Format, Arch, fuzz::form_choice::coded>>();
        check_row<row<Format, Arch, fuzz::form_choice::selected>>();
    }
}

}  // namespace seams
