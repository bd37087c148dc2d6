// expect: run: the arena must have arena_bytes<Model, Arch, Batch, Threads> bytes; use pare::arena<Model, Arch, Batch, Threads>
// expect: got<100U?L?>
// expect: needs<120U?L?>
// SPDX-License-Identifier: MIT
// The first of two layers gives 120 bytes.
#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/pare.hpp>

using net = pare::model<pare::input<pare::int8, 8>, pare::linear<120>, pare::linear<2>>;
using packed = pare::packed<net, pare::arch::scalar>;
#ifdef GOOD
using memory = std::array<std::byte, 120>;
#else
using memory = std::array<std::byte, 100>;
#endif

void classify(const packed& p, const std::array<std::int8_t, 8>& x, std::array<std::int8_t, 2>& y, memory& m) { pare::run(p, x, y, m); }
