// SPDX-License-Identifier: MIT
// A first program: requantisation on the board gives what it gives on the host.
#include <pare/core/rounding.hpp>

#include "console.hpp"

int main() {
    unsigned state = 1;
    std::int32_t values = 0;
    for (int i = 0; i < 2000; ++i) {
        state = state * 1664525u + 1013904223u;
        const auto sum = std::int32_t(state) >> (i % 20);
        const double scale = 0.00001 * double(i % 300 + 1);
        const pare::rounding::output_range range{i % 7 - 3, -128, 127};
        values = values * 31 % 1000003 + pare::rounding::gemmlowp::apply(sum, pare::rounding::gemmlowp::from(scale), range);
        values = values * 31 % 1000003 + pare::rounding::single::apply(sum, pare::rounding::single::from(scale), range);
        values = values * 31 % 1000003 + pare::rounding::fp32::apply(sum, pare::rounding::fp32::from(scale), range);
        if (i % 100 == 0) {
            print(values);
            print("\n");
        }
    }
}
