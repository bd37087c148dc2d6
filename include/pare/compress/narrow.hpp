// SPDX-License-Identifier: MIT
// Parameters with masks of channels as those of a smaller dense model.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pare/compress/encode.hpp>
#include <pare/compress/narrow_channels.hpp>
#include <pare/format/spell.hpp>
#include <pare/io/check_parameters.hpp>
#include <pare/io/owned.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>
#include <pare/model/run.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// A stored tensor in its parts; `values` stays empty.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage>
quantized_weights read_weights(const stored_weights<Format, Rows, Cols, Storage>& w) {
    using counts = stored_counts<Format, Rows, Cols>;
    quantized_weights q;
    q.mask = presence::Zero(index(Rows), index(Cols));
    q.codes.assign(Rows * Cols, 0);
    bit_reader codes(w.codes);
    visit_positions<typename Format::mask>(std::span<const std::byte>(w.positions), Rows, Cols, [&](std::size_t n, std::size_t k) {
        q.mask(index(n), index(k)) = 1;
        q.codes[n * Cols + k] = codes.read(Format::code_bits);
    });
    bit_reader book(w.book);
    for (std::size_t i = 0; i < counts::book_values; ++i) q.book.push_back(book.read(Format::encoding::bits));
    q.scales.assign(w.scales.begin(), w.scales.end());
    q.factors.assign(w.factors.begin(), w.factors.end());
    if constexpr (Format::has_zero_point) q.zero_points.assign(w.zero_points.begin(), w.zero_points.end());
    return q;
}

/// The weights of every node in their parts.
template <class Graph, class Storage>
std::vector<quantized_weights> read_weights(const parameters<Graph, Storage>& p) {
    std::vector<quantized_weights> all(Graph::node_count);
    io::detail::for_each_weighted<Graph>([&]<std::size_t I> { all[I] = read_weights(p.template layer<I>()); });
    return all;
}

inline absent_channels vanishing_channels(std::span<const node_info> nodes, const std::vector<quantized_weights>& weights) {
    return vanishing_channels(nodes, [&](std::size_t i, std::size_t n) { return (weights[i].mask.row(index(n)) != 0).any(); });
}

template <class Policy>
std::string text_of() {
    std::string text;
    policy_text<Policy>::append(text);
    return text;
}
template <weight_format_type Format>
std::string format_text() {
    std::string text;
    spell<Format>(text);
    return text;
}

/// Formats whose codes mean the same.
template <class A, class B>
inline constexpr bool same_codes =
    std::same_as<typename A::encoding, typename B::encoding> && std::same_as<typename A::symmetry, typename B::symmetry> &&
    std::same_as<typename A::sharing, typename B::sharing> &&
    (std::same_as<typename A::granularity, typename B::granularity> || (A::group != 0 && B::group != 0));

/// Refuses a narrow model whose layer `small` does something else than `masked`, or has another width than what is left.
inline void require_same_layer(const node_info& masked, const node_info& small, const node_info& left) {
    const std::string name = name_of_node(masked);
    if (small.kind != masked.kind)
        fail(name, "the narrow model has the same layers in the same order", std::string(name_of(small.kind)),
             std::string(name_of(masked.kind)));
    const auto same = [&](const char* what, std::size_t got, std::size_t needs) {
        if (got != needs)
            fail(name, std::string("the narrow model's layer has the same ") + what, std::to_string(got), std::to_string(needs));
    };
    same("input", small.inputs[0], masked.inputs[0]);
    same("second input", small.inputs[1], masked.inputs[1]);
    same("groups", small.groups, masked.groups);
    same("depth multiplier", small.depth_multiplier, masked.depth_multiplier);
    if (small.window != masked.window) fail(name, "the narrow model's windows lie where they lay", "others", "the same");
    if (small.has_low != masked.has_low || small.has_high != masked.has_high || small.low != masked.low || small.high != masked.high)
        fail(name, "the narrow model's layer has the same activation", "another", "the same");
    if (small.out.channels != left.out.channels)
        fail(name, "the narrow model has the channels that are left", std::to_string(small.out.channels),
             std::to_string(left.out.channels) + " of " + std::to_string(masked.out.channels));
}

/// The type of the sums of node `I`: roundings of integers know whether they are wide.
template <class Graph, std::size_t I>
using total_of = typename v0::detail::node_packed<Graph, I, arch::scalar, owned>::weights::total;

