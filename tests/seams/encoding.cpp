// SPDX-License-Identifier: MIT
// An encoding of a user: signed powers of two in four bits. It runs wherever the library's own do.
#include <cstdint>
#include <string_view>

#include "seams/layers.hpp"

namespace {

/// A sign, then an exponent e: +-2^e, or 0 where e is 7.
struct power_of_two {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
    static constexpr std::string_view name = "power_of_two";
    static constexpr int bits = 4, lowest = -64, highest = 64;
    static constexpr value_type decode(std::uint32_t code) {
        const int magnitude = (code & 7) == 7 ? 0 : 1 << (code & 7);
        return value_type((code & 8) != 0 ? -magnitude : magnitude);
    }
};
static_assert(pare::integer_encoding<power_of_two> && power_of_two::name == "power_of_two");
static_assert(power_of_two::decode(0) == 1 && power_of_two::decode(14) == -64 && power_of_two::decode(7) == 0);

}  // namespace

TEST_CASE("an encoding of a user in products and convolutions") {
    using namespace pare;
    seams::check_format<weights<power_of_two>, arch::scalar>();
    seams::check_format<weights<power_of_two, per_channel>, arch::native>();
    seams::check_format<weights<power_of_two, per_group<5>, n_of_m<2, 4>>, arch::native>();
    seams::check_format<weights<power_of_two, unstructured<>, codebook<16>>, support::odd_5x3>();
}
