// SPDX-License-Identifier: MIT
// What does every combination of policies take and how fast is it? Products with many rows and with one, each beside dense int8, in turn.
// With the name of a Markdown page, the tables between its two marks are written anew.
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdio>
#include <iterator>
#include <memory>
#include <numeric>
#include <tuple>
#include <type_traits>

#include <pare/format/spell.hpp>

#include "page.hpp"
#include "speed.hpp"

namespace matrix {

using bench::number;

work::work(std::size_t m, support::lots& r) : rows(m), x(m * depth), y(m * outputs) {
    for (auto& v : x) v = support::draw_activation<std::int8_t>(r, support::spread::even);
}

void work::expect(const reference::tensor& plain, const reference::matrix& dense) {
    sums.clear();
    double squares = 1;
    std::vector<std::int64_t> row(depth);
    for (std::size_t m = 0; m < rows; ++m) {
        for (std::size_t k = 0; k < depth; ++k) row[k] = std::int64_t(x[m * depth + k]) - in.zero_point;
        for (std::size_t n = 0; n < outputs; ++n) {
            sums.push_back(std::inner_product(row.begin(), row.end(), dense.integer.begin() + std::ptrdiff_t(n * depth), plain.bias[n]));
            squares += double(sums.back()) * double(sums.back());
        }
    }
    out.scale = float(double(in.scale) * 0.0015 * std::sqrt(squares / double(sums.size())) / 60);
}

std::string work::compare(const reference::tensor& plain, bool wide) const {
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const double scale = double(in.scale) * double(plain.scales[plain.scales.size() == 1 ? 0 : i % outputs]) / double(out.scale);
        const auto wanted = reference::requantize(reference::rounding_kind::fp32, sums[i], wide, scale, {out.zero_point, -128, 127});
        if (y[i] != wanted)
            return "row " + std::to_string(i / outputs) + " output " + std::to_string(i % outputs) + ": got " + std::to_string(y[i]) +
                   ", needs " + std::to_string(wanted);
    }
    return "";
}

namespace {

/// Dense int8, with so many rows.
template <std::size_t Rows>
struct dense_product {
    using kernel = pare::select<weights<int8, per_channel>, product_problem<std::int8_t, outputs, depth, Rows>, native>;
    work on;
    product<kernel, Rows> of;

