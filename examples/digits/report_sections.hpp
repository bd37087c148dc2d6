// SPDX-License-Identifier: MIT
// The sections of the report, each as HTML.
#pragma once

#include <string>

#include "report.hpp"

namespace digits {

std::string summary_section(const report& r);
std::string trade_section(const report& r);
std::string layer_section(const report& r);
std::string confusion_section(const report& r);
std::string rate_section(const report& r);

}  // namespace digits
