// SPDX-License-Identifier: MIT
// The page around the sections, and what was measured on.
#include <string>

#include <fmt/format.h>

#include <pare/core/config.hpp>

#include "report.hpp"
#include "report_sections.hpp"
#include "report_style.hpp"
#include "report_svg.hpp"
#include "report_text.hpp"

namespace digits {

namespace {

std::string machine_section(const report& r) {
    std::string items;
    const auto item = [&](const char* head, const std::string& text) {
        items += fmt::format("<dt>{}</dt><dd>{}</dd>\n", head, escape(text));
    };
    item("Processor", r.machine.processor + "; instructions " + r.machine.instructions);
    item("Compiler", r.machine.compiler);
    item("Library", fmt::format("pare {}.{}.{}", PARE_VERSION / 10000, PARE_VERSION / 100 % 100, PARE_VERSION % 100));
    item("Accuracy", fmt::format("all {} test images of MNIST; compression sees none of them", grouped(r.test->count())));
    item("Calibration", fmt::format("{} training images, without labels; no retraining", grouped(r.machine.calibration_images)));
    item("Time",
         "one image at a time on one thread; all rows in turn, 20 rounds of 20 samples of each, while nothing else of this program runs; "
         "the median");
    item("Bytes",
         "parameters with everything that belongs to them: positions, codes, codebooks, scales and biases at rest; packed weights, "
         "tables and constants executing");
    return "<h2>How this was measured</h2>\n<dl>\n" + items + "</dl>\n";
}

}  // namespace

std::string page_of(const report& r) {
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n"
           "<title>One network for handwritten digits, made small</title>\n<style>" +
           std::string(report_style) + "</style>\n</head>\n<body>\n<header>\n" +
           fmt::format(
               "<h1>One network for handwritten digits, made small in {} ways</h1>\n"
               "<p>Two convolutions and two linear layers, trained in float and run on {} images. The first row is that network. Every "
               "other row "
               "is made from it without retraining: weights are removed, shared or written in fewer bits, and activations have 8 "
               "bits.</p>\n",
               r.rows.size() - 1, grouped(r.test->count())) +
           "</header>\n<main>\n" + summary_section(r) + trade_section(r) + layer_section(r) + confusion_section(r) + rate_section(r) +
           machine_section(r) + "</main>\n</body>\n</html>\n";
}

}  // namespace digits
