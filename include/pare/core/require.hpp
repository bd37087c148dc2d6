// SPDX-License-Identifier: MIT
// A rule whose failure is one sentence that shows its values.
//
//     template <std::size_t Group, std::size_t K>
//     struct grouped {
//         static_assert(require<Group <= K, got<Group>, needs<K>>, "linear: a group must not exceed K; got a longer one; needs at most K");
//     };
//
// says, for grouped<64, 32>, on g++
//
//     error: static assertion failed: linear: a group must not exceed K; ...
//     note: 'pare::v0::require<false, pare::v0::got<64>, pare::v0::needs<32> >' evaluates to false
//
// and on clang
//
//     error: static assertion failed due to requirement 'require<64UL <= 32UL, pare::got<64UL>, pare::needs<32UL>>': linear: ...
//
// What it takes: the assertion stands in a template (elsewhere g++ prints no values) and `require` is its whole condition, or
// one operand of `&&`; a condition with `>` is put in parentheses. The body that follows is still compiled: what would fail
// there for the same reason goes behind `if constexpr` or into a base, so that the sentence stands alone.
#pragma once

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// The values that a rule was given: integers, enumerators, or objects of structural type.
template <auto... Values>
struct got {};

/// The values that a rule asks for.
template <auto... Values>
struct needs {};

/// The types that a rule was given.
template <class... Types>
struct got_type {};

/// The types that a rule asks for.
template <class... Types>
struct needs_type {};

/// `Condition`; a static_assert of it prints the two lists beside its sentence.
template <bool Condition, class Got, class Needs>
inline constexpr bool require = Condition;

}  // namespace pare::inline v0
