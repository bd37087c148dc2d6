// SPDX-License-Identifier: MIT
// Reader and writer of safetensors files (https://github.com/huggingface/safetensors): named tensors in one file.
#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <ios>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pare/core/config.hpp>
#include <pare/io/error.hpp>
#include <pare/io/tensor.hpp>

namespace pare::inline v0::io {

/// The content of a file: tensors by name (the key is the tensor's name), and free text by name.
struct safetensors {
    std::map<std::string, tensor> tensors;        ///< by name
    std::map<std::string, std::string> metadata;  ///< free text by name
    /// Where it was read from, for messages; not part of the content.
    std::string source;
};

namespace detail {

/// The length of a header may not exceed this, so that a damaged length does not look like a large file.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;
inline constexpr std::size_t length_bytes = 8;
inline constexpr const char* metadata_key = "__metadata__";

/// The file, where it is known, and the tensor.
inline std::string entity(const std::string& source, const std::string& name) {
    return (source.empty() ? "" : source + ": ") + "tensor \"" + name + "\"";
}

/// Nesting of a header: the header, a tensor's description, its shape. More is refused, since printing it would recurse.
inline constexpr int max_depth = 3;

/// The beginning of a value, for messages.
inline std::string excerpt(const nlohmann::json& value) {
    constexpr std::size_t longest = 100;
    const std::string text = value.dump(-1, ' ', true);
    return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

/// Parses JSON; a name that comes twice in one object, which nlohmann::json would let pass, is an error.
inline nlohmann::json parse_header(std::string_view text, const std::string& source) {
    std::vector<std::set<std::string>> names;
    using events = nlohmann::json::parse_event_t;
    const auto check = [&](int depth, events event, nlohmann::json& parsed) {
        if (depth > max_depth) fail(source, "the header must be flat", "more than 3 levels", "objects of tensors");
        if (event == events::object_start) names.emplace_back();
        if (event == events::object_end) names.pop_back();
        if (event == events::key && !names.back().insert(parsed.get<std::string>()).second) {
            fail(source, "names in the header must be unique", excerpt(parsed) + " twice", "it once");
        }
        return true;
    };
    const std::string rule = "the header at offset 8 must be a JSON object";
    if (text.empty() || text.front() != '{') fail(source, rule, text.empty() ? "nothing" : "another beginning", "{...}");
    try {
        return nlohmann::json::parse(text.begin(), text.end(), check);
    } catch (const nlohmann::json::exception& e) {
        fail(source, rule, e.what(), "{...}");
    }
}

/// An array of integers, or nothing.
inline std::optional<std::vector<std::size_t>> to_sizes(const nlohmann::json& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::size_t> sizes;
    for (const nlohmann::json& item : value) {
        if (!item.is_number_unsigned() || item.get<std::uint64_t>() > std::numeric_limits<std::size_t>::max()) return std::nullopt;
        sizes.push_back(item.get<std::size_t>());
    }
    return sizes;
}

/// One tensor of the header, and the offset of its first byte in the data section.
struct placed_tensor {
    tensor what;
    std::size_t begin;
    std::size_t end;
};

inline placed_tensor parse_entry(const std::string& name, const nlohmann::json& entry, std::size_t data_size, const std::string& source) {
    const std::string who = entity(source, name);
    if (!entry.is_object()) fail(who, "its description must be an object", excerpt(entry), "dtype, shape and data_offsets");
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!entry.contains(field)) fail(who, "its description must be whole", std::string("no ") + field, "dtype, shape and data_offsets");
    }
    const nlohmann::json& type_text = entry.at("dtype");
    const std::optional<dtype> type = type_text.is_string() ? dtype_named(type_text.get<std::string>()) : std::nullopt;
    if (!type) fail(who, "unknown dtype", excerpt(type_text), "F64, F32, F16, BF16, I8 or another of safetensors");
    std::optional<std::vector<std::size_t>> shape = to_sizes(entry.at("shape"));
    if (!shape) fail(who, "wrong shape", excerpt(entry.at("shape")), "an array of integers from 0");
    const std::optional<std::vector<std::size_t>> offsets = to_sizes(entry.at("data_offsets"));
    if (!offsets || offsets->size() != 2) fail(who, "wrong data_offsets", excerpt(entry.at("data_offsets")), "two integers from 0");
    const std::size_t begin = offsets->front(), end = offsets->back();
    if (begin > end || end > data_size) {
        fail(who, "data_offsets out of range", excerpt(entry.at("data_offsets")), "begin <= end <= " + std::to_string(data_size));
    }
    const std::optional<std::size_t> size = bytes_of(*type, *shape);
    if (size != end - begin) {
        fail(who, "data_offsets must match shape and dtype", bytes_text(end - begin) + " at offset " + std::to_string(begin),
             (size ? std::to_string(*size) : std::string("more than 2^64")) + " for " + shape_text(*shape) + " of " +
                 std::string(name_of(*type)));
    }
    return {{name, *type, std::move(*shape), {}}, begin, end};
}

/// Tensors in the order of their offsets must cover the data section without holes or overlaps.
inline void check_layout(std::vector<placed_tensor>& placed, std::size_t data_size, const std::string& source) {
    // Tensors without elements first: they begin where the next one does.
    std::sort(placed.begin(), placed.end(),
              [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::size_t covered = 0;
    for (const placed_tensor& entry : placed) {
        if (entry.begin != covered) {
            fail(entity(source, entry.what.name), entry.begin < covered ? "overlaps another tensor" : "leaves a hole before it",
                 "offset " + std::to_string(entry.begin), "offset " + std::to_string(covered));
        }
        covered = entry.end;
    }
    if (covered != data_size) {
        fail(source, "trailing bytes after the last tensor", bytes_text(data_size) + " of data", std::to_string(covered));
    }
}

inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    errno = 0;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    std::vector<std::byte> bytes;
    // A directory can be opened, and claims a size.
    if (size >= 0 && std::filesystem::is_regular_file(path)) {
        bytes.resize(static_cast<std::size_t>(size));
        file.seekg(0);
        file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
        if (file) return bytes;
    }
    const std::string reason = errno != 0 ? std::error_code(errno, std::generic_category()).message() : "not a regular file";
    fail(name, "cannot be read", reason, "a file that can be read");
}

/// Writes beside the file and renames over it: who reads sees the old content or the new one, never a part.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    const std::filesystem::path part = path.string() + "." + std::to_string(std::random_device{}()) + ".part";
    const auto give_up = [&](const std::string& reason) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        fail(path.string(), "cannot be written", reason, "a place that can be written");
    };
    errno = 0;
    std::FILE* const file = std::fopen(part.string().c_str(), "wbx");
    if (file == nullptr) {
        fail(path.string(), "cannot be written", std::error_code(errno, std::generic_category()).message(), "a place that can be written");
    }
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed) give_up(std::error_code(errno, std::generic_category()).message());
    std::error_code code;
    std::filesystem::rename(part, path, code);
    if (code) give_up(code.message());
}

}  // namespace detail

