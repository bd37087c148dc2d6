// SPDX-License-Identifier: MIT
// What choose_rate writes, and what it does not.
#include "report_rates.hpp"

#include <fstream>
#include <string>

#include <pare/io/error.hpp>

#include "support/catch.hpp"

namespace {

std::filesystem::path write(const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(PARE_SCRATCH) / "choose_rate.json";
    create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
}

std::string with_criterion(const std::string& criterion) {
    return R"({"network": "digits", "seed": 1, "folds": 5, "metric": "accuracy", "criteria": [)" + criterion + "]}";
}

const std::string half = R"({"rate": 0.5, "folds": [99.5, 99.4], "mean": 99.45, "standard_error": 0.05})";
const std::string most = R"({"rate": 0.9, "folds": [99.3, 99.4], "mean": 99.35, "standard_error": 0.25})";

}  // namespace

TEST_CASE("rates, in their order") {
    const auto c = digits::read_rate_choices(
        write(with_criterion(R"({"criterion": "error", "chosen": 0.9, "best": 0.5, "rates": [)" + most + "," + half + "]}")));
    CHECK(c.network == "digits");
    CHECK(c.metric == "accuracy");
    CHECK(c.folds == 5);
    REQUIRE(c.criteria.size() == 1);
    CHECK(c.criteria[0].criterion == "error");
    REQUIRE(c.criteria[0].rates.size() == 2);
    CHECK(c.criteria[0].rates[0].rate == 0.5);
    CHECK(c.criteria[0].rates[1].standard_error == 0.25);
    CHECK(c.criteria[0].at(c.criteria[0].chosen).mean == 99.35);
    CHECK(c.criteria[0].at(c.criteria[0].best).mean == 99.45);
}

TEST_CASE("damaged files are refused by name") {
    using Catch::Matchers::ContainsSubstring;
    using digits::read_rate_choices;
    CHECK_THROWS_WITH(read_rate_choices("/nowhere/choose_rate.json"), "/nowhere/choose_rate.json: cannot be read");
    CHECK_THROWS_WITH(read_rate_choices(write("{")), ContainsSubstring("choose_rate.json: it must be a file of choose_rate; got "));
    CHECK_THROWS_AS(read_rate_choices(write("[]")), pare::io::error);
    CHECK_THROWS_AS(read_rate_choices(write(R"({"network": "digits"})")), pare::io::error);
    CHECK_THROWS_WITH(read_rate_choices(write(with_criterion(""))),
                      ContainsSubstring("there is a criterion; got none; needs at least one"));
    CHECK_THROWS_WITH(
        read_rate_choices(write(with_criterion(R"({"criterion": "error", "chosen": 0.8, "best": 0.5, "rates": [)" + half + "]}"))),
        ContainsSubstring(
            "the chosen and the best rate of error are among its rates; got 0.800000 and 0.500000; needs two of its 1 rates"));
    CHECK_THROWS_WITH(read_rate_choices(write(with_criterion(
                          R"({"criterion": "error", "chosen": 1, "best": 1, "rates": [{"rate": 1, "mean": 9, "standard_error": 0}]})"))),
                      ContainsSubstring("a rate lies in [0, 1); got 1.000000; needs such a number"));
    CHECK_THROWS_WITH(read_rate_choices(write(with_criterion(
                          R"({"criterion": "error", "chosen": 0, "best": 0, "rates": [{"rate": 0, "mean": 9, "standard_error": -1}]})"))),
                      ContainsSubstring("a standard error is not negative; got -1.000000; needs 0 or more"));
}
