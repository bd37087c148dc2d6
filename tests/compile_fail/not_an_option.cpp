// expect: layer: each option is a window, stride, padding, dilation, groups, activation, rounding, out<...>, accumulate<...>, named<...> or
// weights<...>; got another type expect: got_type<.*integer<4> ?> SPDX-License-Identifier: MIT An encoding alone is no option: it stands in
// weights<...>.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::detail::layer_options<pare::weights<pare::int4>>;
#else
using type = pare::detail::layer_options<pare::int4>;
#endif

static_assert(sizeof(type) > 0);
