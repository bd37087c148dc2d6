// SPDX-License-Identifier: MIT
// A model's parameters as a safetensors file, and back.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/core/text.hpp>
#include <pare/io/check_parameters.hpp>
#include <pare/io/error.hpp>
#include <pare/io/owned.hpp>
#include <pare/io/safetensors.hpp>
#include <pare/io/tensor.hpp>
#include <pare/model/fingerprint.hpp>
#include <pare/model/parameters.hpp>

/// The file has, for each layer with weights, tensors "<layer>.positions", ".codes", ".book" (U8), ".scales" (F32), ".factors" (U8),
/// ".zero_points" and ".bias", each a vector, those left out that the format does not have; "edges" (F32, [edges, 2]) holds scale and
/// zero point of each edge; the metadata hold "format" (the hash of the model's fingerprint), "model" (the fingerprint) and "pare"
/// (the version that wrote it).
namespace pare::inline v0::io {

namespace detail {

/// Calls f(name, array) for each part that the format has.
template <class Stored, class F>
void for_each_stored_part(Stored& w, const F& f) {
    using counts = typename std::remove_const_t<Stored>::counts;
    constexpr std::size_t sizes[] = {counts::positions, counts::codes,       counts::book, counts::scales,
                                     counts::factors,   counts::zero_points, dynamic};
    std::size_t index = 0;
    std::remove_const_t<Stored>::for_each_part(w, [&](std::string_view name, auto& part) {
        if (sizes[index++] != 0) f(std::string(name), part);
    });
}

/// The type of a file's elements.
template <class T>
using file_element = std::conditional_t<std::same_as<T, std::byte>, std::uint8_t, T>;

template <class Array>
tensor part_tensor(std::string name, const Array& part) {
    using value = std::remove_cvref_t<decltype(part[0])>;
    tensor t{std::move(name), dtype_of<file_element<value>>(), {part.size()}, {}};
    const std::span<const std::byte> bytes = std::as_bytes(std::span(part.data(), part.size()));
    t.data.assign(bytes.begin(), bytes.end());
    return t;
}

/// The tensor of that name, which must be a vector of T.
template <class T>
std::vector<T> read_part(const safetensors& file, const std::string& name) {
    const tensor& t = get(file, name);
    constexpr dtype needs = dtype_of<file_element<T>>();
    if (t.type != needs) fail(entity(file.source, name), "wrong type", std::string(name_of(t.type)), std::string(name_of(needs)));
    if (t.shape.size() != 1) fail(entity(file.source, name), "wrong shape", shape_text(t.shape), "one dimension");
    std::vector<T> values(t.data.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), t.data.data(), t.data.size());
    return values;
}

/// The first line in which two texts differ.
inline std::pair<std::string, std::string> first_difference(std::string_view a, std::string_view b) {
    const auto take = [](std::string_view& rest) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        return line;
    };
    while (!a.empty() || !b.empty()) {
        const std::string_view x = take(a), y = take(b);
        if (x != y) return {x.empty() ? "no layer" : std::string(x), y.empty() ? "no layer" : std::string(y)};
    }
    return {"another hash", "that of the same text"};
}

template <class Graph>
void check_format(const safetensors& file) {
    std::string hash, text;
    append_hex(hash, model_hash<Graph>);
    append_fingerprint<Graph>(text);
    const auto found = file.metadata.find("format");
    const std::string rule = "was saved for another model";
    if (found == file.metadata.end())
        fail(file.source, "must hold parameters", "no \"format\" in its metadata", "\"format\": \"" + hash + "\"");
    if (found->second == hash) return;
    const auto saved = file.metadata.find("model");
    if (saved == file.metadata.end()) fail(file.source, rule, "format " + found->second, "format " + hash);
    const auto [got, needs] = first_difference(saved->second, text);
    fail(file.source, rule, "\"" + got + "\"", "\"" + needs + "\"");
}