    explicit dense_product(support::lots&& r) : on(Rows, r), of(packed(r)) {}
    static auto packed(support::lots& r) {
        stored_weights<weights<int8, per_channel>, dynamic, dynamic, owned> w;
        support::draw_tensor_of(std::vector<char>(outputs * depth, 1), r, w, outputs, depth, 1000);
        return pack_weights<kernel, rounding::fp32, owned>(w, kernel{}, {0.05f, -7}, {1, 3});
    }
    static double beside(const std::function<void()>& run) {
        static const auto dense = std::make_unique<dense_product>(support::lots(5));
        const auto measure = [&](std::size_t rounds) {
            const auto ns = bench::take_turns({{"it", run}, {"dense", [] { dense->of.run(dense->on); }}}, rounds, 1e6);
            return ns[1] / ns[0];
        };
        // What would be a loss is looked at more closely.
        const double ratio = measure(15);
        return ratio >= 1 ? ratio : measure(45);
    }
};

/// A product that runs in a form of its own.
bool is_direct(const speed& s) { return s.layout != form::expanded; }
/// It is slower than the noise below dense int8, and below its own weights as operands.
bool is_slower(const speed& s) { return is_direct(s) && s.ratio < 0.97 * std::min(1.0, s.operands); }

std::string text_of(const speed& s) { return (is_direct(s) ? "**" : "") + number("%.2f", s.ratio) + (is_direct(s) ? "**" : ""); }

/// What is written of a cell: bits at rest, bits with many rows and with one, and speeds.
std::string text_of(const line& l) {
    return number("%.2f", l.stored_bits) + ", " + number("%.2f", l.rows[0].bits) + ", " + number("%.2f", l.rows[1].bits) + ": " +
           text_of(l.rows[0]) + ", " + text_of(l.rows[1]);
}

/// How the policies of a list are spelt.
template <class List>
const std::vector<std::string> names_of = []<class... Policy>(std::type_identity<std::tuple<Policy...>>) {
    const auto name = []<class P>(std::type_identity<P>) {
        if constexpr (std::same_as<P, unique>) return std::string("unique");
        text<32> t;
        policy_text<P>::append(t);
        return std::string(t.view());
    };
    return std::vector<std::string>{name(std::type_identity<Policy>{})...};
}(std::type_identity<List>{});

/// A table of the lines of one encoding and granularity.
std::string table_of(const std::vector<line>& lines, std::size_t encoding, std::size_t granularity) {
    std::string head = "| weights that exist |", rule = "|---|", rows;
    for (const std::string& sharing : names_of<sharings>) head += " `" + sharing + "` |", rule += "---|";
    for (std::size_t mask = 0; mask < choices[mask_slot]; ++mask)
        for (const int absent : {0, 50, 75, 90}) {
            std::string row;
            for (const line& l : lines)
                if (l.of[encoding_slot] == encoding && l.of[granularity_slot] == granularity && l.of[mask_slot] == mask &&
                    l.absent == absent)
                    row += " " + text_of(l) + " |";
            const std::string percent = absent > 0 ? ", " + std::to_string(100 - absent) + " %" : "";
            if (!row.empty()) rows += "| `" + names_of<masks>[mask] + "`" + percent + " |" + row + "\n";
        }
    return head + "\n" + rule + "\n" + rows;
}

/// How many there are, and those that are slower than they should be.
std::string summary_of(const std::vector<line>& lines) {
    std::size_t direct = 0, slower = 0, below_int8 = 0, by_model = 0;
    std::string list;
    for (const line& l : lines)
        for (std::size_t i = 0; i < std::size(row_counts); ++i) {
            const speed& s = l.rows[i];
            direct += is_direct(s), below_int8 += is_direct(s) && s.ratio < 0.97, slower += is_slower(s);
            by_model += is_slower(s) && s.preferred == s.layout;
            if (is_slower(s))
                list += "- `" + l.format + "`, " + std::to_string(100 - l.absent) + " %, " + std::to_string(row_counts[i]) +
                        (i == 0 ? " rows: " : " row: ") + number("%.2f", s.ratio) + " " + bench::name_of(s.layout) + ", " +
                        number("%.2f", s.operands) + " as operands; the cost model takes it " + bench::name_of(s.preferred) + "\n";
        }
    const auto count = [](std::size_t n) { return std::to_string(n); };
    return count(std::size(row_counts) * lines.size()) + " products, of which " + count(direct) + " run in a form of their own. Of these " +
           count(below_int8) + " are below 0.97 times the speed of dense `int8`.\n" + count(slower) +
           " are also below 0.97 times that of their own weights as operands, " + count(by_model) +
           " of them in the form that the cost model prefers" + (slower > 0 ? ":" : ".") + "\n\n" + list;
}

/// What the page shows.
std::string page_of(const std::vector<line>& lines) {
    std::string page = "\nMeasured on " + std::string(native::name) + ", " + bench::compiler + ". " + summary_of(lines);
    for (const std::size_t granularity : {std::size_t(1), std::size_t(2)})
        for (std::size_t encoding = 0; encoding < choices[encoding_slot]; ++encoding)
            page += "\n### " + names_of<encodings>[encoding] + ", " + names_of<granularities>[granularity] + "\n\n" +
                    table_of(lines, encoding, granularity);
    return page + "\n";
}

}  // namespace

double beside_dense(std::size_t rows, const std::function<void()>& run) {
    return rows == row_counts[0] ? dense_product<row_counts[0]>::beside(run) : dense_product<row_counts[1]>::beside(run);
}

}  // namespace matrix

int main(int argc, char** argv) {
    using namespace matrix;
    std::vector<line> lines;
    [&]<std::size_t... Part>(std::index_sequence<Part...>) { (add_part<Part>(lines), ...); }(std::index_sequence<PARE_MATRIX_PARTS>{});
    std::size_t wrong = 0;
    for (const line& l : lines) {
        std::printf("%-50s %3d %% absent %6.2f bits", l.format.c_str(), l.absent, l.stored_bits);
        for (const speed& s : l.rows) std::printf("  %6.2f bits %-10s %5.2f", s.bits, bench::name_of(s.layout).c_str(), s.ratio);
        std::printf("  %s\n", l.wrong.c_str());
        wrong += !l.wrong.empty();
    }
    std::printf("%zu formats with wrong outputs\n%s", wrong, summary_of(lines).c_str());
    if (wrong > 0) return 1;
    if (argc > 1 && !bench::write_page(argv[1], "benchmarks/matrix.sh speed", page_of(lines)))
        return std::printf("%s: no marks\n", argv[1]), 1;
}
