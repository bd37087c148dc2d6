// SPDX-License-Identifier: MIT
// Own layers beside those of the peers that are installed.
#pragma once

#include <functional>
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

/// A product by any rounding.
template <class Arch, std::size_t M, std::size_t N, std::size_t K>
struct own_by {
    template <class Rounding>
    using with = own_gemm<Arch, Rounding, M, N, K>;
};

/// Own work by the roundings that peers do not have.
template <template <class> class Own>
void add_roundings(std::vector<contestant>& all, const quantized_work& w) {
    const auto add = [&]<class Rounding>(const char* name, Rounding) {
        const auto own = std::make_shared<Own<Rounding>>(w);
        all.push_back({name, [own] { own->run(); }, false});
    };
    add("single", pare::rounding::single{});
    add("gemmlowp", pare::rounding::gemmlowp{});
}

/// The row of M x N x K, called "`kind` MxNxK`rest`"; other roundings beside it.
template <class Arch, std::size_t M, std::size_t N, std::size_t K>
void add_gemm(comparison& table, const std::string& kind, const std::string& rest = "",
              const std::function<void(std::vector<contestant>&)>& more = {}) {
    static constexpr extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    table.add(kind + " " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K) + rest, std::string(Arch::name),
              e.operations(), [more](std::string& what) {
                  const quantized_work w(e);
                  auto all = contestants<own_gemm<Arch, pare::rounding::fp32, M, N, K>>(w, what);
                  add_roundings<own_by<Arch, M, N, K>::template with>(all, w);
                  if (more) more(all);
                  return all;
              });
}

/// A convolution by any rounding.
template <class Arch, extents E>
struct own_convolution_by {
    template <class Rounding>
    struct chosen {
        using type = own_conv<Arch, Rounding, E>;
    };
    template <class Rounding>
        requires(E.depthwise)
    struct chosen<Rounding> {
        using type = own_depthwise<Rounding, E>;
    };
    template <class Rounding>
    using with = typename chosen<Rounding>::type;
};

/// The row of a convolution, called "`kind` HxWxC->N", of a depthwise one "`kind` HxWxC"; other roundings beside it.
template <class Arch, extents E>
void add_convolution(comparison& table, const std::string& kind) {
    std::string work = kind + " " + std::to_string(E.height) + "x" + std::to_string(E.width) + "x" + std::to_string(E.channels);
    if (!E.depthwise) work += "->" + std::to_string(E.outputs);
    if (E.stride > 1) work += " stride " + std::to_string(E.stride);
    table.add(work, std::string(Arch::name), E.operations(), [](std::string& what) {
        const quantized_work w(E);
        auto all = contestants<typename own_convolution_by<Arch, E>::template with<pare::rounding::fp32>>(w, what);
        add_roundings<own_convolution_by<Arch, E>::template with>(all, w);
        return all;
    });
}

}  // namespace bench
