// SPDX-License-Identifier: MIT
// Emitted models on the board: every layer kind and weight slot, integers of 8 and 16 bits, each rounding.
#include <cstddef>
#include <cstdint>

#include <pare/pare.hpp>

#include "console.hpp"
#include "fixed_point_scalar.hpp"
#include "mixed_scalar.hpp"
#include "wide_scalar.hpp"

namespace {

template <class Model, class Run>
void show(const char* name, std::byte* memory, const Run& run) {
    typename Model::input_value input[Model::input_shape.size()];
    typename Model::output_value output[Model::output_shape.size()];
    unsigned state = 1;
    for (int round = 0; round < 5; ++round) {
        for (auto& v : input) v = typename Model::input_value((state = state * 1664525u + 1013904223u) >> 16);
        run(input, output, memory);
        print(name);
        for (auto v : output) {
            print(" ");
            print(std::int32_t(v));
        }
        print("\n");
    }
}

constinit fixed_point_scalar_network::arena fixed_point_memory{};
constinit mixed_scalar_network::arena mixed_memory{};
constinit wide_scalar_network::arena wide_memory{};

}  // namespace

int main() {
    show<models::fixed_point>("fixed_point", fixed_point_memory.data(), fixed_point_scalar_network::run);
    show<models::mixed>("mixed", mixed_memory.data(), mixed_scalar_network::run);
    show<models::wide>("wide", wide_memory.data(), wide_scalar_network::run);
}
