// SPDX-License-Identifier: MIT
// Does the cost model choose well? Products in many formats are measured beside dense int8, in turn, and compared with what the model
// predicts. With the name of a Markdown page behind the options, the table between its two marks is written anew.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "choices/cells.hpp"
#include "report.hpp"

namespace {

using bench::cell;

std::string number(const char* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string name_of(pare::form f) {
    switch (f) {
        case pare::form::expanded:
            return "expanded";
        case pare::form::coded:
            return "coded";
        case pare::form::gathered:
            return "gathered";
        default:
            return "skipped";
    }
}

/// A cell that was measured.
struct result {
    cell of;
    double bits = 0, ns = 0, dense_ns = 0;

    double ratio() const { return dense_ns / ns; }
    double predicted_ratio() const { return of.dense_ns / of.predicted_ns; }
    bool has_choice() const { return of.layout != pare::form::expanded; }
    /// The form that is chosen takes at most a tenth longer than the other one.
    bool is_right() const {
        const double chosen = of.faster == of.layout ? ns : dense_ns;
        return chosen <= 1.1 * std::min(ns, dense_ns);
    }
    std::string work() const { return of.format + (of.absent > 0 ? ", " + std::to_string(of.absent) + " %" : ""); }
};

/// Rows of Markdown: first bits and speed of each format, the shapes side by side, then every cell.
std::string table(const std::vector<result>& results, const std::string& summary) {
    std::vector<std::string> shapes, works;
    for (const result& r : results) {
        if (std::find(shapes.begin(), shapes.end(), r.of.shape) == shapes.end()) shapes.push_back(r.of.shape);
        if (std::find(works.begin(), works.end(), r.work()) == works.end()) works.push_back(r.work());
    }
    std::ostringstream out;
    out << "| `weights<...>`, pruned | bits a weight |";
    for (const std::string& s : shapes) out << " " << s << " |";
    out << "\n|---|---|";
    for (std::size_t i = 0; i < shapes.size(); ++i) out << "---|";
    for (const std::string& w : works) {
        double bits = 0;
        std::string row;
        for (const std::string& s : shapes)
            for (const result& r : results)
                if (r.work() == w && r.of.shape == s) {
                    bits = r.bits;
                    const bool direct = r.of.faster == r.of.layout;
                    row += " " + number("%.2f", direct && r.has_choice() ? r.ratio() : 1) + (r.is_right() ? "" : "!") + " " +
                           (r.has_choice() ? "(" + number("%.2f", r.ratio()) + ", " + number("%.2f", r.predicted_ratio()) + ")" : "") +
                           " |";
                }
        out << "\n| `" << w.substr(0, w.find(" %")) << (w.find(" %") == w.npos ? "" : " %") << "` | " << number("%.2f", bits) << " |"
            << row;
    }
    out << "\n\n" << summary << "\n";
    return out.str();
}

/// Writes `text` between the marks of a page.
bool write_page(const std::string& path, const std::string& text) {
    std::ifstream in(path);
    std::string page{std::istreambuf_iterator<char>(in), {}};
    const std::string begin = "<!-- written by benchmarks/choices -->\n", end = "<!-- end -->";
    const std::size_t from = page.find(begin), to = page.find(end);
    if (from == page.npos || to == page.npos) return false;
    page.replace(from + begin.size(), to - from - begin.size(), text);
    return bool(std::ofstream(path) << page);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<cell> cells;
    bench::add_dense(cells), bench::add_pruned(cells), bench::add_blocks(cells);
    std::vector<result> results;
    std::printf("choices, %s, peak %.0f GOP/s\n%-46s %-19s %6s %-9s %-9s %10s %10s %6s %9s  %s\n", bench::compiler.c_str(),
                bench::peak_int8<bench::native>(), "weights", "shape", "bits", "form", "chosen", "ns", "dense ns", "ratio", "predicted",
                "");
    for (const cell& c : cells) {
        result r{.of = c};
        std::string what;
        const std::vector<double> ns = c.measure(what, r.bits);
        r.ns = ns[0], r.dense_ns = ns[1];
        std::printf("%-46s %-19s %6.2f %-9s %-9s %10.0f %10.0f %6.2f %9.2f  %s%s\n", r.work().c_str(), c.shape.c_str(), r.bits,
                    name_of(c.layout).c_str(), name_of(c.faster).c_str(), r.ns, r.dense_ns, r.ratio(), r.predicted_ratio(),
                    !r.has_choice() ? ""
                    : r.is_right()  ? "right"
                                    : "WRONG",
                    what.c_str());
        std::fflush(stdout);
        if (!what.empty()) return 1;
        results.push_back(r);
    }
    std::size_t choices = 0, right = 0;
    double error = 0;
    for (const result& r : results)
        if (r.has_choice()) ++choices, right += r.is_right(), error += std::abs(std::log(r.predicted_ratio() / r.ratio()));
    const std::string summary = std::to_string(right) + " of " + std::to_string(choices) + " choices right; ratios are predicted to " +
                                number("%.0f", 100 * (std::exp(error / double(choices)) - 1)) + " % on average.";
    std::printf("%s\n", summary.c_str());
    if (argc > 1 && !write_page(argv[argc - 1], table(results, summary))) return std::printf("%s: no marks\n", argv[argc - 1]), 1;
}
