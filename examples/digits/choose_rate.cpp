// SPDX-License-Identifier: MIT
// Chooses how many weights of a network can go, by cross-validation on images that neither training nor the final test has seen.
// Built with MPI as choose_rate_mpi, the same program spreads its work over processes: mpirun -np 4 choose_rate_mpi ...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <pare/compress.hpp>
#include <pare/model/describe.hpp>

#include "choose_rate_journal.hpp"
#include "choose_rate_report.hpp"
#include "choose_rate_spread.hpp"
#include "data.hpp"
#include "lenet.hpp"
#include "models.hpp"
#include "progress.hpp"

namespace {

using digits::rate_task;
namespace compress = pare::compress;

struct options {
    std::string network = "digits", data = PARE_DATA, json = "build/choose_rate.json", journal;
    std::vector<std::string> criteria{"error", "magnitude", "entropy"};
    std::vector<double> grid{50, 70, 80, 85, 90, 95, 97};
    std::size_t folds = 5, bisections = 3, images = 5000, calibration = 1000;
    std::uint64_t seed = 1;
    unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    bool test = false;

    compress::rate_search search() const {
        compress::rate_search s{.criteria = {}, .grid = {}, .bisections = bisections};
        for (const std::string& name : criteria)
            for (const auto by : compress::all_criteria)
                if (name_of(by) == name) s.criteria.push_back(by);
        for (const double percent : grid) s.grid.push_back(percent / 100);
        return s;
    }

