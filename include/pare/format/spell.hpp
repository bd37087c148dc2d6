// SPDX-License-Identifier: MIT
// A weight format as text, spelt as a user spells it.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/text.hpp>
#include <pare/format/weight_format.hpp>

namespace pare::inline v0 {

/// The text of a policy. A user's own policy has the text of its member `name`, a std::string_view; without one it is "custom", and
/// is not `known`, which files ask for.
template <class Policy>
struct policy_text {
    static constexpr bool known = requires { std::string_view(Policy::name); };  ///< whether it has one
    /// Appends the text.
    static constexpr void append(text_sink auto& out) {
        if constexpr (known) out.append(Policy::name);
        else out.append("custom");
    }
};

namespace detail {

/// A name, and whole numbers in angle brackets.
constexpr void append_call(text_sink auto& out, std::string_view name, std::same_as<std::size_t> auto... arguments) {
    out.append(name);
    out.append("<");
    std::string_view between = "";
    const auto one = [&](std::size_t argument) {
        out.append(between);
        append_number(out, argument);
        between = ", ";
    };
    (one(arguments), ...);
    out.append(">");
}

template <class Policy>
struct plain_text {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) { out.append(policy_text<Policy>::word); }
};

}  // namespace detail

/// @cond
template <int Bits>
struct policy_text<integer<Bits>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) {
        out.append("int");
        append_number(out, unsigned(Bits));
    }
};
template <>
struct policy_text<uint8> : detail::plain_text<uint8> {
    static constexpr std::string_view word = "uint8";
};
template <>
struct policy_text<binary> : detail::plain_text<binary> {
    static constexpr std::string_view word = "binary";
};
template <>
struct policy_text<ternary> : detail::plain_text<ternary> {
    static constexpr std::string_view word = "ternary";
};
template <>
struct policy_text<f32> : detail::plain_text<f32> {
    static constexpr std::string_view word = "f32";
};
template <>
struct policy_text<per_tensor> : detail::plain_text<per_tensor> {
    static constexpr std::string_view word = "per_tensor";
};
template <>
struct policy_text<per_channel> : detail::plain_text<per_channel> {
    static constexpr std::string_view word = "per_channel";
};
template <std::size_t G>
struct policy_text<per_group<G>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) { detail::append_call(out, "per_group", G); }
};
template <>
struct policy_text<symmetric> : detail::plain_text<symmetric> {
    static constexpr std::string_view word = "symmetric";
};
template <>
struct policy_text<affine> : detail::plain_text<affine> {
    static constexpr std::string_view word = "affine";
};
template <>
struct policy_text<dense> : detail::plain_text<dense> {
    static constexpr std::string_view word = "dense";
};
template <std::size_t Kept>
struct policy_text<unstructured<Kept>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) {
        if constexpr (Kept == dynamic) out.append("unstructured");
        else detail::append_call(out, "unstructured", Kept);
    }
};
template <std::size_t N, std::size_t M, std::size_t R>
struct policy_text<n_of_m<N, M, R>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) {
        if constexpr (R == 1) detail::append_call(out, "n_of_m", N, M);
        else detail::append_call(out, "n_of_m", N, M, R);
    }
};
template <std::size_t R, std::size_t C>
struct policy_text<blocks<R, C>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) { detail::append_call(out, "blocks", R, C); }
};
template <>
struct policy_text<channels> : detail::plain_text<channels> {
    static constexpr std::string_view word = "channels";
};
template <std::size_t K, class Scope>
struct policy_text<codebook<K, Scope>> {
    static constexpr bool known = true;
    static constexpr void append(text_sink auto& out) {
        if constexpr (!std::same_as<Scope, per_channel>) {
            detail::append_call(out, "codebook", K);
        } else {
            out.append("codebook<");
            append_number(out, K);
            out.append(", per_channel>");
        }
    }
};

/// @endcond

/// Appends what stands in `weights<...>`: the encoding, then each policy that is not the default of its slot. Different formats of
/// known policies have different texts.
template <weight_format_type Format>
constexpr void spell(text_sink auto& out) {
    policy_text<typename Format::encoding>::append(out);
    const auto next = [&]<class Policy, class Default>() {
        if constexpr (!std::same_as<Policy, Default>) {
            out.append(", ");
            policy_text<Policy>::append(out);
        }
    };
    next.template operator()<typename Format::granularity, per_tensor>();
    next.template operator()<typename Format::symmetry, symmetric>();
    next.template operator()<typename Format::mask, dense>();
    next.template operator()<typename Format::sharing, unique>();
}

/// Whether every policy of a format has a text of its own.
template <weight_format_type Format>
inline constexpr bool is_spelt = policy_text<typename Format::encoding>::known &&
                                 (std::same_as<typename Format::mask, dense> || policy_text<typename Format::mask>::known) &&
                                 policy_text<typename Format::granularity>::known && policy_text<typename Format::symmetry>::known &&
                                 (std::same_as<typename Format::sharing, unique> || policy_text<typename Format::sharing>::known);

}  // namespace pare::inline v0
