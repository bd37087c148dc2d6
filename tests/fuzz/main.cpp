// SPDX-License-Identifier: MIT
// Generated layers against the reference. PARE_FUZZ_COUNT is how many in all, PARE_FUZZ_SEED where to begin; PARE_FUZZ_ROW and
// PARE_FUZZ_CASE show one again.
#include <unistd.h>
#include <csignal>
#include <cstdlib>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <set>
#include <utility>

#include "fuzz/report.hpp"
#include "fuzz/rows.hpp"

namespace fuzz {

template <std::size_t Part>
void run_part(report& log);

namespace {

std::size_t number(const char* name, std::size_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::size_t(std::strtoull(text, nullptr, 10));
}

/// The rows of this program: all of them, or those of its parts.
bool is_run(std::size_t row) { return row % PARE_FUZZ_PARTS < PARE_FUZZ_RUN_PARTS; }

/// Pairs of policies that may stand together, and those of them that no row of this program has.
std::pair<std::size_t, std::size_t> count_pairs() {
    std::size_t pairs = 0, missing = 0;
    for (std::size_t a = 0; a < slot_count; ++a)
        for (std::size_t b = a + 1; b < slot_count; ++b) {
            std::set<std::pair<std::size_t, std::size_t>> seen;
            for (std::size_t i = 0; i < row_count; ++i)
                if (is_run(i)) seen.emplace(row_of(i)[a], row_of(i)[b]);
            for (std::size_t x = 0; x < choices[a]; ++x)
                for (std::size_t y = 0; y < choices[b]; ++y) {
                    if (!is_legal(a, x, b, y)) continue;
                    ++pairs;
                    missing += !seen.contains({x, y});
                }
        }
    return {pairs, missing};
}

/// Says which case touched memory that is not its own; under a sanitizer that one does.
[[maybe_unused]] void on_fault(int) {
    std::array<char, 200> text{};
    const int length = std::snprintf(text.data(), text.size(), "fault: PARE_FUZZ_ROW=%zu PARE_FUZZ_CASE=%zu: %s\n", at_work.row,
                                     at_work.number, at_work.layer);
    if (write(2, text.data(), std::size_t(length)) < 0) std::_Exit(3);
    std::_Exit(2);
}

}  // namespace

}  // namespace fuzz

int main() {
    using namespace fuzz;
#if !defined(__SANITIZE_ADDRESS__)
    std::signal(SIGSEGV, on_fault);
    std::signal(SIGFPE, on_fault);
    std::signal(SIGILL, on_fault);
#endif
    report log;
    const std::size_t wanted = number("PARE_FUZZ_COUNT", PARE_FUZZ_DEFAULT_COUNT);
    log.seed = number("PARE_FUZZ_SEED", 1);
    log.only_row = number("PARE_FUZZ_ROW", log.only_row);
    log.only_case = number("PARE_FUZZ_CASE", log.only_case);
    std::size_t rows = 0;
    for (std::size_t i = 0; i < row_count; ++i) rows += is_run(i);
    log.count = (wanted * 2 / 3 + rows - 1) / rows + 1;
    log.count += log.count % 2;

    const auto begin = std::chrono::steady_clock::now();
    [&]<std::size_t... Part>(std::index_sequence<Part...>) { (run_part<Part>(log), ...); }(std::make_index_sequence<PARE_FUZZ_RUN_PARTS>{});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

    const auto [pairs, missing] = count_pairs();
    std::printf("%zu rows over %zu slots: %zu of %zu legal pairs of policies\n", row_count, std::size_t(slot_count), pairs - missing,
                pairs);
    for (const auto& [arch, cases] : log.of_arch) std::printf("arch %s: %zu cases\n", arch.c_str(), cases);
    for (const auto& [layer, cases] : log.of_layer) std::printf("%s: %zu cases\n", layer.c_str(), cases);
    std::printf("largest float error: %.2f of its bound\n", log.largest_float_error);
    std::printf("%zu layers, %zu outputs, %zu mismatches, %.1f s, %.0f layers a second\n", log.cases, log.values, log.wrong, seconds,
                double(log.cases) / seconds);
    const bool ran = log.of_arch.size() > 1 && log.cases > 0;
    if (!ran) std::printf("no arch ran\n");
    const bool covered = missing == 0 || rows < row_count;
    return log.wrong == 0 && covered && ran ? 0 : 1;
}
