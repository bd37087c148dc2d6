// SPDX-License-Identifier: MIT
// A baseline program that chooses among the builds of one source by what the processor has. Prints the archs that it ran; every arch
// that the processor has must give the same scores.
#include <algorithm>
#include <array>
#include <cstdio>

#include "classify.hpp"

namespace {

using scores = std::array<std::int8_t, score_count>;

constexpr unsigned seeds = 20;

std::array<std::int8_t, image_size> image(unsigned seed) {
    std::array<std::int8_t, image_size> pixels{};
    std::generate(pixels.begin(), pixels.end(), [&] { return std::int8_t((seed = seed * 1664525u + 1013904223u) >> 24); });
    return pixels;
}

template <class Arch>
bool run() {
    std::printf("%s\n", Arch::name.data());
    bool same = true;
    for (unsigned seed = 0; seed < seeds; ++seed) {
        scores expected{}, got{};
        classify(pare::arch::scalar{}, seed, image(seed).data(), expected.data());
        classify(Arch{}, seed, image(seed).data(), got.data());
        const auto [low, high] = std::minmax_element(expected.begin(), expected.end());
        same = same && got == expected && *high - *low > 20;
    }
    return same;
}

}  // namespace

int main() {
    bool same = true;
#if defined(__aarch64__)
    if (pare::arch::available<pare::arch::neon_i8mm>()) same = run<pare::arch::neon_i8mm>();
    if (pare::arch::available<pare::arch::neon_dotprod>()) same = run<pare::arch::neon_dotprod>() && same;
    if (pare::arch::available<pare::arch::neon>()) same = run<pare::arch::neon>() && same;
#else
    if (pare::arch::available<pare::arch::zen4>()) same = run<pare::arch::zen4>();
    if (pare::arch::available<pare::arch::avx512_vnni>()) same = run<pare::arch::avx512_vnni>() && same;
    if (pare::arch::available<pare::arch::avx512>()) same = run<pare::arch::avx512>() && same;
    if (pare::arch::available<pare::arch::avx_vnni>()) same = run<pare::arch::avx_vnni>() && same;
    if (pare::arch::available<pare::arch::avx2>()) same = run<pare::arch::avx2>() && same;
    if (pare::arch::available<pare::arch::sse4_1>()) same = run<pare::arch::sse4_1>() && same;
#endif
    same = run<pare::arch::scalar>() && same;
    std::printf(same ? "same scores\n" : "different scores\n");
    return same ? 0 : 1;
}
