// SPDX-License-Identifier: MIT
// What parameters must be like before anything is done with them: kernels trust sizes, positions and indices.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/io/error.hpp>
#include <pare/io/safetensors.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0::io {

namespace detail {

/// A number as text, with the digits that tell it from its neighbours.
inline std::string number_text(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.9g", value);
    return buffer;
}

/// Where a value stands: the file, where it is known, the layer and the part.
struct place {
    std::string source;
    std::string layer;

    std::string of(std::string_view part) const { return entity(source, layer + "." + std::string(part)); }
};

/// What stored weights must be like, so that kernels may trust them.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage>
class weights_check {
public:
    using stored = stored_weights<Format, Rows, Cols, Storage>;
    using counts = typename stored::counts;

    static void run(const stored& w, const place& where) {
        const weights_check check{w, where};
        check.sizes();
        const std::size_t kept = check.positions();
        check.codes(kept);
        check.scales();
        if constexpr (Format::has_zero_point) check.zero_points();
        for (std::size_t n = 0; n < w.bias.size(); ++n)
            if (!std::isfinite(double(w.bias[n]))) fail(where.of("bias"), "values must be finite", at(w.bias[n], n), "finite values");
    }

private:
    weights_check(const stored& w, const place& where) : w_(w), where_(where) {}

    static std::string at(double value, std::size_t index) { return number_text(value) + " at index " + std::to_string(index); }

    void size(std::string_view part, std::size_t got, std::size_t needs) const {
        if (needs == dynamic || got == needs) return;
        fail(where_.of(part), "wrong size", std::to_string(got) + " elements", std::to_string(needs));
    }

    void sizes() const {
        // Where the type knows how many weights exist, it reserves bytes for the longest positions; fewer may do.
        if (w_.positions.size() > counts::positions) size("positions", w_.positions.size(), counts::positions);
        size("codes", w_.codes.size(), counts::codes);
        size("book", w_.book.size(), counts::book);
        size("scales", w_.scales.size(), counts::scales);
        size("factors", w_.factors.size(), counts::factors);
        size("zero_points", w_.zero_points.size(), counts::zero_points);
        size("bias", w_.bias.size(), Rows);
    }

    /// Weights that exist.
    std::size_t positions() const {
        std::size_t kept = 0;
        const bool sound = visit_positions<typename Format::mask>(std::span<const std::byte>(w_.positions), Rows, Cols,
                                                                  [&](std::size_t, std::size_t) { ++kept; });
        if (!sound) fail(where_.of("positions"), "are damaged", "a code that no pattern has, or too few of them", "positions as written");
        const std::size_t bytes = bytes_of_bits(kept * std::size_t(Format::code_bits));
        if (bytes > w_.codes.size())
            fail(where_.of("positions"), "run past the codes", std::to_string(kept) + " positions, " + bytes_text(bytes) + " of codes",
                 bytes_text(w_.codes.size()) + ", as there are");
        if (bytes < w_.codes.size() || (counts::kept != dynamic && kept != counts::kept))
            fail(where_.of("codes"), "each needs a position", bytes_text(w_.codes.size()) + ", " + std::to_string(kept) + " positions",
                 counts::kept != dynamic ? std::to_string(counts::kept) + " positions" : bytes_text(bytes));
        return kept;
    }

    void codes(std::size_t kept) const {
        if constexpr (Format::is_shared) {
            for (std::size_t i = 0; i < kept; ++i) {
                const std::uint32_t code = read_bits(w_.codes.data(), i * std::size_t(Format::code_bits), Format::code_bits);
                if (code >= Format::sharing::entries)
                    fail(where_.of("codes"), "an index must lie in the codebook", at(code, i),
                         "below " + std::to_string(Format::sharing::entries));
            }
        }
        if constexpr (Format::is_float) {
            const weight_reader<Format> reader(w_);
            const bool shared = Format::is_shared;
            for (std::size_t i = 0; i < (shared ? counts::book_values : kept); ++i) {
                float value = 0;
                if constexpr (Format::is_shared) value = reader.shared_value(i);
                else value = reader.operand(0, i);
                if (!std::isfinite(value))
                    fail(where_.of(shared ? "book" : "codes"), "values must be finite", at(value, i), "finite values");
            }
        }
    }

    void scales() const {
        for (std::size_t n = 0; n < w_.scales.size(); ++n)
            if (!std::isfinite(w_.scales[n]) || !(w_.scales[n] > 0))
                fail(where_.of("scales"), "scales must be finite and positive", at(w_.scales[n], n), "above 0");
    }

    void zero_points() const {
        using encoding = typename Format::encoding;
        for (std::size_t n = 0; n < w_.zero_points.size(); ++n)
            if (w_.zero_points[n] < encoding::lowest || w_.zero_points[n] > encoding::highest)
                fail(where_.of("zero_points"), "must lie in the range of the encoding", at(w_.zero_points[n], n),
                     std::to_string(encoding::lowest) + " to " + std::to_string(encoding::highest));
    }

    const stored& w_;
    const place& where_;
};

/// The name of node `I`.
template <class Graph, std::size_t I>
std::string node_name() {
    constexpr auto nodes = describe_nodes<Graph>();
    name_buffer buffer;
    return std::string(layer_name(nodes[I], buffer));
}

/// Calls f.template operator()<I>() for each node with weights.
template <class Graph, class F>
void for_each_weighted(const F& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto one = [&]<std::size_t J>() {
            if constexpr (has_weights(Graph::template layer_at<J>::kind)) f.template operator()<J>();
        };
        (one.template operator()<I>(), ...);
    }(std::make_index_sequence<Graph::node_count>{});
}

}  // namespace detail

/// Throws error where parameters are not what kernels may trust: parts of wrong size, positions that do not meet the codes, an index
/// past its codebook, a scale that is not positive and finite, a weight or bias that is not finite, a zero point out of range.
/// `source` names their origin in messages.
template <class Graph, class Storage>
void check_parameters(const parameters<Graph, Storage>& p, const std::string& source = {}) {
    detail::for_each_weighted<Graph>([&]<std::size_t I> {
        using stored = std::remove_cvref_t<decltype(p.template layer<I>())>;
        using node = v0::detail::node_parameters<Graph, I, Storage>;
        detail::weights_check<typename stored::format, node::extent.rows, node::extent.cols, Storage>::run(
            p.template layer<I>(), {source, detail::node_name<Graph, I>()});
    });
    [&]<std::size_t... E>(std::index_sequence<E...>) {
        const auto check = [&]<std::size_t J>() {
            using value = typename Graph::template edge_type<J>;
            const quantization& q = p.edges[J];
            const auto at = " of edge " + std::to_string(J);
            if (!std::isfinite(q.scale) || !(q.scale > 0))
                detail::fail(detail::entity(source, "edges"), "scales must be finite and positive", detail::number_text(q.scale) + at,
                             "above 0");
            if constexpr (std::integral<value>) {
                constexpr int low = std::numeric_limits<value>::min(), high = std::numeric_limits<value>::max();
                if (q.zero_point < low || q.zero_point > high)
                    detail::fail(detail::entity(source, "edges"), "zero points must lie in the range of the activations",
                                 std::to_string(q.zero_point) + at, std::to_string(low) + " to " + std::to_string(high));
            }
        };
        (check.template operator()<E>(), ...);
    }(std::make_index_sequence<Graph::edge_count>{});
}

}  // namespace pare::inline v0::io
