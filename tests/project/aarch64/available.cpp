// SPDX-License-Identifier: MIT
// A program for any AArch64: the archs that this one has.
#include <cstdio>

#include <pare/arch/tags.hpp>

namespace {

template <class... Arch>
int list() {
    std::size_t count = 0;
    ((pare::arch::available<Arch>() ? void(++count), void(std::printf("%s\n", Arch::name.data())) : void()), ...);
    return count > 0 ? 0 : 1;
}

}  // namespace

int main() { return list<pare::arch::neon, pare::arch::neon_dotprod, pare::arch::neon_i8mm>(); }
