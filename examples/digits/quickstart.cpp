// SPDX-License-Identifier: MIT
// Compresses one network in many ways, runs each on 10,000 images, and shows what it cost and gained: as text, JSON and a page.
#include <concepts>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <pare/arch/tags.hpp>
#include <pare/metrics/timing.hpp>

#include "configuration.hpp"
#include "data.hpp"
#include "models.hpp"
#include "report.hpp"

namespace {

using digits::method;
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

/// What is run: of sparse networks the channels are put in order; their layers are compared as they were compressed.
template <class Model>
pare::parameters<Model, pare::owned> for_this_machine(const pare::parameters<Model, pare::owned>& parameters) {
    if constexpr (std::same_as<Model, digits::int8_pruned> || std::same_as<Model, digits::int8_pruned_codebook16>)
        return digits::order(parameters);
    else return parameters;
}

/// The rows, made one after the other; the first is the float network, with which the others are compared.
class comparison {
public:
    explicit comparison(const digits::material& m) : material_(m) {}

    /// Compresses, runs and inspects one configuration. Layers are compared where the network has the shape of the float one.
    template <class Model>
    void add(const std::string& name, method how = method::nearest) {
        const auto tell = [&](std::string_view what, double done) {
            const std::string text = "  " + name + ": " + std::string(what);
            status.show(status.is_terminal() ? text + ", " + std::to_string(int(100 * done)) + " %" : text);
        };
        const auto parameters = digits::compress<Model>(material_, how, tell);
        status.show("  " + name + ": running " + std::to_string(material_.test.count()) + " images");
        row r = digits::evaluate<Model>(name, for_this_machine(parameters), material_.test);
        if constexpr (std::same_as<Model, digits::float32>) {
            twin_ = parameters;
        } else if constexpr (std::same_as<pare::as_float<Model>, digits::float32>) {
            status.show("  " + name + ": comparing layers");
            r.layers = digits::inspect<Model>(parameters, twin_, material_);
        }
        rows_.push_back(std::move(r));
    }

    /// Measures all in turn, while nothing else runs; the rows are complete then.
    std::vector<row> timed() && {
        status.show("  timing all in turn");
        std::vector<std::function<void()>> things;
        for (const row& r : rows_) things.push_back(r.run_one);
        const auto times = pare::metrics::measure_in_turn(things);
        for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].microseconds = times[i].median * 1e6;
        return std::move(rows_);
    }

private:
    const digits::material& material_;
    pare::parameters<digits::float32, pare::owned> twin_;
    std::vector<row> rows_;
};

void print(const std::vector<row>& rows) {
    const double original = double(rows.front().stored_bytes), slowest = rows.front().microseconds;
    std::printf("%-28s %9s %9s %10s %7s %9s %10s %8s\n", "", "accuracy", "stored", "executing", "smaller", "us/image", "MACs kept",
                "speed-up");
    for (const row& r : rows)
        std::printf("%-28s %8.2f%% %9zu %10zu %6.1fx %9.2f %10zu %7.2fx\n", r.name.c_str(), r.accuracy, r.stored_bytes, r.executing_bytes,
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

/// What choose_rate wrote, of this build or else of the data; a file that is damaged is told of and left out.
void add_rates(digits::report& r, const std::filesystem::path& data, const std::filesystem::path& build) {
    r.no_rates = "No rate has been chosen here. The program choose_rate tries rates on folds of images and writes " +
                 (build / "choose_rate.json").generic_string() + ", which the next quickstart shows.";
    for (const std::filesystem::path& folder : {build, data}) {
        const std::filesystem::path path = folder / "choose_rate.json";
        if (!exists(path)) continue;
        try {
            r.rates = digits::read_rate_choices(path);
            r.rates->source = proximate(path);
        } catch (const pare::io::error& e) {
            std::fprintf(stderr, "%s\n", e.what());
            r.no_rates = e.what();
        }
        return;
    }
}

void write_page(digits::report r, const std::filesystem::path& data, const std::filesystem::path& path) {
    add_rates(r, data, path.parent_path());
    std::ofstream file(path);
    file << digits::page_of(r);
    if (!file.flush()) throw pare::io::error(path.string() + ": cannot be written");
}

void run(const std::filesystem::path& data, const std::filesystem::path& json) {
    using namespace digits;
    const material m = load(data);
    std::fprintf(stderr, "%zu test images, %zu calibration images, weights of %s\n", m.test.count(), m.calibration.count(),
                 m.weights.source.c_str());
    // A row more: its type in models.hpp, how it is compressed in compress.cpp, a file in run/, a line here.
    comparison all(m);
    all.add<float32>("float");
    all.add<int8_per_tensor>("int8 per tensor");
    all.add<int8_per_channel>("int8 per channel");
    all.add<int8_two_of_four>("int8 2:4");
    all.add<int8_two_of_four_codebook16>("int8 2:4 codebook16");
    all.add<int8_pruned>("int8 90% by error", method::by_error);
    all.add<int8_pruned>("int8 90% of MACs by error", method::by_error_of_macs);
    all.add<int8_pruned>("int8 90% by entropy", method::by_entropy);
    all.add<int8_pruned>("int8 90% by magnitude", method::by_magnitude);
    all.add<int8_pruned>("int8 90% at random", method::at_random);
    all.add<int8_blocks>("int8 75% in blocks by error", method::by_error);
    all.add<int8_half_channels>("int8 channels 50% by entropy");
    all.add<int8_codebook16>("int8 codebook16");
    all.add<int8_pruned_codebook16>("int8 90% codebook16", method::by_error);
    all.add<int8_pruned_codebook16>("int8 90% of MACs codebook16", method::by_error_of_macs);
    all.add<int4_per_group>("int4 per group");
    all.add<int4_per_group>("int4 gptq per group", method::gptq);
    std::vector<row> rows = std::move(all).timed();
    status.clear();

    print(rows);
    write_json(rows, json);
    const std::filesystem::path html = std::filesystem::path(json).replace_extension(".html");
    write_page({.rows = std::move(rows),
                .inspected = "int8 90% by error",
                .compared = {"int8 per channel", "int8 2:4", "int8 90% by error", "int8 90% by magnitude", "int4 per group"},
                .test = &m.test,
                .rates = {},
                .no_rates = {},
                .machine = {processor_name(), compiler_name(), std::string(pare::arch::native::name), m.calibration.count()}},
               data, html);
    std::printf("%s has the same rows; %s shows them, layers, mistakes and charts\n", json.c_str(), html.c_str());
}

}  // namespace

/// quickstart [DATA [JSON]]: the page is written beside the JSON, with the ending .html.
int main(int argc, char** argv) {
    try {
        run(argc > 1 ? argv[1] : PARE_DATA, argc > 2 ? argv[2] : "build/quickstart.json");
    } catch (const std::exception& e) {
        status.clear();
        std::fprintf(stderr, "quickstart: %s\n", e.what());
        return 1;
    }
}
