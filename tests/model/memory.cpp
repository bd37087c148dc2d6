// SPDX-License-Identifier: MIT
// Memory of models that run: what lies on the heap is what executing_bytes says, and running takes an arena and nothing else.
#include <pare/model/run.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include <malloc.h>

#include <pare/io/owned.hpp>
#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/model_check.hpp"

namespace {

// What the program has asked for and holds; other tests of it have threads.
std::atomic<std::size_t> allocations = 0, bytes_held = 0;

void* counted(void* p) {
    if (p == nullptr) throw std::bad_alloc();
    ++allocations;
    bytes_held += malloc_usable_size(p);
    return p;
}
void give_back(void* p) {
    bytes_held -= malloc_usable_size(p);
    std::free(p);
}

}  // namespace

void* operator new(std::size_t n) { return counted(std::malloc(n)); }
void* operator new(std::size_t n, std::align_val_t a) {
    void* p = nullptr;
    return counted(posix_memalign(&p, std::size_t(a), n) == 0 ? p : nullptr);
}
void operator delete(void* p) noexcept { give_back(p); }
void operator delete(void* p, std::size_t) noexcept { give_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { give_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give_back(p); }

namespace {

using namespace pare;

template <class Format>
using net = model<input<int8, 8, 8, 8>, conv2d<32, window<3, 3>, same, Format, relu>, flatten, linear<40, Format, relu>,
                  linear<10, weights<per_channel>>>;

template <class Format, class Arch = arch::native>
void check() {
    using graph = net<Format>;
    CAPTURE(sizeof(arena<graph, Arch>));
    support::lots lots(7);
    const auto drawn = support::draw_parameters<graph>(lots);
    const std::vector<typename graph::input_value> in(graph::input_shape.size(), 3);
    std::vector<typename graph::output_value> out(graph::output_shape.size());

    const std::size_t held = bytes_held, before_packing = allocations;
    const auto packed = pack<Arch, owned>(drawn);
    const std::size_t on_heap = bytes_held - held;
    // A block of the heap is up to 31 bytes longer than what was asked for. Of what does not lie there all lies in the object itself.
    CHECK(on_heap <= executing_bytes(packed) + 32 * (allocations - before_packing));
    CHECK(on_heap + sizeof(packed) >= executing_bytes(packed));

    const auto memory = std::make_unique<arena<graph, Arch>>();
    const std::size_t before_running = allocations;
    for (int i = 0; i < 2; ++i)
        run(packed, std::span<const typename graph::input_value, graph::input_shape.size()>(in),
            std::span<typename graph::output_value, graph::output_shape.size()>(out), *memory);
    CHECK(allocations == before_running);
}

}  // namespace

TEST_CASE("a model that runs lies in executing_bytes and an arena: dense") {
    check<weights<per_channel>>();
    check<weights<int4, per_group<8>>>();
    check<weights<per_channel, codebook<16>>>();
    check<weights<per_channel>, arch::scalar>();
}

TEST_CASE("a model that runs lies in executing_bytes and an arena: pruned") {
    check<weights<per_channel, unstructured<>>>();
    check<weights<per_channel, unstructured<>, codebook<16>>>();
    check<weights<per_channel, n_of_m<2, 4>, codebook<16>>>();
    check<weights<per_channel, blocks<16, 4>>>();
}
