// expect: linear: a group must not exceed K
// expect: got<64(UL)?>
// expect: needs<32(UL)?>
// SPDX-License-Identifier: MIT
// A rule prints its sentence and its values.
#include <cstddef>

#include <pare/core/require.hpp>

template <std::size_t Group, std::size_t K>
struct grouped {
    static_assert(pare::require<Group <= K, pare::got<Group>, pare::needs<K>>,
                  "linear: a group must not exceed K; got a longer one; needs at most K");
};

#ifdef GOOD
template struct grouped<64, 128>;
#else
template struct grouped<64, 32>;
#endif
