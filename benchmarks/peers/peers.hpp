// SPDX-License-Identifier: MIT
// Own layers beside those of the peers that are installed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "measure.hpp"
#include "own.hpp"
#include "peers/onednn.hpp"
#if defined(PARE_BENCH_XNNPACK_UPSTREAM)
#include "peers/xnnpack_upstream.hpp"
#elif defined(PARE_BENCH_XNNPACK)
#include "peers/xnnpack.hpp"
#endif
#include "report.hpp"

namespace bench {

/// `Own` beside the peers, after all have been seen to give the same; `what` says where they do not.
template <class Own>
std::vector<contestant> contestants(const quantized_work& w, std::string& what) {
    std::vector<contestant> all;
    const auto own = std::make_shared<Own>(w);
    own->run();
    all.push_back({"pare", [own] { own->run(); }});
    const auto add = [&](const char* name, const auto& peer) {
        peer->run();
        if (what.empty()) what = difference(own->output, peer->output, name);
        all.push_back({name, [peer] { peer->run(); }});
    };
    if (w.e.kernel == 1 && w.e.width == 1) {
        add("oneDNN inner_product", onednn::inner_product(w));
        add("oneDNN matmul", onednn::matmul(w));
    } else {
        add("oneDNN convolution", onednn::convolution(w));
    }
#if defined(PARE_BENCH_XNNPACK)
    add(xnnpack::name, std::make_shared<xnnpack::layer>(w));
#endif
    return all;
}

/// The row of M x N x K, called "`kind` MxNxK`rest`".
template <class Arch, std::size_t M, std::size_t N, std::size_t K>
void add_gemm(comparison& table, const std::string& kind, const std::string& rest = "") {
    static constexpr extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    table.add(kind + " " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K) + rest, std::string(Arch::name),
              e.operations(),
              [](std::string& what) { return contestants<own_gemm<Arch, pare::rounding::fp32, M, N, K>>(quantized_work(e), what); });
}

}  // namespace bench
