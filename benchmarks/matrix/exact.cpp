// SPDX-License-Identifier: MIT
// Does every combination of policies give what its dense matrix gives? All cells that can be, in every layer. With the name of a Markdown
// page, the table between its two marks is written anew.
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <string>
#include <utility>

#include <pare/arch/tags.hpp>

#include "exact.hpp"
#include "page.hpp"

int main(int argc, char** argv) {
    using namespace matrix;
    outcomes of_layer;
    [&]<std::size_t... Part>(std::index_sequence<Part...>) { (run_part<Part>(of_layer), ...); }(std::index_sequence<PARE_MATRIX_PARTS>{});
    std::size_t cells = 0, possible = 0, wrong = 0;
    for (std::size_t part = 0; part < part_count; ++part)
        for (std::size_t l = 0; l < of_layer.size(); ++l) possible += is_possible(cell_of(part, 0, l)) ? formats_of_part : 0;
    std::string table = "| layer | arch | cells | runs |\n|---|---|---|---|\n";
    constexpr const char* layers[]{"linear", "conv2d", "depthwise_conv2d"};
    for (std::size_t l = 0; l < of_layer.size(); ++l) {
        const auto& [log, count] = of_layer[l];
        cells += count, wrong += log.wrong + log.runs.empty();
        for (const auto& [arch, runs] : log.runs) {
            table +=
                std::string("| `") + layers[l] + "` | `" + arch + "` | " + std::to_string(count) + " | " + std::to_string(runs) + " |\n";
            wrong += runs != count * std::size(oddities);
        }
    }
    table += "\n" + std::to_string(cells) + " of the " + std::to_string(possible) + " cells that can be; " + std::to_string(wrong) +
             " mismatches.\n";
    std::printf("%s", table.c_str());
    if (wrong > 0) return 1;
#if defined(__aarch64__)
    const std::string mark = "benchmarks/matrix.sh aarch64";
#else
    const std::string mark = "benchmarks/matrix.sh exact";
#endif
    if (argc > 1 && !bench::write_page(argv[1], mark, "\n" + table + "\n")) return std::printf("%s: no marks\n", argv[1]), 1;
}
