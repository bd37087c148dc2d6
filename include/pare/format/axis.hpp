// SPDX-License-Identifier: MIT
// The slots of a weight format. A policy names the slot that it fills; everything else follows from that.
#pragma once

#include <concepts>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

namespace axis {
struct encoding {};     ///< how one value is written
struct granularity {};  ///< over what a scale reaches
struct symmetry {};     ///< where zero lies
struct mask {};         ///< which values exist
struct sharing {};      ///< how many values are distinct
}  // namespace axis

/// A policy that fills the slot `Axis`.
template <class P, class Axis>
concept on_axis = std::same_as<typename P::axis, Axis>;

/// Anything that may stand in `weights<...>`.
template <class P>
concept weight_policy = on_axis<P, axis::encoding> || on_axis<P, axis::granularity> || on_axis<P, axis::symmetry> ||
                        on_axis<P, axis::mask> || on_axis<P, axis::sharing>;

}  // namespace pare::inline v0
