// SPDX-License-Identifier: MIT
// Calibration inputs: what they become, and what is refused.
#include <pare/compress/dataset.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare::compress;
using Catch::Matchers::Equals;

template <class Call>
std::string said(Call call) {
    try {
        call();
    } catch (const error& e) {
        return e.what();
    }
    return "";
}

std::string made(const std::vector<float>& values, std::size_t size) {
    return said([&] { make_dataset(std::span<const float>(values), size); });
}

}  // namespace

TEST_CASE("numbers become inputs, one a row") {
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    const dataset d = make_dataset(std::span<const float>(values), 3);
    CHECK(d.count() == 2);
    CHECK(d.inputs.cols() == 3);
    CHECK(d.inputs(0, 2) == 3);
    CHECK(d.inputs(1, 0) == 4);
    CHECK(said([&] { require_inputs(d, 3); }).empty());
}

TEST_CASE("pixels become reals by their scale") {
    const std::vector<std::uint8_t> pixels{0, 51, 255, 128};
    const dataset d = make_dataset(std::span<const std::uint8_t>(pixels), 2, 1.0f / 255);
    CHECK(d.count() == 2);
    CHECK(d.inputs(0, 0) == 0);
    CHECK(d.inputs(0, 1) == 51 * (1.0f / 255));
    CHECK(d.inputs(1, 0) == 255 * (1.0f / 255));
}

TEST_CASE("sets that cannot calibrate are refused in words") {
    const std::string empty = "calibration set: it must not be empty; got 0 inputs; needs at least one";
    CHECK_THAT(made({}, 3), Equals(empty));
    CHECK_THAT(made({1, 2}, 0), Equals(empty));
    CHECK_THAT(said([] { make_dataset(std::span<const std::uint8_t>(), 3, 1.0f); }), Equals(empty));
    CHECK_THAT(made({1, 2, 3, 4}, 3),
               Equals("calibration set: inputs must have the size of the model's; got 4 numbers; needs a multiple of 3"));
    CHECK_THAT(said([] { require_inputs({}, 3); }), Equals(empty));
    dataset d{matrix::Ones(2, 4)};
    CHECK_THAT(said([&] { require_inputs(d, 3); }), Equals("calibration set: inputs must have the size of the model's; got 4; needs 3"));
    d.inputs(1, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(said([&] { require_inputs(d, 4); }),
               Equals("calibration set: every number must be finite; got nan in input 1; needs finite numbers"));
    d.inputs(1, 2) = -std::numeric_limits<float>::infinity();
    CHECK_THAT(said([&] { require_inputs(d, 4); }),
               Equals("calibration set: every number must be finite; got -inf in input 1; needs finite numbers"));
}
