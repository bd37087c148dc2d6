// SPDX-License-Identifier: MIT
// The largest of several arrays: in the compiler, and for every length around the registers of each arch.
#include <pare/arch/bulk.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::arch;

constexpr std::array<std::int8_t, 3> by_hand() {
    constexpr std::array<std::int8_t, 3> a{1, -128, 127}, b{-1, -127, 0}, c{0, -128, 5};
    const std::array<const std::int8_t*, 3> all{a.data(), b.data(), c.data()};
    std::array<std::int8_t, 3> largest{};
    maximum(largest.data(), std::span<const std::int8_t* const>(all), 3, native{});
    return largest;
}
static_assert(by_hand() == std::array<std::int8_t, 3>{1, -127, 127});

template <class T, class Arch>
void check(Arch arch) {
    for (std::size_t count = 0; count <= 150; ++count)
        for (std::size_t sources = 1; sources <= 4; ++sources) {
            support::lots r(9, count, sources);
            // Exactly as long as they must be; one more behind the result stays.
            std::vector<std::vector<T>> values(sources, std::vector<T>(count));
            std::vector<const T*> pointers;
            for (auto& v : values) {
                for (T& x : v) x = support::draw_activation<T>(r, r.one_in(2) ? support::spread::even : support::spread::ends);
                pointers.push_back(v.data());
            }
            std::vector<T> got(count + 1, T(77));
            maximum(got.data(), std::span<const T* const>(pointers), count, arch);
            REQUIRE(got[count] == T(77));
            std::vector<T> wanted = values[0];
            for (const auto& v : values)
                for (std::size_t i = 0; i < count; ++i) wanted[i] = std::max(wanted[i], v[i]);
            for (std::size_t i = 0; i < count; ++i) REQUIRE(got[i] == wanted[i]);
            // The result may be one of the sources.
            maximum(values[0].data(), std::span<const T* const>(pointers), count, arch);
            REQUIRE(values[0] == wanted);
        }
}

template <class Arch>
void check_arch() {
    if (!compiled_for<Arch> || !available<Arch>()) {
        WARN(Arch::name << " is not here: maxima are not compared");
        return;
    }
    check<std::int8_t>(Arch{});
    check<std::uint8_t>(Arch{});
    check<std::int16_t>(Arch{});
    check<float>(Arch{});
}

}  // namespace

TEST_CASE("maxima in plain C++") {
    CHECK(by_hand() == std::array<std::int8_t, 3>{1, -127, 127});
    check_arch<scalar>();
}
TEST_CASE("maxima on avx2") { check_arch<avx2>(); }
TEST_CASE("maxima on avx512_vnni") { check_arch<avx512_vnni>(); }
