// SPDX-License-Identifier: MIT
// A packed model as one C++ header of constants, for a firmware image or any program.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/io/check_parameters.hpp>
#include <pare/io/error.hpp>
#include <pare/io/literal.hpp>
#include <pare/io/owned.hpp>
#include <pare/io/safetensors.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/fingerprint.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0::io {

/// How an emitted header refers to what it does not contain.
struct emit_options {
    std::string model{};    ///< the model's type as the header spells it: "digits", "my::networks::digits"
    std::string include{};  ///< what declares that type, as it stands in #include "...", or with its own <...>
    std::string name{};     ///< the namespace of the emitted constants; empty: the file's name without its extension, and "_network"
    std::string arch{};     ///< the arch's type as the header spells it; empty: its name in pare::arch
    std::string section{};  ///< linker section of the constants; such a header is for one translation unit
};

namespace detail {

/// Writes the constants of one model and the lines that put them together.
class constants_writer {
public:
    explicit constants_writer(const emit_options& options, std::size_t alignment) : options_(options), alignment_(alignment) {}

    template <class Node>
    void node(std::size_t index, std::string_view name, const Node& n) {
        const std::string prefix = "layer" + std::to_string(index) + "_" + plain(name);
        std::string lines;
        using constants = std::remove_cvref_t<decltype(n.data)>;
        if constexpr (requires { constants::for_each_part(n.data, [](std::string_view, const auto&) {}); }) {
            constants::for_each_part(n.data, [&](std::string_view part, const auto& values) {
                if (values.size() == 0) return;
                const std::string constant = prefix + "_" + plain(part);
                array(constant, values);
                lines += "        layer.data." + std::string(part) + " = {constants::" + constant + ", " + std::to_string(values.size()) +
                         "};\n";
            });
        } else if constexpr (std::same_as<constants, add_constants>) {
            const add_constants& c = n.data;
            lines += "        layer.data = {" + literal(c.zero_a) + ", " + literal(c.zero_b) + ", " + literal(c.scale_a) + ", " +
                     literal(c.scale_b) + ", " + literal(c.scale_out) + ", " + literal(c.shift) + ", " + range(c.range) + "};\n";
        } else if constexpr (std::same_as<constants, softmax_constants>) {
            lines += "        layer.data = {" + literal(n.data.scale) + ", " + literal(n.data.lowest) + "};\n";
        }
        lines += "        layer.range = " + range(n.range) + ";\n";
        assembly_ += "    {\n        auto& layer = std::get<" + std::to_string(index) + ">(p.layers);\n" + lines + "    }\n";
    }

    const std::string& arrays() const { return arrays_; }
    const std::string& assembly() const { return assembly_; }

    /// What stands before a constant.
    std::string storage() const {
        return options_.section.empty() ? "inline constexpr" : "[[gnu::section(\"" + options_.section + "\")]] constexpr";
    }

private:
    /// The characters of a name that an identifier may have; the layer's index makes it unique.
    static std::string plain(std::string_view name) {
        std::string kept;
        for (const char c : name)
            if (is_identifier("x" + std::string(1, c)) && !(c == '_' && (kept.empty() || kept.back() == '_'))) kept += c;
        while (!kept.empty() && kept.back() == '_') kept.pop_back();
        return kept.empty() ? "x" : kept;
    }

    static std::string range(rounding::output_range r) {
        return "{" + literal(r.zero_point) + ", " + literal(r.low) + ", " + literal(r.high) + "}";
    }
    static std::string range(float_range r) { return "{" + literal(r.low) + ", " + literal(r.high) + "}"; }

    template <class Array>
    void array(const std::string& name, const Array& values) {
        using value = std::remove_cvref_t<decltype(values[0])>;
        const std::span<const value> all(values.data(), values.size());
        if constexpr (sizeof(value) == 1) {
            arrays_ += "alignas(" + std::to_string(alignment_) + ") " + storage() + " unsigned char " + name + "[" +
                       std::to_string(all.size()) + " + 1] =\n" + bytes_literal(std::as_bytes(all)) + ";\n";
        } else {
            // Whole registers are read from tables too.
            arrays_ += "alignas(" + std::to_string(alignment_) + ") " + storage() + " " + std::string(type_name<value>()) + " " + name +
                       "[" + std::to_string(all.size()) + "] = " + list_literal(all) + ";\n";
        }
    }

    template <class T>
    static constexpr std::string_view type_name() {
        if constexpr (std::same_as<T, float>) return "float";
        else if constexpr (std::same_as<T, multiplier>) return "pare::multiplier";
        else if constexpr (std::same_as<T, std::int16_t>) return "std::int16_t";
        else if constexpr (std::same_as<T, std::int32_t>) return "std::int32_t";
        else if constexpr (std::same_as<T, std::uint32_t>) return "std::uint32_t";
        else if constexpr (std::same_as<T, std::int64_t>) return "std::int64_t";
        else static_assert(std::same_as<T, float>, "emit: tables are of float, multiplier or integers; got another type");
    }

    const emit_options& options_;
    std::size_t alignment_;
    std::string arrays_, assembly_;
};

}  // namespace detail

