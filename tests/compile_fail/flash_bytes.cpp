// expect: flash_bytes: the compiler must know every count; got a mask whose positions only the data knows; use unstructured<Kept>
// SPDX-License-Identifier: MIT
// Flash that only the data knows has no size in the type.
#include <pare/model/cost.hpp>
#include <pare/model/model.hpp>

#ifdef GOOD
using mask = pare::unstructured<20>;
#else
using mask = pare::unstructured<>;
#endif
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<mask>>>;

std::size_t bytes() { return pare::flash_bytes<net, pare::arch::scalar>; }
