// SPDX-License-Identifier: MIT
// Compresses one network in ten ways, runs each on 10,000 images, and shows what it cost in accuracy and gained in size and time.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <pare/metrics/timing.hpp>

#include "configuration.hpp"
#include "data.hpp"
#include "models.hpp"

namespace {

using digits::criterion;
using digits::row;

/// One line on standard error that is written over again where that is a terminal.
class status_line {
public:
    void show(const std::string& text) {
        if (terminal_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
        else if (text != last_ && !text.empty()) std::fprintf(stderr, "%s\n", text.c_str());
        std::fflush(stderr);
        last_ = text;
    }
    void clear() { show(""); }
    bool is_terminal() const { return terminal_; }

private:
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    std::string last_;
};

status_line status;

template <class Model>
row configuration(const std::string& name, const digits::material& material, criterion choice) {
    const auto tell = [&](std::string_view what, double done) {
        const std::string text = "  " + name + ": " + std::string(what);
        status.show(status.is_terminal() ? text + ", " + std::to_string(int(100 * done)) + " %" : text);
    };
    const auto parameters = digits::compress<Model>(material, choice, tell);
    status.show("  " + name + ": running " + std::to_string(material.test.count()) + " images");
    return digits::evaluate<Model>(name, parameters, material.test);
}

void print(const std::vector<row>& rows) {
    const double original = double(rows.front().stored_bytes), slowest = rows.front().microseconds;
    std::printf("%-21s %9s %9s %10s %7s %9s %10s %8s\n", "", "accuracy", "stored", "executing", "smaller", "us/image", "MACs kept",
                "speed-up");
    for (const row& r : rows)
        std::printf("%-21s %8.2f%% %9zu %10zu %6.1fx %9.2f %10zu %7.2fx\n", r.name.c_str(), r.accuracy, r.stored_bytes, r.executing_bytes,
                    original / double(r.stored_bytes), r.microseconds, r.macs, slowest / r.microseconds);
}

void write_json(const std::vector<row>& rows, const std::filesystem::path& path) {
    const double original = double(rows.front().stored_bytes), slowest = rows.front().microseconds;
    create_directories(path.parent_path());
    std::ofstream file(path);
    file << "{\"rows\": [\n";
    for (const row& r : rows)
        file << (&r == rows.data() ? "" : ",\n") << "  {\"name\": \"" << r.name << "\", \"accuracy\": " << r.accuracy
             << ", \"stored_bytes\": " << r.stored_bytes << ", \"executing_bytes\": " << r.executing_bytes
             << ", \"ratio\": " << original / double(r.stored_bytes) << ", \"us_per_image\": " << r.microseconds << ", \"macs\": " << r.macs
             << ", \"speedup\": " << slowest / r.microseconds << "}";
    file << "\n]}\n";
    if (!file.flush()) throw pare::io::error(path.string() + ": cannot be written");
}

void run(const std::filesystem::path& data, const std::filesystem::path& json) {
    using namespace digits;
    const material m = load(data);
    std::fprintf(stderr, "%zu test images, %zu calibration images, weights of %s\n", m.test.count(), m.calibration.count(),
                 m.weights.source.c_str());
    std::vector<row> rows;
    rows.push_back(configuration<float32>("float", m, criterion::none));
    rows.push_back(configuration<int8_per_tensor>("int8 per tensor", m, criterion::none));
    rows.push_back(configuration<int8_per_channel>("int8 per channel", m, criterion::none));
    rows.push_back(configuration<int8_two_of_four>("int8 2:4", m, criterion::none));
    rows.push_back(configuration<int8_pruned>("int8 90% by error", m, criterion::by_error));
    rows.push_back(configuration<int8_pruned>("int8 90% by magnitude", m, criterion::by_magnitude));
    rows.push_back(configuration<int8_pruned>("int8 90% at random", m, criterion::at_random));
    rows.push_back(configuration<int8_codebook16>("int8 codebook16", m, criterion::none));
    rows.push_back(configuration<int8_pruned_codebook16>("int8 90% codebook16", m, criterion::by_error));
    rows.push_back(configuration<int4_per_group>("int4 per group", m, criterion::none));

    status.show("  timing all in turn");
    std::vector<std::function<void()>> things;
    for (const row& r : rows) things.push_back(r.run_one);
    const auto times = pare::metrics::measure_in_turn(things);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].microseconds = times[i].median * 1e6;
    status.clear();

    print(rows);
    write_json(rows, json);
    std::printf("%s has the same rows\n", json.c_str());
}

}  // namespace

/// quickstart [DATA [JSON]]
int main(int argc, char** argv) {
    try {
        run(argc > 1 ? argv[1] : PARE_DATA, argc > 2 ? argv[2] : "build/quickstart.json");
    } catch (const std::exception& e) {
        status.clear();
        std::fprintf(stderr, "quickstart: %s\n", e.what());
        return 1;
    }
}
