// SPDX-License-Identifier: MIT
// What a fuzzing run counts and says.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace fuzz {

/// One run: what to draw, and what came of it.
struct report {
    std::uint64_t seed = 1;
    std::size_t count = 0;                                                ///< cases of a row
    std::size_t only_row = std::size_t(-1), only_case = std::size_t(-1);  ///< to see one again

    std::size_t cases = 0, wrong = 0, values = 0;
    std::map<std::string, std::size_t, std::less<>> of_arch, of_layer;
    std::map<std::size_t, std::size_t> wrong_of_row;
    double largest_float_error = 0;  ///< as a share of the bound

    bool wants(std::size_t row) const { return only_row == std::size_t(-1) || only_row == row; }

    void ran(std::string_view arch, std::string_view layer) {
        ++cases;
        ++of_arch[std::string(arch)];
        ++of_layer[std::string(layer)];
    }

    /// A case that came out wrong; the first few of a row are printed.
    void fail(std::size_t row, std::size_t number, std::string_view layer, const std::string& what) {
        ++wrong;
        if (++wrong_of_row[row] <= 3)
            std::printf("wrong: PARE_FUZZ_SEED=%llu PARE_FUZZ_ROW=%zu PARE_FUZZ_CASE=%zu: %.*s: %s\n",
                        static_cast<unsigned long long>(seed), row, number, int(layer.size()), layer.data(), what.c_str());
    }
};

/// The case at work, for the handler of faults.
struct place {
    std::size_t row = 0, number = 0;
    const char* layer = "";
};
inline place at_work;

}  // namespace fuzz
