// SPDX-License-Identifier: MIT
// Which executions share machine code. A kernel knows of a format only what its form of weights leaves of it, so that one is compiled for
// the many formats that differ in nothing else; each of them is still packed by itself.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pare/format/weight_format.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace matrix {

using namespace pare;

/// Whether nothing of two executions that reaches a kernel differs, where storage grows.
template <class A, class B>
inline constexpr bool are_alike = [] {
    using of_a = pare::detail::packed_counts<A>;
    using of_b = pare::detail::packed_counts<B>;
    constexpr bool types = std::same_as<typename A::arch, typename B::arch> && std::same_as<typename A::dot, typename B::dot> &&
                           std::same_as<typename A::total, typename B::total> && std::same_as<typename A::problem, typename B::problem>;
    constexpr bool walk = A::layout == B::layout && A::format::group == B::format::group && A::folds == B::folds &&
                          A::run_limit == B::run_limit && A::lhs_offset == B::lhs_offset && A::overlaps == B::overlaps;
    constexpr bool tile = A::width == B::width && A::last_width == B::last_width && A::max_rows == B::max_rows && A::sorts == B::sorts &&
                          A::window == B::window && A::gathers_codes == B::gathers_codes &&
                          A::looks_up_structured == B::looks_up_structured;
    constexpr bool rows = A::copies == B::copies && A::flips == B::flips && A::tap_depth == B::tap_depth;
    constexpr bool parts = of_a::has_presence == of_b::has_presence && of_a::shared_steps == of_b::shared_steps &&
                           of_a::per_row_book == of_b::per_row_book && of_a::book == of_b::book && of_a::zero_points == of_b::zero_points;
    constexpr bool books = of_a::book == 0 || std::same_as<book_value<typename A::format>, book_value<typename B::format>>;
    return types && walk && tile && rows && parts && books;
}();

namespace detail {

/// What the form of `X` leaves of its format. Operands have no mask and no book, codes the latter and whether there is the former, and
/// places of weights follow from the mask.
template <class X>
struct plainest {
    using format = typename X::format;
    static constexpr bool operands = X::layout == form::expanded;
    static constexpr bool codes = X::layout == form::coded || X::gathers_codes || X::looks_up_structured;
    using granularity = std::conditional_t<format::group == 0, per_channel, typename format::granularity>;
    using mask = std::conditional_t<operands || format::is_dense, dense,
                                    std::conditional_t<X::layout == form::coded, unstructured<>, typename format::mask>>;
    using sharing = std::conditional_t<codes, typename format::sharing, unique>;
    template <class Encoding>
    using with = execution<weights<Encoding, granularity, typename format::symmetry, mask, sharing>, typename X::problem, typename X::arch,
                           X::layout>;
    using own = with<typename format::encoding>;
    static_assert(are_alike<X, own>);
    /// Whether bytes of another encoding are as good.
    template <class Encoding>
    static constexpr bool may_be = [] {
        if constexpr (codes || !operand_range<format>::fits_s8) return false;
        else return are_alike<X, with<Encoding>>;
    }();
    using type = std::conditional_t<may_be<int8>, with<int8>, std::conditional_t<may_be<int4>, with<int4>, own>>;
};

}  // namespace detail

/// The execution whose kernel runs weights of `X`.
template <class X>
using kernel_of = typename detail::plainest<X>::type;

/// Packed weights as those of the execution that runs them.
template <class X, class Rounding, class Storage>
packed_weights<kernel_of<X>, Rounding, Storage> for_kernel(packed_weights<X, Rounding, Storage>&& w) {
    packed_weights<kernel_of<X>, Rounding, Storage> k;
    k.shape.e = w.shape.e;
    k.data = std::move(w.data), k.offsets = std::move(w.offsets), k.bias = std::move(w.bias), k.tap_sums = std::move(w.tap_sums);
    k.scales = std::move(w.scales), k.factors = std::move(w.factors), k.book = std::move(w.book);
    k.zero_points = std::move(w.zero_points), k.products_fit = w.products_fit;
    return k;
}

}  // namespace matrix
