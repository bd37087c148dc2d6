// SPDX-License-Identifier: MIT
// Runs the emitted headers: each gives the outputs of the parameters that it was made of.
#include <pare/io/owned.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <type_traits>
#include <vector>

#include "models.hpp"
#include "support/random_parameters.hpp"

using small = pare::arch::scalar;
#include "fixed_point_scalar.hpp"
#include "in_section.hpp"
#include "mixed_native.hpp"
#include "mixed_scalar.hpp"
#include "real_native.hpp"
#include "real_scalar.hpp"
#include "wide_native.hpp"
#include "wide_scalar.hpp"

namespace {

int differences = 0;

template <class Model, class Arch, class Run>
void check(const char* name, const pare::packed<Model, Arch, pare::flash>& emitted, const Run& run) {
    using input_value = typename Model::input_value;
    using output_value = typename Model::output_value;
    const auto packed = pare::pack<Arch>(support::random_parameters<Model>(7));
    static pare::arena<Model, Arch> memory;
    std::mt19937 lots(1);
    int different = 0, distinct = 0;
    std::vector<output_value> first;
    for (int round = 0; round < 20; ++round) {
        std::vector<input_value> input(Model::input_shape.size());
        for (input_value& v : input)
            v = std::is_floating_point_v<input_value> ? input_value(float(lots() % 2001) / 1000 - 1) : input_value(lots());
        std::vector<output_value> expected(Model::output_shape.size()), got(expected), again(expected);
        pare::run(packed, input, expected, memory);
        pare::run(emitted, input, got, memory);
        run(input.data(), again.data(), memory.data());
        different += got != expected || again != expected;
        if (round == 0) first = expected;
        distinct += expected != first;
    }
    std::printf("%-20s %-12s %5zu bytes of constants, %5zu of arena, %d of 20 outputs differ\n", name, Arch::name.data(),
                pare::executing_bytes(emitted), memory.size(), different);
    if (distinct == 0) std::printf("%s: all outputs are one; this proves nothing\n", name);
    differences += different + (distinct == 0);
}

}  // namespace

int main() {
    check("mixed", mixed_scalar_network::network, mixed_scalar_network::run);
    check("mixed", mixed_native_network::network, mixed_native_network::run);
    check("fixed_point", fixed_point_scalar_network::network, fixed_point_scalar_network::run);
    check("real", real_scalar_network::network, real_scalar_network::run);
    check("real", real_native_network::network, real_native_network::run);
    check("wide", wide_scalar_network::network, wide_scalar_network::run);
    check("wide", wide_native_network::network, wide_native_network::run);
    check("wide, in a section", my::firmware::network, my::firmware::run);
    return differences != 0;
}