/// The same of what only types tell.
template <class Masked, class Small, std::size_t I>
void require_same_types(const std::string& name) {
    using masked_out = typename Masked::template edge<I + 1>::encoding;
    using small_out = typename Small::template edge<I + 1>::encoding;
    if (!std::same_as<masked_out, small_out>)
        fail(name, "the narrow model's layer writes the same activations", text_of<small_out>(), text_of<masked_out>());
    if constexpr (has_weights(Masked::template layer_at<I>::kind) && has_weights(Small::template layer_at<I>::kind)) {
        using before = typename Masked::template layer_at<I>::options::format;
        using after = typename Small::template layer_at<I>::options::format;
        if constexpr (!same_codes<before, after>) {
            fail(name + ".weight", "the narrow model writes weights alike, but for masks and the size of groups", format_text<after>(),
                 format_text<before>());
        } else {
            using rounds = typename Masked::template rounding_at<I>;
            if (!std::same_as<rounds, typename Small::template rounding_at<I>>)
                fail(name, "the narrow model's layer rounds alike", "another rounding", "the same");
            if (!std::same_as<rounds, rounding::fp32> && !std::same_as<total_of<Masked, I>, total_of<Small, I>>)
                fail(name, "a rounding of integers depends on how wide sums are", "narrower sums",
                     "sums of the same width, or rounding::fp32");
        }
    }
}

/// Whether a window reaches beyond the image.
inline bool is_padded(const node_info& n) {
    const window_geometry& w = n.window;
    const auto beyond = [](std::size_t out, std::size_t stride, std::size_t kernel, std::size_t dilation, std::size_t pad, std::size_t in) {
        return pad > 0 || (out - 1) * stride + (kernel - 1) * dilation >= in + pad;
    };
    return n.kind != layer_kind::linear && (beyond(w.out_height, w.stride_y, w.kernel_height, w.dilation_y, w.pad_top, n.in.height) ||
                                            beyond(w.out_width, w.stride_x, w.kernel_width, w.dilation_x, w.pad_left, n.in.width));
}

/// Every edge of a network for one input, one value after the other.
using edge_numbers = std::vector<std::vector<double>>;

/// The biases of node `n` with what absent channels say folded in: (value - zero point) * weight, summed over all that read one.
/// Exact in integers. `said` are the values of the node's input, whose zero point is `zero`.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage>
std::vector<double> folded_biases(const stored_weights<Format, Rows, Cols, Storage>& w, const node_info& n, const absent_channels& absent,
                                  const std::vector<double>& said, double zero) {
    std::vector<double> bias(w.bias.begin(), w.bias.end());
    if (n.kind == layer_kind::depthwise_conv2d) return bias;  // what reads an absent channel is absent
    const std::string name = name_of_node(n);
    std::vector<double> shift(n.in.channels, 0.0);
    for (std::size_t c = 0; c < shift.size(); ++c) {
        if (!absent.at(n.inputs[0], c)) continue;
        shift[c] = said[c] - zero;
        bool everywhere = true;
        for (std::size_t i = c; i < said.size(); i += shift.size()) everywhere &= said[i] == said[c];
        if (!everywhere || (shift[c] != 0 && is_padded(n)))
            fail(name, "a channel that vanishes says 0 where windows reach beyond the image, else biases cannot take it in exactly",
                 "channel " + std::to_string(c) + " of its input, which says " + (everywhere ? "another value" : "different values"),
                 "biases as compress::run leaves them, or no padding");
    }
    visit_weights(w, Rows, Cols, [&](std::size_t o, std::size_t k, auto operand) {
        double factor = 1;
        if constexpr (Format::group != 0) factor = w.factors[o * groups_of<typename Format::granularity>(Cols) + k / Format::group];
        bias[o] += shift[channel_read(n, o, k)] * double(operand) * factor;
    });
    for (std::size_t o = 0; o < Rows; ++o)
        if (!Format::is_float && bias[o] != double(w.bias[o]) && std::abs(bias[o]) > double(std::int32_t(1) << 30))
            fail(name + ".bias", "a bias that takes in what vanished channels say fits 30 bits and a sign",
                 std::to_string(bias[o]) + " at index " + std::to_string(o), "smaller biases of removed channels");
    return bias;
}

/// Refuses weights of which the mask of a narrow model has kept others than are left.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols>
void require_presence(const stored_weights<Format, Rows, Cols, owned>& w, const presence& left, const std::string& name) {
    presence found = presence::Zero(left.rows(), left.cols());
    visit_positions<typename Format::mask>(std::span<const std::byte>(w.positions), Rows, Cols,
                                           [&](std::size_t n, std::size_t k) { found(index(n), index(k)) = 1; });
    for (Eigen::Index i = 0; i < left.size(); ++i)
        if ((left.data()[i] != 0) != (found.data()[i] != 0))
            fail(name, "the narrow model's mask has the weights that are left",
                 std::string(found.data()[i] ? "one that is not there" : "none") + ", weight " + std::to_string(i % left.cols()) +
                     " of output " + std::to_string(i / left.cols()),
                 "a mask that can say so: channels where outputs of a residual stream stay, unstructured<> where weights have gone");
}

}  // namespace detail

}  // namespace pare::inline v0::compress

