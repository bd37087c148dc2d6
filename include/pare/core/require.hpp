// SPDX-License-Identifier: MIT
// A condition that shows its values when it fails.
#pragma once

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// The values that a rule was given.
template <auto... Values>
struct got {};

/// The values that a rule asks for.
template <auto... Values>
struct needs {};

/// `Condition`; a static_assert of it prints the two lists beside its sentence.
template <bool Condition, class Got, class Needs>
inline constexpr bool require = Condition;

}  // namespace pare::inline v0
