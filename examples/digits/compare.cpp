// SPDX-License-Identifier: MIT
// Prunes three networks by every criterion, in every geometry, at several rates, without retraining, and shows what each leaves of
// the accuracy.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <pare/compress/parallel.hpp>

#include "compare_grid.hpp"
#include "compare_prune.hpp"
#include "compare_report.hpp"
#include "data.hpp"
#include "lenet.hpp"
#include "models.hpp"
#include "progress.hpp"

namespace {

using digits::division;
using digits::result;

struct options {
    std::filesystem::path data = PARE_DATA, json;
    std::vector<std::string> networks = {"lenet300", "lenet5", "digits"}, criteria, geometries, allocations = {"global", "per_layer"};
    std::vector<double> rates = {50, 70, 80, 90, 95, 97};
    std::size_t images = 10'000;
    unsigned threads = std::max(1u, std::thread::hardware_concurrency());

    template <class List>
    static bool has(const List& list, const std::string& name) {
        return std::ranges::find(list, name) != list.end();
    }
};

template <class Model>
std::vector<pare::node_info> nodes_of() {
    constexpr auto nodes = pare::describe_nodes<Model>();
    return {nodes.begin(), nodes.end()};
}

std::vector<pare::node_info> nodes_of(const std::string& network) {
    if (network == "lenet300") return nodes_of<digits::lenet300_uniform<pare::int8, pare::per_channel>>();
    if (network == "lenet5") return nodes_of<digits::lenet5_uniform<pare::int8, pare::per_channel>>();
    return nodes_of<digits::int8_per_channel>();
}

digits::subject load_subject(const options& o, const std::string& name) {
    const auto file = pare::io::read_safetensors(o.data / (name + ".safetensors"));
    const digits::image_set calibration = digits::load_images(o.data, "calibration");
    digits::subject s{.name = name,
                      .net = pare::compress::load_network(nodes_of(name), file, o.threads),
                      .calibration = pare::compress::make_dataset(calibration.pixels, digits::pixels_per_image, 1.0f / 255),
                      .edges = {},
                      .test = digits::load_images(o.data, "t10k")};
    if (o.images > s.test.count())
        throw pare::io::error("--images: there are no more test images; got " + std::to_string(o.images) + "; needs at most " +
                              std::to_string(s.test.count()));
    s.test.pixels.resize(o.images * digits::pixels_per_image);
    s.test.labels.resize(o.images);
    return s;
}

/// In the order of the table.
std::vector<digits::job> jobs_of(const options& o, const digits::subject& s) {
    std::vector<division> allocations;
    if (options::has(o.allocations, "global")) allocations.push_back(division::global);
    if (options::has(o.allocations, "per_layer")) allocations.push_back(division::per_layer);
    std::vector<double> rates;
    for (const double percent : o.rates) rates.push_back(percent / 100);
    std::vector<digits::job> jobs;
    for (const digits::geometry& g : digits::all_geometries)
        for (const digits::named_criterion& c : digits::all_criteria)
            if (options::has(o.geometries, g.name) && options::has(o.criteria, c.name) && can_rank(c, g))
                jobs.push_back({&s, g, c, allocations, rates});
    return jobs;
}

/// The results of all jobs, the longest begun first, in the order of the table.
std::vector<result> run_all(const std::vector<digits::job>& jobs, unsigned threads, digits::progress_line& progress) {
    std::vector<std::size_t> order(jobs.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(-jobs[i].work(), i); });
    std::vector<std::vector<result>> parts(jobs.size());
    std::atomic<std::size_t> next = 0;
    pare::compress::in_parallel(threads, threads, [&](std::size_t, std::size_t) {
        for (std::size_t at = next++; at < order.size(); at = next++) {
            const digits::job& j = jobs[order[at]];
            const std::string what = j.of->name + " " + j.shape.name + " by " + j.by.name;
            parts[order[at]] = run(j, [&](double work) { progress.add(work, what); });
        }
    });
    // In the table a geometry is together, and in it an allocation.
    std::vector<result> all;
    for (const digits::geometry& g : digits::all_geometries)
        for (const division d : {division::global, division::per_layer, division::by_geometry})
            for (const std::vector<result>& part : parts)
                std::ranges::copy_if(part, std::back_inserter(all),
                                     [&](const result& r) { return r.geometry == g.name && r.allocation == d; });
    return all;
}

