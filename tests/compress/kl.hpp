// SPDX-License-Identifier: MIT
// The divergence that calibration by entropy makes least, written from its definition.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace support {

/// KL(P || Q) in nats of the values that are not 0, in 2048 bins over [low, high]; `level(x)` is nothing for values outside.
template <class Level>
double kl_of_levels(const std::vector<float>& values, double low, double high, const Level& level) {
    const auto centre = [&](int bin) { return low + (bin + 0.5) * (high - low) / 2048; };
    int first = 2048, last = -1;
    for (int b = 0; b < 2048; ++b)
        if (level(centre(b))) first = std::min(first, b), last = b;
    std::map<int, double> p, inside, q;
    std::map<double, double> mass, filled;
    for (const float v : values) {
        if (v == 0) continue;
        const int bin = std::min(2047, int((double(v) - low) / (high - low) * 2048));
        p[std::clamp(bin, first, last)] += 1;
        if (first <= bin && bin <= last) inside[bin] += 1;
    }
    for (const auto& [bin, count] : inside) mass[*level(centre(bin))] += count, filled[*level(centre(bin))] += 1;
    double all = 0, kept = 0, sum = 0;
    for (const auto& [bin, count] : p) {
        q[bin] = inside.contains(bin) ? mass[*level(centre(bin))] / filled[*level(centre(bin))] : 0.5;
        all += count, kept += q[bin];
    }
    for (const auto& [bin, count] : p) sum += count / all * std::log((count / all) / (q[bin] / kept));
    return sum;
}

}  // namespace support
