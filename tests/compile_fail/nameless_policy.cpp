// expect: parameters: a file tells formats apart by the names of their policies; got a policy without a name
// SPDX-License-Identifier: MIT
// A user's policy without a name cannot be saved: another one could be loaded in its place.
#include <pare/io/parameters.hpp>
#include <pare/model/model.hpp>

struct sign_of_four {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
#ifdef GOOD
    static constexpr std::string_view name = "sign_of_four";
#endif
    static constexpr int bits = 1, lowest = -4, highest = 4;
    static constexpr value_type decode(std::uint32_t code) { return value_type((code & 1) == 0 ? 4 : -4); }
};
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<sign_of_four>>>;

pare::io::safetensors save(const pare::parameters<net, pare::owned>& p) { return pare::io::to_safetensors(p); }
