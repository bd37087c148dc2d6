// SPDX-License-Identifier: MIT
// Views with strides.
#include <pare/core/view.hpp>

#include <array>
#include <cstddef>

#include "support/catch.hpp"

namespace {

constexpr std::array<int, 120> numbers = [] {
    std::array<int, 120> a{};
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = int(i);
    return a;
}();

constexpr bool matrix_holds() {
    const pare::matrix_view<const int> m{numbers.data() + 3, 4, 5, 11};
    for (std::size_t r = 0; r < 4; ++r)
        for (std::size_t c = 0; c < 5; ++c)
            if (m(r, c) != int(3 + r * 11 + c) || m.row(r)[c] != m(r, c)) return false;
    return true;
}

constexpr bool image_holds() {
    const pare::image_view<const int> image{numbers.data() + 1, 3, 4, 5, 31, 6};
    for (std::size_t y = 0; y < 3; ++y)
        for (std::size_t x = 0; x < 4; ++x)
            for (std::size_t c = 0; c < 5; ++c)
                if (image.pixel(y, x)[c] != int(1 + y * 31 + x * 6 + c)) return false;
    return true;
}

constexpr bool contiguous_holds() {
    const auto m = pare::contiguous_matrix(numbers.data(), 8, 15);
    const auto image = pare::contiguous_image(numbers.data(), 4, 5, 6);
    int i = 0;
    for (std::size_t r = 0; r < 8; ++r)
        for (std::size_t c = 0; c < 15; ++c)
            if (m(r, c) != i++) return false;
    i = 0;
    for (std::size_t y = 0; y < 4; ++y)
        for (std::size_t x = 0; x < 5; ++x)
            for (std::size_t c = 0; c < 6; ++c)
                if (image.pixel(y, x)[c] != i++) return false;
    return m.rows == 8 && m.cols == 15 && image.height == 4 && image.width == 5 && image.channels == 6;
}

static_assert(matrix_holds() && image_holds() && contiguous_holds());

}  // namespace

TEST_CASE("views find their elements") {
    CHECK(matrix_holds());
    CHECK(image_holds());
    CHECK(contiguous_holds());
}

TEST_CASE("views write through") {
    std::array<int, 12> data{};
    const auto m = pare::contiguous_matrix(data.data(), 3, 4);
    m(2, 1) = 7;
    m.row(0)[3] = 5;
    CHECK(data[9] == 7);
    CHECK(data[3] == 5);
}
