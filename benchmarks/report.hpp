// SPDX-License-Identifier: MIT
// Rows of a comparison: each is a benchmark of Google Benchmark in which all contestants take turns; together they are a table and
// a JSON file, build/benchmarks/<name>.json.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "limits.hpp"
#include "measure.hpp"
#include "page.hpp"
#include "plot.hpp"

namespace bench {

/// What one row found.
struct row {
    std::string work, arch, peer;  ///< of the peers, the fastest
    double ns = 0, operations = 0, peer_ns = 0, percent_of_peak = 0;
    std::string beside{};                                 ///< what else was timed, and its ratio to the first contestant
    std::vector<std::pair<std::string, double>> peers{};  ///< all, with their nanoseconds
};

/// A comparison: rows are added, then run.
class comparison {
public:
    comparison(std::string name, double peak_gops) : name_(std::move(name)), peak_(peak_gops) {}

    /// The first contestant is pare. `make` is called when the row's turn comes and returns the contestants, or fewer than one where
    /// something is wrong, said in `what`. `limit_ns` is what the machine allows, from the peak where it is 0.
    void add(const std::string& work, const std::string& arch, double operations,
             std::function<std::vector<contestant>(std::string& what)> make, double limit_ns = 0) {
        benchmark::RegisterBenchmark(work.c_str(),
                                     [=, this](benchmark::State& state) {
                                         std::string what;
                                         const std::vector<contestant> all = make(what);
                                         if (!what.empty()) return state.SkipWithError(what.c_str());
                                         std::vector<double> times;
                                         for (auto _ : state) {
                                             times = take_turns(all, 15, 1e6);
                                             state.SetIterationTime(times[0] * 1e-9);
                                         }
                                         row r{work, arch, "", times[0], operations};
                                         for (std::size_t i = 1; i < all.size(); ++i) {
                                             state.counters[all[i].name] = times[i];
                                             if (!all[i].is_peer) {
                                                 r.beside += beside(all[i].name, times[i] / times[0]);
                                                 continue;
                                             }
                                             r.peers.emplace_back(all[i].name, times[i]);
                                             if (r.peer_ns == 0 || times[i] < r.peer_ns) r.peer_ns = times[i], r.peer = all[i].name;
                                         }
                                         r.percent_of_peak = 100 * (limit_ns != 0 ? limit_ns : operations / peak_) / r.ns;
                                         state.counters["gops"] = operations / r.ns;
                                         state.counters["percent_of_peak"] = r.percent_of_peak;
                                         if (r.peer_ns != 0) state.counters["ratio"] = r.peer_ns / r.ns;
                                         rows_.push_back(r);
                                     })
            ->UseManualTime()
            ->Iterations(1);
    }

    /// Runs the rows that the command line asks for, prints the table and writes the file. Returns what main returns.
    int run(int argc, char** argv) {
        benchmark::Initialize(&argc, argv);
        benchmark::RunSpecifiedBenchmarks();
        std::printf("\n%s, %s, peak %.0f GOP/s\n%-34s %-12s %11s %8s %7s  %-22s %11s %6s  %s\n", name_.c_str(), compiler.c_str(), peak_,
                    "work", "arch", "ns", "GOP/s", "% peak", "best peer", "ns", "ratio", "beside");
        for (const row& r : rows_)
            std::printf("%-34s %-12s %11.1f %8.1f %6.1f%%  %-22s %11.1f %6.2f  %s\n", r.work.c_str(), r.arch.c_str(), r.ns,
                        r.operations / r.ns, r.percent_of_peak, r.peer.c_str(), r.peer_ns, r.peer_ns / r.ns, r.beside.c_str());
        std::filesystem::create_directories("build/benchmarks");
        std::ofstream file("build/benchmarks/" + name_ + ".json");
        file << "{\"peak_gops\": " << peak_ << ", \"rows\": [";
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const row& r = rows_[i];
            file << (i ? ",\n" : "\n") << "{\"work\": \"" << r.work << "\", \"arch\": \"" << r.arch << "\", \"compiler\": \"" << compiler
                 << "\", \"ns\": " << r.ns << ", \"gops\": " << r.operations / r.ns << ", \"percent_of_peak\": " << r.percent_of_peak
                 << ", \"peer\": \"" << r.peer << "\", \"peer_ns\": " << r.peer_ns << ", \"ratio\": " << r.peer_ns / r.ns
                 << ", \"peers\": {";
            for (std::size_t p = 0; p < r.peers.size(); ++p) file << (p ? ", \"" : "\"") << r.peers[p].first << "\": " << r.peers[p].second;
            file << "}}";
        }
        file << "\n]}\n";
        // Asked for by run.sh --plot.
        if (std::getenv("PARE_BENCH_PLOT") != nullptr) write_bars("build/benchmarks/" + name_ + ".svg", name_ + ", " + compiler, bars());
        // By run.sh --page.
        if (const char* page = std::getenv("PARE_BENCH_PAGE"); page != nullptr && !rows_.empty()) {
            const std::string program = "benchmarks/" + name_ + " on " + rows_.front().arch;
            if (!write_page(page, program, as_markdown())) std::printf("%s: no part that is written by %s\n", page, program.c_str());
        }
        return file.good() ? 0 : 1;
    }

private:
    std::string as_markdown() const {
        std::string text = "\n" + compiler + ", peak " + number("%.0f", peak_) +
                           " GOP/s:\n\n| work | us | % of peak | beside | us | ratio |\n|---|---|---|---|---|---|\n";
        for (const row& r : rows_)
            text += "| " + r.work + " | " + number("%.4g", r.ns / 1000) + " | " + number("%.0f", r.percent_of_peak) + " | " + r.peer +
                    " | " + number("%.4g", r.peer_ns / 1000) + " | " + number("%.2f", r.peer_ns / r.ns) + " |\n";
        return text + "\n";
    }
    static std::string beside(const std::string& name, double ratio) {
        char text[64];
        std::snprintf(text, sizeof text, "%s %.2f; ", name.c_str(), ratio);
        return text;
    }
    std::vector<bar> bars() const {
        std::vector<bar> all;
        for (const row& r : rows_) all.push_back({r.work, r.operations / r.ns, r.peer, r.peer_ns == 0 ? 0 : r.operations / r.peer_ns});
        return all;
    }
    std::string name_;
    double peak_;
    std::vector<row> rows_;
};

}  // namespace bench