/// Reads a safetensors file in memory: the length of the header (8 bytes, little-endian), the header (JSON), the data. Throws
/// error, naming `source_name` and the tensor, for bytes that are empty, truncated or against the format.
inline safetensors parse_safetensors(std::span<const std::byte> bytes, std::string_view source_name) {
    const std::string source(source_name);
    if (bytes.empty()) detail::fail(source, "must not be empty", "0 bytes", "a safetensors file");
    if (bytes.size() < detail::length_bytes) {
        detail::fail(source, "truncated in the length of the header", detail::bytes_text(bytes.size()), "at least 8");
    }
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < detail::length_bytes; ++i) length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    if (length > detail::max_header_bytes) {
        detail::fail(source, "the header's length at offset 0 is too large", std::to_string(length),
                     "at most " + std::to_string(detail::max_header_bytes));
    }
    if (length > bytes.size() - detail::length_bytes) {
        detail::fail(source, "the header must lie in the file", "length " + std::to_string(length) + " at offset 0",
                     "at most " + std::to_string(bytes.size() - detail::length_bytes));
    }
    const auto header_size = static_cast<std::size_t>(length);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + detail::length_bytes, header_size);
    const nlohmann::json header = detail::parse_header(text, source);

    const std::span<const std::byte> data = bytes.subspan(detail::length_bytes + header_size);
    safetensors result{{}, {}, source};
    std::vector<detail::placed_tensor> placed;
    for (const auto& [name, entry] : header.items()) {
        if (name != detail::metadata_key) {
            placed.push_back(detail::parse_entry(name, entry, data.size(), source));
            continue;
        }
        if (!entry.is_object()) detail::fail(source, "__metadata__ must be an object", entry.type_name(), "strings by name");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string())
                detail::fail(source, "__metadata__ \"" + key + "\" must be a string", detail::excerpt(value), "a string");
            result.metadata[key] = value.get<std::string>();
        }
    }
    detail::check_layout(placed, data.size(), source);
    for (detail::placed_tensor& entry : placed) {
        const std::span<const std::byte> elements = data.subspan(entry.begin, entry.end - entry.begin);
        entry.what.data.assign(elements.begin(), elements.end());
        detail::swap_order<std::endian::little>(entry.what.data, size_of(entry.what.type));
        std::string name = entry.what.name;
        result.tensors.emplace(std::move(name), std::move(entry.what));
    }
    return result;
}