    /// Everything that scores depend on.
    std::string settings() const {
        return "choose_rate 1 network " + network + " folds " + std::to_string(folds) + " images " + std::to_string(images) +
               " calibration " + std::to_string(calibration) + " seed " + std::to_string(seed) + " highest " +
               std::to_string(grid.empty() ? 0.0 : grid.back());
    }
};

template <class Model>
std::vector<pare::node_info> nodes_of() {
    constexpr auto nodes = pare::describe_nodes<Model>();
    return {nodes.begin(), nodes.end()};
}

compress::network load_network(const options& o) {
    const auto nodes = o.network == "digits"     ? nodes_of<digits::int8_pruned>()
                       : o.network == "lenet300" ? nodes_of<digits::lenet300_uniform<pare::int8, pare::per_channel, pare::unstructured<>>>()
                                                 : nodes_of<digits::lenet5_uniform<pare::int8, pare::per_channel, pare::unstructured<>>>();
    return compress::load_network(nodes, pare::io::read_safetensors(std::filesystem::path(o.data) / (o.network + ".safetensors")), 1);
}

compress::labelled_dataset load(const options& o, const std::string& name, std::size_t most) {
    const digits::image_set images = digits::load_images(o.data, name);
    const std::size_t count = std::min(most, images.count());
    return {compress::make_dataset(std::span(images.pixels).first(count * digits::pixels_per_image), digits::pixels_per_image, 1.0f / 255)
                .inputs,
            {images.labels.begin(), images.labels.begin() + std::ptrdiff_t(count)}};
}

digits::scorer make_scorer(const options& o) {
    compress::recipe how;
    how.seed = o.seed;
    return {load_network(o), load(o, "validation", o.images), how, o.folds, o.calibration, o.grid.back() / 100};
}

/// Percent of the test images that are right with each rate that was tried: for a look behind the choice, which did not see them.
void print_test(const options& o, const std::vector<compress::rate_choice>& choices) {
    const compress::labelled_dataset test = load(o, "t10k", 10'000);
    const compress::dataset calibration{load(o, "calibration", 1000).inputs};
    for (const auto& c : choices) {
        double best = 0, chosen = 0;
        std::printf("\ntest images, %s:", std::string(name_of(c.by)).c_str());
        for (const auto& s : c.scores) {
            compress::recipe how{.prune_by = c.by, .rate = s.rate, .seed = o.seed, .threads = o.threads};
            compress::network net = load_network(o);
            net.threads = o.threads;
            const std::vector<compress::edge_type> types(net.nodes.size() + 1, {.is_float = true});
            const auto compressed = compress::compress_network(net, calibration, types, how);
            const double percent = compress::percent_right(compressed.net, test.inputs, test.labels);
            std::printf(" %.2f%%: %.2f", 100 * s.rate, percent);
            std::fflush(stdout);
            best = std::max(best, percent);
            if (s.rate == c.chosen) chosen = percent;
        }
        std::printf("; chosen %.2f, best %.2f, %.2f below\n", chosen, best, best - chosen);
    }
}

/// Process 0, or the only one. `spread` scores tasks and calls back for each.
template <class Spread>
void choose(const options& o, const Spread& spread) {
    digits::journal known(o.journal, o.settings());
    if (known.size() > 0) std::fprintf(stderr, "%s: going on, %zu scores are there\n", o.journal.c_str(), known.size());
    const auto search = o.search();
    digits::progress_line progress(double(search.criteria.size() * o.folds * (search.grid.size() + o.bisections)));
    const auto choices = compress::choose_rate(search, o.folds, [&](std::span<const rate_task> tasks) {
        std::vector<rate_task> open;
        for (const rate_task& t : tasks)
            if (!known.find(t)) open.push_back(t);
        progress.add(double(tasks.size() - open.size()), "known from before");
        spread(std::span<const rate_task>(open), [&](std::size_t i, double score) {
            known.add(open[i], score);
            progress.add(1, digits::spell(open[i]));
        });
        std::vector<double> scores;
        for (const rate_task& t : tasks) scores.push_back(*known.find(t));
        return scores;
    });
    progress.clear();
    digits::print(choices);
    digits::write_json(choices, o.network, o.seed, o.folds, o.json);
    std::printf("\n%s has the same figures\n", o.json.c_str());
    if (o.test) print_test(o, choices);
}

}  // namespace

int main(int argc, char** argv) {
#ifdef PARE_MPI
    const digits::processes all(argc, argv);
    const bool leads = all.rank() == 0;
#else
    const bool leads = true;
#endif
    options o;
    CLI::App app("Chooses how many weights of a network can go: k-fold cross-validation, the highest rate within one standard error");
    std::vector<std::string> names;
    for (const auto by :
         {compress::criterion::error, compress::criterion::magnitude, compress::criterion::entropy, compress::criterion::random})
        names.emplace_back(name_of(by));
    app.add_option("--network", o.network)->check(CLI::IsMember({"digits", "lenet300", "lenet5"}))->capture_default_str();
    app.add_option("--criteria", o.criteria, "what ranks weights")->delimiter(',')->check(CLI::IsMember(names))->capture_default_str();
    app.add_option("--grid", o.grid, "percent of the weights removed, ascending")
        ->delimiter(',')
        ->check(CLI::Range(0.0, 99.0))
        ->capture_default_str();
    app.add_option("--bisections", o.bisections, "rates tried besides")->capture_default_str();
    app.add_option("--folds", o.folds)->check(CLI::Range(2, 1000))->capture_default_str();
    app.add_option("--images", o.images, "of the validation set")->check(CLI::Range(2, 5000))->capture_default_str();
    app.add_option("--calibration", o.calibration, "images that compression sees, of the other folds")
        ->check(CLI::Range(1, 5000))
        ->capture_default_str();
    app.add_option("--seed", o.seed)->capture_default_str();
    app.add_option("--threads", o.threads, "tasks side by side")->check(CLI::Range(1u, 1024u))->capture_default_str();
    app.add_option("--data", o.data, "folder of weights and images")->check(CLI::ExistingDirectory);
    app.add_option("--journal", o.journal, "a file of scores: an interrupted run goes on from it");
    app.add_option("--json", o.json, "a file for the result")->capture_default_str();
    app.add_flag("--test", o.test, "afterwards print what each rate does on the test images");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return leads ? app.exit(e) : e.get_exit_code();
    }

    try {
#ifdef PARE_MPI
        if (all.size() > 1) {
            if (leads) {
                choose(o, [&](std::span<const rate_task> tasks, const auto& finished) { all.hand_out(tasks, finished); });
                all.dismiss();
            } else {
                all.serve(make_scorer(o));
            }
            return 0;
        }
#endif
        const digits::scorer score = make_scorer(o);
        choose(o,
               [&](std::span<const rate_task> tasks, const auto& finished) { digits::run_on_threads(score, tasks, o.threads, finished); });
    } catch (const std::exception& e) {
#ifdef PARE_MPI
        if (all.size() > 1) {
            std::fprintf(stderr, "choose_rate: process %d of %d: %s\n", all.rank(), all.size(), e.what());
            digits::processes::abort();
        }
#endif
        std::fprintf(stderr, "choose_rate: %s\n", e.what());
        return 1;
    }
}
