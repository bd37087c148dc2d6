// SPDX-License-Identifier: MIT
// An instruction set of a user, with operations of its own: two lanes that take three products a step.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "seams/layers.hpp"

namespace mine {

struct duo {
    static constexpr std::string_view name = "duo";
    static constexpr std::size_t lanes = 2, registers = 8, alignment = 4;
    static constexpr bool portable = false;
    template <class, class>
    using dot_for = pare::arch::dot<3, std::int16_t, std::int16_t, std::int32_t>;
};
using dot = pare::arch::dot<3, std::int16_t, std::int16_t, std::int32_t>;
struct sums {
    std::uint32_t a, b;
};
struct operands {
    std::int16_t v[6];
};
struct few {
    std::int16_t v[3];
};
inline std::size_t steps = 0;

inline sums zero_sums(dot, duo) { return {}; }
inline sums load_sums(const std::int32_t* p, dot, duo) { return {std::uint32_t(p[0]), std::uint32_t(p[1])}; }
inline void store_sums(std::int32_t* p, sums s, dot, duo) { p[0] = std::int32_t(s.a), p[1] = std::int32_t(s.b); }
inline operands load_rhs(const std::int16_t* p, dot, duo) { return {{p[0], p[1], p[2], p[3], p[4], p[5]}}; }
inline few broadcast_lhs(const std::int16_t* p, dot, duo) { return {{p[0], p[1], p[2]}}; }
inline few broadcast_lhs_tail(const std::int16_t* p, std::size_t n, dot, duo) { return {{p[0], n > 1 ? p[1] : std::int16_t(0), 0}}; }
inline void multiply_add(sums& s, few x, operands w, dot, duo) {
    ++steps;
    for (int j = 0; j < 3; ++j) s.a += std::uint32_t(x.v[j] * w.v[j]), s.b += std::uint32_t(x.v[j] * w.v[3 + j]);
}
inline void add_sums(sums& t, sums s, dot, duo) { t.a += s.a, t.b += s.b; }
inline void add_scaled(sums& t, sums s, const std::uint8_t* f, dot, duo) { t.a += s.a * f[0], t.b += s.b * f[1]; }

}  // namespace mine

template <>
inline constexpr bool pare::arch::compiled_for<mine::duo> = true;

TEST_CASE("an instruction set of a user in products and convolutions") {
    using namespace pare;
    seams::check_format<weights<int8, per_channel>, mine::duo>();
    seams::check_format<weights<int4, per_group<5>>, mine::duo>();
    seams::check_format<weights<unstructured<>, codebook<16>>, mine::duo>();
    CHECK(mine::steps > 100000);
}