void compare(const options& o) {
    std::vector<digits::subject> subjects;
    for (const std::string& name : o.networks) subjects.push_back(load_subject(o, name));
    double total = 0;
    for (const digits::subject& s : subjects)
        for (const digits::job& j : jobs_of(o, s)) total += j.work();
    if (total == 0)
        throw pare::io::error(
            "--criteria: activation_entropy ranks whole outputs; got no other criterion and no channels; needs channels among "
            "--geometries");
    if (!o.json.empty()) digits::require_writable(o.json);
    std::printf(
        "Top-1 in percent of %zu test images, nothing retrained. Weights are int8, a scale for each output; they are run in float,\n"
        "as what the codes stand for, with float activations. Rates are shares of the weights removed from the layers that are\n"
        "pruned: all, but those where no unit fits, and the last one where whole outputs go.\n",
        o.images);
    digits::progress_line progress(total);
    std::vector<result> all, originals;
    for (digits::subject& s : subjects) {
        s.edges = evaluate(s.net, s.calibration.inputs);
        const result whole{.network = s.name, .criterion = "float", .accuracy = accuracy(s.net, s.test)};
        result coded = digits::judge(s, s.net, {});
        coded.network = s.name, coded.criterion = "int8";
        originals.insert(originals.end(), {whole, coded});
        const std::vector<digits::job> jobs = jobs_of(o, s);
        const std::vector<result> results = run_all(jobs, o.threads, progress);
        progress.clear();
        std::printf("\n%s: %zu weights; unpruned %.2f in float, %.2f in int8\n", s.name.c_str(), s.weights(), whole.accuracy,
                    coded.accuracy);
        digits::print_table(results, jobs.front().rates);
        if (const double last = digits::last_trial_rate(s.net); jobs.front().rates.back() >= last)
            std::printf("from %.4g %% on global is the same as per layer: no layer is tried at more than the rate\n", 100 * last);
        std::fflush(stdout);
        all.insert(all.end(), results.begin(), results.end());
        s.edges.clear();
    }
    std::vector<double> rates;
    for (const double percent : o.rates) rates.push_back(percent / 100);
    std::printf("\n");
    digits::print_summary(all, rates, o.images);
    std::fprintf(stderr, "%s on %u threads\n", progress.elapsed().c_str(), o.threads);
    if (!o.json.empty()) digits::write_json(all, originals, o.images, o.json);
}

}  // namespace

int main(int argc, char** argv) {
    options o;
    for (const auto& c : digits::all_criteria) o.criteria.push_back(c.name);
    for (const auto& g : digits::all_geometries) o.geometries.push_back(g.name);
    const std::vector<std::string> criteria = o.criteria, geometries = o.geometries;

    CLI::App app("What pruning leaves of three networks' accuracy, by criterion, rate and geometry, without retraining");
    const auto list = [&](const char* name, std::vector<std::string>& to, const std::vector<std::string>& of, const char* what) {
        app.add_option(name, to, what)->delimiter(',')->check(CLI::IsMember(of))->capture_default_str();
    };
    list("--networks", o.networks, {"lenet300", "lenet5", "digits"}, "networks, separated by commas");
    list("--criteria", o.criteria, criteria, "what ranks weights");
    list("--geometries", o.geometries, geometries, "what may be removed");
    list("--allocations", o.allocations, {"global", "per_layer"}, "how a rate is divided among layers");
    app.add_option("--rates", o.rates, "percent of the weights removed")
        ->delimiter(',')
        ->check(CLI::Range(0.1, 99.9))
        ->capture_default_str();
    app.add_option("--images", o.images, "how many of the test images judge, the first")
        ->check(CLI::Range(std::size_t(1), std::size_t(10'000)))
        ->capture_default_str();
    app.add_option("--threads", o.threads, "jobs side by side")->check(CLI::Range(1u, 1024u))->capture_default_str();
    app.add_option("--data", o.data, "folder of weights and images")->check(CLI::ExistingDirectory)->capture_default_str();
    app.add_option("--json", o.json, "a file for all results");
    CLI11_PARSE(app, argc, argv);

    try {
        // A network named twice is one network.
        std::vector<std::string> networks;
        for (const std::string& name : o.networks)
            if (!options::has(networks, name)) networks.push_back(name);
        o.networks = networks;
        std::ranges::sort(o.rates);
        o.rates.erase(std::unique(o.rates.begin(), o.rates.end()), o.rates.end());
        compare(o);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "compare: %s\n", e.what());
        return 1;
    }
}