/// The bytes of a file with this content, the same for the same content: tensors by falling element size, then by name, so that
/// all are aligned. Throws error where a tensor is not consistent, its name is not its key or not UTF-8.
inline std::vector<std::byte> format_safetensors(const safetensors& content) {
    std::vector<const tensor*> order;
    for (const auto& [name, what] : content.tensors) {
        const std::string who = detail::entity({}, name);
        if (what.name != name || name == detail::metadata_key)
            detail::fail(who, "wrong name", "\"" + what.name + "\"", "the key, not __metadata__");
        if (detail::bytes_of(what.type, what.shape) != what.data.size()) {
            detail::fail(who, "data must match shape and dtype", detail::bytes_text(what.data.size()),
                         detail::shape_text(what.shape) + " of " + std::string(name_of(what.type)));
        }
        order.push_back(&what);
    }
    std::sort(order.begin(), order.end(), [](const tensor* a, const tensor* b) {
        return size_of(a->type) != size_of(b->type) ? size_of(a->type) > size_of(b->type) : a->name < b->name;
    });
    nlohmann::json header = nlohmann::json::object();
    if (!content.metadata.empty()) header[detail::metadata_key] = content.metadata;
    std::size_t offset = 0;
    for (const tensor* what : order) {
        header[what->name] = {
            {"dtype", name_of(what->type)}, {"shape", what->shape}, {"data_offsets", {offset, offset + what->data.size()}}};
        offset += what->data.size();
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const nlohmann::json::exception& e) {
        detail::fail("safetensors", "names and metadata must be UTF-8", e.what(), "UTF-8");
    }
    text.append((detail::length_bytes - text.size() % detail::length_bytes) % detail::length_bytes, ' ');

    std::vector<std::byte> bytes;
    bytes.reserve(detail::length_bytes + text.size() + offset);
    for (std::size_t i = 0; i < detail::length_bytes; ++i) bytes.push_back(static_cast<std::byte>(text.size() >> (8 * i) & 0xFF));
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    for (const tensor* what : order) {
        const std::size_t begin = bytes.size();
        bytes.insert(bytes.end(), what->data.begin(), what->data.end());
        detail::swap_order<std::endian::little>(std::span(bytes).subspan(begin), size_of(what->type));
    }
    return bytes;
}

/// Reads a file; throws error as parse_safetensors, and where it cannot be read.
inline safetensors read_safetensors(const std::filesystem::path& path) { return parse_safetensors(detail::read_file(path), path.string()); }

/// Writes a file, replacing what is there in one step; throws error as format_safetensors, and where it cannot be written.
inline void write_safetensors(const std::filesystem::path& path, const safetensors& content) {
    detail::write_file(path, format_safetensors(content));
}

/// Puts a tensor in under its name; throws error where the name is taken.
inline void add(safetensors& content, tensor what) {
    if (content.tensors.contains(what.name))
        detail::fail(detail::entity(content.source, what.name), "names must be unique", "it twice", "it once");
    tensor& place = content.tensors[what.name];
    place = std::move(what);
}

/// The tensor of that name; throws error, naming the file, where it is missing.
inline const tensor& get(const safetensors& content, const std::string& name) {
    const auto found = content.tensors.find(name);
    if (found != content.tensors.end()) return found->second;
    std::string names;
    for (const auto& [other, what] : content.tensors) names += (names.empty() ? "" : ", ") + other;
    detail::fail(detail::entity(content.source, name), "is missing", names.empty() ? "no tensor at all" : names, "it");
}

/// The tensor of that name and shape; throws error, naming the file, where it is missing or has another shape.
inline const tensor& get(const safetensors& content, const std::string& name, std::span<const std::size_t> shape) {
    const tensor& found = get(content, name);
    if (std::ranges::equal(found.shape, shape)) return found;
    detail::fail(detail::entity(content.source, name), "wrong shape", detail::shape_text(found.shape), detail::shape_text(shape));
}

/// The same for a shape in braces: get(file, "conv1.bias", {32}).
inline const tensor& get(const safetensors& content, const std::string& name, std::initializer_list<std::size_t> shape) {
    return get(content, name, std::span(shape.begin(), shape.size()));
}

}  // namespace pare::inline v0::io
