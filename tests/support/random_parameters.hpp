// SPDX-License-Identifier: MIT
// Parameters of any model, drawn by lot.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/model/parameters.hpp>

namespace support {

/// Which of rows x cols weights exist: about half, as the mask allows.
template <class Mask>
std::vector<char> random_presence(std::size_t rows, std::size_t cols, std::mt19937& lots) {
    std::vector<char> present(rows * cols, 1);
    if constexpr (pare::fixed_mask<Mask>) {
        for (std::size_t i = 0; i < present.size(); ++i) present[i] = Mask::present(rows, cols, i / cols, i % cols);
    } else if constexpr (Mask::unit.of != 0) {
        const std::size_t height = Mask::unit.rows;
        for (std::size_t n = 0; n + height <= rows; n += height)
            for (std::size_t k = 0; k + Mask::unit.of <= cols; k += Mask::unit.of) {
                char* const group = &present[n * cols + k];
                for (std::size_t i = 0; i < Mask::unit.of; ++i) group[i] = i < Mask::unit.keep;
                std::shuffle(group, group + Mask::unit.of, lots);
                for (std::size_t r = 1; r < height; ++r) std::copy_n(group, Mask::unit.of, group + r * cols);
            }
    } else if (pare::kept_of<Mask>(rows, cols) != pare::dynamic) {
        for (std::size_t i = 0; i < present.size(); ++i) present[i] = i < pare::kept_of<Mask>(rows, cols);
        std::shuffle(present.begin(), present.end(), lots);
    } else {
        const std::size_t height = Mask::unit.rows, width = Mask::unit.cols == 0 ? cols : Mask::unit.cols;
        for (std::size_t n = 0; n + height <= rows; n += height)
            for (std::size_t k = 0; k + width <= cols; k += width) {
                const char keep = lots() % 2 == 0;
                for (std::size_t r = 0; r < height; ++r)
                    for (std::size_t c = 0; c < width; ++c) present[(n + r) * cols + k + c] = keep;
            }
    }
    return present;
}

/// A tensor of any values that are legal.
template <class Format, std::size_t Rows, std::size_t Cols>
void fill(pare::stored_weights<Format, Rows, Cols, pare::owned>& w, std::mt19937& lots) {
    using stored = pare::stored_weights<Format, Rows, Cols, pare::owned>;
    using counts = typename stored::counts;
    const std::vector<char> present = random_presence<typename Format::mask>(Rows, Cols, lots);
    if constexpr (!pare::fixed_mask<typename Format::mask>) {
        const auto exists = [&](std::size_t n, std::size_t k) { return present[n * Cols + k] != 0; };
        pare::bit_writer counter;
        Format::mask::write(counter, Rows, Cols, exists);
        w.positions.resize(pare::bytes_of_bits(counter.position()));
        pare::bit_writer out(w.positions);
        Format::mask::write(out, Rows, Cols, exists);
    }
    const auto kept = std::size_t(std::count(present.begin(), present.end(), 1));
    const auto write_floats = [&](std::vector<std::byte>& bytes, std::size_t count) {
        bytes.resize(count * sizeof(float));
        for (std::size_t i = 0; i < count; ++i) {
            const float value = float(int(lots() % 201) - 100) / 100;
            std::memcpy(&bytes[i * sizeof(float)], &value, sizeof value);
        }
    };
    const auto random_bytes = [&](std::vector<std::byte>& bytes, std::size_t count) {
        bytes.resize(count);
        for (std::byte& b : bytes) b = std::byte(lots() & 0xff);
    };
    if constexpr (Format::is_shared) {
        w.codes.resize(pare::bytes_of_bits(kept * std::size_t(Format::code_bits)));
        pare::bit_writer out(w.codes);
        for (std::size_t i = 0; i < kept; ++i) out.write(Format::code_bits, std::uint32_t(lots() % Format::sharing::entries));
        if constexpr (Format::is_float) write_floats(w.book, counts::book_values);
        else random_bytes(w.book, counts::book);
    } else if constexpr (Format::is_float) {
        write_floats(w.codes, kept);
    } else {
        random_bytes(w.codes, pare::bytes_of_bits(kept * std::size_t(Format::code_bits)));
    }
    w.scales.resize(counts::scales);
    // Outputs spread over the range of their type, neither all zero nor all saturated.
    float unit = 1 / std::sqrt(float(Cols));
    if constexpr (!Format::is_float) unit /= float(Format::encoding::highest) * (Format::group != 0 ? 128.0f : 1.0f);
    for (float& s : w.scales) s = unit * float(lots() % 100 + 100) / 100;
    w.factors.resize(counts::factors);
    for (std::uint8_t& f : w.factors) f = std::uint8_t(lots() % 255 + 1);
    w.zero_points.resize(counts::zero_points);
    for (auto& z : w.zero_points) z = Format::encoding::decode(std::uint32_t(lots()) & 0xff);
    w.bias.resize(Rows);
    for (auto& b : w.bias) b = typename stored::bias_type(int(lots() % 2001) - 1000) / (Format::is_float ? 1000 : 1);
}

template <class Model>
pare::parameters<Model, pare::owned> random_parameters(unsigned seed) {
    std::mt19937 lots(seed);
    pare::parameters<Model, pare::owned> p;
    std::apply(
        [&](auto&... layer) {
            const auto one = [&](auto& w) {
                if constexpr (requires { w.codes; }) fill(w, lots);
            };
            (one(layer), ...);
        },
        p.layers);
    [&]<std::size_t... E>(std::index_sequence<E...>) {
        const int lowest[] = {std::is_unsigned_v<typename Model::template edge_type<E>> ? 0 : -10 ...};
        for (std::size_t e = 0; e < p.edges.size(); ++e) p.edges[e] = {float(lots() % 50 + 50) / 64, int(lots() % 21) + lowest[e]};
    }(std::make_index_sequence<Model::edge_count>{});
    return p;
}

}  // namespace support
