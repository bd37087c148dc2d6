// SPDX-License-Identifier: MIT
// Matrices lie row by row, as files and kernels have them.
#include <pare/compress/matrix.hpp>

#include <concepts>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

using namespace pare::compress;

TEST_CASE("rows lie one after the other") {
    matrix m(2, 3);
    m << 1, 2, 3, 4, 5, 6;
    CHECK(std::vector<float>(m.data(), m.data() + 6) == std::vector<float>{1, 2, 3, 4, 5, 6});
    presence p(2, 3);
    p << 1, 0, 1, 0, 0, 1;
    CHECK(std::vector<int>(p.data(), p.data() + 6) == std::vector<int>{1, 0, 1, 0, 0, 1});
    STATIC_REQUIRE(
        (std::same_as<matrix::Scalar, float> && std::same_as<vector::Scalar, float> && std::same_as<presence::Scalar, std::uint8_t>));
    STATIC_REQUIRE((int(vector::ColsAtCompileTime) == 1 && int(matrix::ColsAtCompileTime) == Eigen::Dynamic));
    CHECK((p != 0).count() == 3);  // arrays compare element by element
}
