// expect: add: both sides have one type
// expect: got_type<float>
// expect: needs_type<signed char>
// SPDX-License-Identifier: MIT
// A rule prints its types.
#include <cstdint>
#include <type_traits>

#include <pare/core/require.hpp>

template <class A, class B>
struct sum {
    static_assert(pare::require<std::is_same_v<A, B>, pare::got_type<A>, pare::needs_type<B>>,
                  "add: both sides have one type; got another; needs the same");
};

#ifdef GOOD
template struct sum<std::int8_t, std::int8_t>;
#else
template struct sum<float, std::int8_t>;
#endif