template <class Graph>
constexpr void require_fingerprint() {
    static_assert(has_fingerprint<Graph>,
                  "parameters: a file tells formats apart by the names of their policies; got a policy without a name; give it "
                  "static constexpr std::string_view name");
}

}  // namespace detail

/// Parameters as the content of a safetensors file; throws error as check_parameters does, and where two layers have one name.
template <class Graph, class Storage>
safetensors to_safetensors(const parameters<Graph, Storage>& p) {
    detail::require_fingerprint<Graph>();
    check_parameters(p);
    safetensors file;
    detail::for_each_weighted<Graph>([&]<std::size_t I> {
        const std::string layer = detail::node_name<Graph, I>();
        detail::for_each_stored_part(p.template layer<I>(), [&](const std::string& part, const auto& values) {
            add(file, detail::part_tensor(layer + "." + part, values));
        });
    });
    std::vector<float> edges;
    for (const quantization& q : p.edges) {
        edges.push_back(q.scale);
        edges.push_back(float(q.zero_point));
    }
    add(file, make_tensor<float>("edges", edges, {p.edges.size(), 2}));
    append_hex(file.metadata["format"], model_hash<Graph>);
    append_fingerprint<Graph>(file.metadata["model"]);
    file.metadata["pare"] =
        std::to_string(PARE_VERSION / 10000) + "." + std::to_string(PARE_VERSION / 100 % 100) + "." + std::to_string(PARE_VERSION % 100);
    return file;
}

/// Parameters out of the content of a file; throws error where it was saved for another model, where a tensor is missing, of another
/// type or unknown, and as check_parameters does.
template <class Graph>
parameters<Graph, owned> from_safetensors(const safetensors& file) {
    detail::require_fingerprint<Graph>();
    detail::check_format<Graph>(file);
    parameters<Graph, owned> p;
    std::set<std::string> known{"edges"};
    detail::for_each_weighted<Graph>([&]<std::size_t I> {
        const std::string layer = detail::node_name<Graph, I>();
        detail::for_each_stored_part(p.template layer<I>(), [&](const std::string& part, auto& values) {
            using value = typename std::remove_cvref_t<decltype(values)>::value_type;
            const std::string name = layer + "." + part;
            values = detail::read_part<value>(file, name);
            known.insert(name);
        });
    });
    for (const auto& [name, what] : file.tensors)
        if (!known.contains(name))
            detail::fail(detail::entity(file.source, name), "belongs to no layer of the model", "it", "only the model's");

    const tensor& edges = get(file, "edges", {Graph::edge_count, 2});
    if (edges.type != dtype::f32) detail::fail(detail::entity(file.source, "edges"), "wrong type", std::string(name_of(edges.type)), "F32");
    const std::vector<float> numbers = detail::copy_as<float>(edges.data);
    for (std::size_t e = 0; e < Graph::edge_count; ++e) {
        const float zero_point = numbers[2 * e + 1];
        if (!(std::fabs(zero_point) < 1e6f) || std::trunc(zero_point) != zero_point)
            detail::fail(detail::entity(file.source, "edges"), "zero points must be integers",
                         detail::number_text(zero_point) + " of edge " + std::to_string(e), "an integer");
        p.edges[e] = {numbers[2 * e], std::int32_t(zero_point)};
    }
    check_parameters(p, file.source);
    return p;
}

/// Writes parameters as a safetensors file; throws error as to_safetensors does, and where the file cannot be written.
template <class Graph, class Storage>
void save_parameters(const std::filesystem::path& path, const parameters<Graph, Storage>& p) {
    write_safetensors(path, to_safetensors(p));
}

/// Reads parameters that save_parameters wrote; throws error as read_safetensors and from_safetensors do.
template <class Graph>
parameters<Graph, owned> load_parameters(const std::filesystem::path& path) {
    return from_safetensors<Graph>(read_safetensors(path));
}

}  // namespace pare::inline v0::io
