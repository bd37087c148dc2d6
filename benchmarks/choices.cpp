// SPDX-License-Identifier: MIT
// Does the cost model choose well? Products in many formats are measured beside dense int8, in turn, and compared with what the model
// predicts. With the name of a Markdown page behind the options, the table between its two marks is written anew.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "choices/cells.hpp"
#include "page.hpp"
#include "report.hpp"

namespace {

using bench::cell;
using bench::name_of;
using bench::number;

/// A cell that was measured.
struct result {
    cell of;
    double bits = 0;
    bench::times ns{};

    double ratio() const { return ns.dense / ns.own; }
    double predicted_ratio() const { return of.dense_ns / of.predicted_ns; }
    bool has_choice() const { return of.layout != pare::form::expanded; }
    /// What the form that is chosen takes.
    double chosen_ns() const { return of.faster == of.layout ? ns.own : ns.operands; }
    /// It takes at most a tenth longer than the other one.
    bool is_right() const { return chosen_ns() <= 1.1 * std::min(ns.own, ns.operands); }
    /// Neither form is a quarter faster than the other.
    bool is_close() const { return std::max(ns.own, ns.operands) < 1.25 * std::min(ns.own, ns.operands); }
    std::string work() const { return "`" + of.format + "`" + (of.absent > 0 ? ", " + std::to_string(of.absent) + " %" : ""); }
};

/// A row for each format and a column for each shape, as Markdown; `text_of` says what is in a cell.
template <class Text>
std::string table(const std::vector<result>& results, const Text& text_of) {
    std::vector<std::string> shapes, works;
    for (const result& r : results) {
        if (std::find(shapes.begin(), shapes.end(), r.of.shape) == shapes.end()) shapes.push_back(r.of.shape);
        if (std::find(works.begin(), works.end(), r.work()) == works.end()) works.push_back(r.work());
    }
    std::string head = "| weights, pruned | bits |", line = "|---|---|", rows;
    for (const std::string& s : shapes) head += " " + s + " |", line += "---|";
    for (const std::string& w : works) {
        // Bits beside weights are scales and biases: of the shape that has the most weights there are the fewest.
        double bits = 100;
        std::string row;
        for (const std::string& s : shapes)
            for (const result& r : results)
                if (r.work() == w && r.of.shape == s) bits = std::min(bits, r.bits), row += " " + text_of(r) + " |";
        rows += "| " + w + " | " + number("%.2f", bits) + " |" + row + "\n";
    }
    return head + "\n" + line + "\n" + rows;
}

/// What the page shows.
std::string page_of(const std::vector<result>& results, const std::string& summary) {
    const auto speed = [](const result& r) { return number("%.2f", r.ns.dense / r.chosen_ns()); };
    const auto both = [](const result& r) {
        return r.has_choice() ? number("%.2f", r.ratio()) + ", " + number("%.2f", r.predicted_ratio()) : "";
    };
    return "\nSpeed in the form that the model chooses, as a multiple of that of dense `int8` (" + std::string(bench::native::name) + ", " +
           bench::compiler + "):\n\n" + table(results, speed) + "\nSpeed in the format's own form, measured and predicted:\n\n" +
           table(results, both) + "\n" + summary + "\n\n";
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<cell> cells;
    bench::add_dense(cells), bench::add_pruned(cells), bench::add_blocks(cells);
    std::vector<result> results;
    std::printf("choices, %s, peak %.0f GOP/s\n%-46s %-19s %6s %-9s %-9s %10s %10s %10s %6s %9s  %s\n", bench::compiler.c_str(),
                bench::peak_int8<bench::native>(), "weights", "shape", "bits", "form", "chosen", "ns", "operands", "dense", "ratio",
                "predicted", "");
    for (const cell& c : cells) {
        result r{.of = c};
        std::string what;
        r.ns = c.measure(what, r.bits);
        std::printf("%-46s %-19s %6.2f %-9s %-9s %10.0f %10.0f %10.0f %6.2f %9.2f  %s%s\n", r.work().c_str(), c.shape.c_str(), r.bits,
                    name_of(c.layout).c_str(), name_of(c.faster).c_str(), r.ns.own, r.ns.operands, r.ns.dense, r.ratio(),
                    r.predicted_ratio(),
                    !r.has_choice() ? ""
                    : r.is_right()  ? "right"
                                    : "WRONG",
                    what.c_str());
        std::fflush(stdout);
        if (!what.empty()) return 1;
        results.push_back(r);
    }
    std::size_t choices = 0, right = 0, close = 0, close_right = 0;
    double error = 0;
    for (const result& r : results) {
        if (!r.has_choice()) continue;
        ++choices, right += r.is_right();
        if (r.is_close()) ++close, close_right += r.is_right();
        error += std::abs(std::log(r.predicted_ratio() / r.ratio()));
    }
    const std::string summary = std::to_string(right) + " of " + std::to_string(choices) + " choices right, " +
                                std::to_string(close_right) + " of the " + std::to_string(close) +
                                " whose forms are less than a quarter apart; a ratio differs by " +
                                number("%.0f", 100 * (std::exp(error / double(choices)) - 1)) + " % from the predicted one on average.";
    std::printf("%s\n", summary.c_str());
    if (argc > 1 && !bench::write_page(argv[argc - 1], "benchmarks/choices", page_of(results, summary)))
        return std::printf("%s: no marks\n", argv[argc - 1]), 1;
}
