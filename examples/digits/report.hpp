// SPDX-License-Identifier: MIT
// The quickstart's rows as a page: one HTML file that needs nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "images.hpp"
#include "report_rates.hpp"
#include "report_rows.hpp"

namespace digits {

/// On what the rows were measured.
struct measured_on {
    std::string processor, compiler, instructions;
    std::size_t calibration_images = 0;
};

/// Everything that the page shows. Equal figures give equal pages.
struct report {
    std::vector<row> rows;              ///< the float network first
    std::string inspected;              ///< the row whose mistakes are shown
    std::vector<std::string> compared;  ///< rows whose layers are drawn
    const image_set* test = nullptr;
    std::optional<rate_choices> rates;
    std::string no_rates;  ///< why there are none
    measured_on machine;
};

/// The page.
std::string page_of(const report& r);

/// The name of this machine's processor, where the system tells it.
std::string processor_name();

/// The compiler of this program.
std::string compiler_name();

}  // namespace digits