/// The text of a header with these parameters packed for `Arch`: in namespace `options.name`,
///
///     inline constexpr pare::packed<model, arch, pare::flash> network;   // to be given to pare::run
///     inline constexpr std::size_t arena_bytes;                          // that `run` needs, aligned as `arena` is
///     using arena = pare::arena<model, arch>;
///     void run(const input_value* input, output_value* output, std::byte* memory);
///
/// All of it is constant: no heap, no initialisation at run time. The header checks that the type it finds is the one that it was
/// made for. Throws error where options are missing or are no names, and as check_parameters does.
template <arch::instruction_set Arch, class Graph, class Storage>
std::string emit_text(const parameters<Graph, Storage>& p, const emit_options& options, Arch = {}) {
    static_assert(has_fingerprint<Graph>,
                  "emit: a header tells formats apart by the names of their policies; got a policy without a name; give it "
                  "static constexpr std::string_view name");
    const std::string arch_name = options.arch.empty() ? "pare::arch::" + std::string(Arch::name) : options.arch;
    if (options.model.empty()) detail::fail("emit", "options.model must spell the model's type", "nothing", "a type, as in \"digits\"");
    if (options.include.empty())
        detail::fail("emit", "options.include must name the header of the model's type", "nothing", "\"digits_model.hpp\"");
    if (!detail::is_identifier(options.name))
        detail::fail("emit", "options.name must be a namespace", "\"" + options.name + "\"", "\"digits_network\"");
    for (const std::string* text : {&options.model, &options.include, &arch_name, &options.section})
        for (const char c : *text)
            if (c < ' ' || c == '"' || c == '\\')
                detail::fail("emit", "options must be plain text", "\"" + *text + "\"", "no quotes, escapes or line ends");
    check_parameters(p);

    const auto q = pack<Arch, owned>(p);
    constexpr auto nodes = describe_nodes<Graph>();
    detail::constants_writer writer(options, Arch::alignment);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto one = [&]<std::size_t J>() {
            name_buffer buffer;
            writer.node(J, layer_name(nodes[J], buffer), std::get<J>(q.layers));
        };
        (one.template operator()<I>(), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    std::string edges;
    for (const quantization& e : q.edges)
        edges += (edges.empty() ? "{" : ", {") + detail::literal(e.scale) + ", " + detail::literal(e.zero_point) + "}";
    std::string hash;
    append_hex(hash, model_hash<Graph>);
    const std::string bytes = std::to_string(executing_bytes(q));
    const bool own_brackets = options.include.front() == '<';

    return "// Made by pare::io::emit out of the parameters of " + options.model + "; not to be edited.\n#pragma once\n\n" +
           "#include <cstddef>\n#include <cstdint>\n#include <limits>\n#include <span>\n#include <tuple>\n\n#include "
           "<pare/model/fingerprint.hpp>\n" +
           "#include <pare/model/run.hpp>\n\n#include " + (own_brackets ? options.include : "\"" + options.include + "\"") +
           "\n\nnamespace " + options.name + " {\n\nusing model = ::" + options.model + ";\nusing arch = " + arch_name +
           ";\n\nstatic_assert(pare::model_hash<model> == 0x" + hash + "u, \"" + options.name +
           ": the model must be the one that was emitted; got another type; emit it again\");\n\n" +
           "/// Bytes of memory that run needs, aligned as `arena` is.\ninline constexpr std::size_t arena_bytes = "
           "pare::arena_bytes<model, arch>;\n" +
           "using arena = pare::arena<model, arch>;\n\nnamespace constants {\n\n" + writer.arrays() + "\n}  // namespace constants\n\n" +
           "/// The model, to be given to pare::run.\n" + writer.storage() + " pare::packed<model, arch, pare::flash> network = [] {\n" +
           "    pare::packed<model, arch, pare::flash> p;\n" + writer.assembly() + "    p.edges = {{" + edges +
           "}};\n    return p;\n}();\n\n" +
           "/// Bytes of the constants, all counted.\ninline constexpr std::size_t flash_bytes = " + bytes +
           ";\nstatic_assert(pare::executing_bytes(network) == flash_bytes);\n\ninline namespace PARE_ISA {\n\n" +
           "/// Runs one input; `memory` has arena_bytes.\ninline void run(const model::input_value* input, model::output_value* output, "
           "std::byte* memory) {\n" +
           "    pare::run(network, {input, model::input_shape.size()}, {output, model::output_shape.size()}, std::span(memory, "
           "arena_bytes));\n}\n\n" +
           "}  // namespace PARE_ISA\n\n}  // namespace " + options.name + "\n";
}

/// Writes that header; throws error as emit_text does, and where the file cannot be written.
template <arch::instruction_set Arch, class Graph, class Storage>
void emit(const parameters<Graph, Storage>& p, const std::filesystem::path& path, Arch arch = {}, emit_options options = {}) {
    if (options.name.empty()) options.name = path.stem().string() + "_network";
    const std::string text = emit_text(p, options, arch);
    detail::write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace pare::inline v0::io