namespace pare::inline v0::compress::inline PARE_ISA {

namespace kernels {

/// Every edge of a model for an input of zeros. Channels that vanish say there what they say on any input.
template <class Graph, class Storage>
detail::edge_numbers edges_of_zeros(const parameters<Graph, Storage>& p) {
    const auto model = std::make_unique<packed<Graph, arch::scalar, owned>>(pack<arch::scalar, owned>(p));
    const auto memory = std::make_unique<traced_arena<Graph, arch::scalar>>();
    using value = typename Graph::input_value;
    const std::vector<value> in(Graph::input_shape.size(), value(p.edges[0].zero_point));
    std::vector<typename Graph::output_value> out(Graph::output_shape.size());
    detail::edge_numbers edges(Graph::edge_count);
    edges[0].assign(in.begin(), in.end());
    v0::run(*model, std::span<const value>(in), std::span(out), *memory, [&](std::size_t node, const auto& image) {
        for (std::size_t y = 0; y < image.height; ++y)
            for (std::size_t x = 0; x < image.width; ++x)
                edges[node + 1].insert(edges[node + 1].end(), image.pixel(y, x), image.pixel(y, x) + image.channels);
    });
    return edges;
}

}  // namespace kernels

/// Parameters of `Small`, the model `Masked` without the channels that its masks of channels have removed: the same layers with fewer
/// outputs, dense where those masks stood, per_group<G> with another G where groups shrink. `spell_narrow` (narrow_text.hpp) writes
/// that type. Outputs are the same bit for bit (of f32 models, up to the order of sums). What a removed channel says is nothing where
/// it is the zero point, as after compress::run; another value is folded into the biases of its readers, which is exact but for
/// windows that reach beyond the image. Throws compress::error, naming the layer, where `Small` is not that model or is not exact;
/// io::error where the parameters are damaged.
template <class Small, class Masked, class Storage>
parameters<Small, owned> narrow(const parameters<Masked, Storage>& p) {
    parameters<Small, owned> result;
    if constexpr (Small::node_count != Masked::node_count) {
        detail::fail("narrow", "the narrow model has as many layers as the masked one", std::to_string(Small::node_count),
                     std::to_string(Masked::node_count));
    } else {
        io::check_parameters(p);
        constexpr auto nodes = describe_nodes<Masked>(), small = describe_nodes<Small>();
        const std::vector<quantized_weights> weights = detail::read_weights(p);
        const absent_channels absent = detail::vanishing_channels(nodes, weights);
        const std::vector<kept_places> kept = detail::kept_channels(nodes, absent);
        if (Small::input_shape != Masked::input_shape || !std::same_as<typename Small::input_value, typename Masked::input_value>)
            detail::fail("input", "the narrow model reads the same images", "others", "the same encoding and extents");
        const auto check = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            detail::require_same_layer(nodes[I], small[I], detail::narrow_node(nodes[I], I, kept, {}));
            detail::require_same_types<Masked, Small, I>(name_of_node(nodes[I]));
        };
        const auto move = [&]<std::size_t I>(std::integral_constant<std::size_t, I>, const detail::edge_numbers& said) {
            if constexpr (has_weights(Masked::template layer_at<I>::kind) && has_weights(Small::template layer_at<I>::kind)) {
                using before = typename Masked::template layer_at<I>::options::format;
                using after = typename Small::template layer_at<I>::options::format;
                if constexpr (detail::same_codes<before, after>) {
                    const std::string name = name_of_node(nodes[I]);
                    const std::size_t from = nodes[I].inputs[0];
                    const std::vector<double> bias = detail::folded_biases(p.template layer<I>(), nodes[I], absent, said[from],
                                                                           before::is_float ? 0.0 : double(p.edges[from].zero_point));
                    const quantized_weights w = detail::narrow_weights(
                        weights[I], nodes[I].format, kept[I + 1], detail::kept_columns(nodes[I], absent), after::group, name + ".weight");
                    auto& to = result.template layer<I>();
                    encode(w, vector::Zero(w.mask.rows()), 1.0f, name, to);
                    detail::require_presence(to, w.mask, name + ".weight");
                    for (std::size_t n = 0; n < to.bias.size(); ++n) to.bias[n] = decltype(to.bias[n] + 0)(bias[kept[I + 1][n]]);
                }
            }
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (check(std::integral_constant<std::size_t, I>{}), ...);
            const detail::edge_numbers said = kernels::edges_of_zeros(p);
            (move(std::integral_constant<std::size_t, I>{}, said), ...);
        }(std::make_index_sequence<Masked::node_count>{});
        for (std::size_t e = 0; e < p.edges.size(); ++e) result.edges[e] = p.edges[e];
    }
    return result;
}

}  // namespace pare::inline v0::compress::inline PARE_ISA
