// SPDX-License-Identifier: MIT
// The check of parameters in any storage. Each way to fail is tested with the files of parameters.cpp.
#include <pare/io/check_parameters.hpp>
#include <pare/model/model.hpp>

#include "support/catch.hpp"
#include "support/random_parameters.hpp"

namespace {

using namespace pare;
using net = model<input<int8, 6>, linear<3, weights<per_channel, unstructured<9>>, named<"only">>>;

template <class Storage>
void copy(const parameters<net, owned>& from, parameters<net, Storage>& to) {
    const auto& a = from.layer<0>();
    auto& b = to.template layer<0>();
    b.positions = a.positions, b.codes = a.codes, b.scales = a.scales, b.bias = a.bias;
    to.edges = from.edges;
}

}  // namespace

TEST_CASE("parameters are checked in vectors, views and arrays") {
    const auto good = support::random_parameters<net>(1);
    CHECK_NOTHROW(io::check_parameters(good));
    parameters<net, view> viewed;
    copy(good, viewed);
    CHECK_NOTHROW(io::check_parameters(viewed));

    // Arrays reserve room for the longest positions; nine weights must be there.
    parameters<net> arrays{};
    auto& w = arrays.layer<0>();
    w.scales.fill(1.0f);
    bit_writer out(w.positions);
    unstructured<9>::write(out, 3, 6, [](std::size_t n, std::size_t k) { return k / 3 == n % 2; });
    CHECK_NOTHROW(io::check_parameters(arrays));
    w.positions = {};
    CHECK_THROWS_WITH(io::check_parameters(arrays, "x"),
                      "x: tensor \"only.codes\": each needs a position; got 9 bytes, 0 positions; needs 9 positions");
}

TEST_CASE("messages name the source where one is given") {
    auto bad = support::random_parameters<net>(1);
    bad.layer<0>().scales[2] = -1;
    CHECK_THROWS_WITH(io::check_parameters(bad),
                      "tensor \"only.scales\": scales must be finite and positive; got -1 at index 2; needs above 0");
    CHECK_THROWS_WITH(io::check_parameters(bad, "net.bin"),
                      "net.bin: tensor \"only.scales\": scales must be finite and positive; got -1 at index 2; needs above 0");
}
