// SPDX-License-Identifier: MIT
// Layers of one row as `run` reaches them, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>
#include <span>

#include <pare/pare.hpp>

namespace {

using namespace pare;
template <std::size_t K, std::size_t N>
using layer = pare::model<input<int8, K>, linear<N, weights<int8, per_channel>, relu>>;

}  // namespace

// Four registers of outputs; four and three.
#define PARE_LAYER(k, n)                                                                                                \
    extern "C" void model_1x##n##x##k(const packed<layer<k, n>, arch::native>& p, const std::int8_t* x, std::int8_t* y, \
                                      arena<layer<k, n>>& memory) {                                                     \
        run(p, std::span(x, k), std::span(y, n), memory);                                                               \
    }
PARE_LAYER(1024, 64)
PARE_LAYER(1568, 112)
