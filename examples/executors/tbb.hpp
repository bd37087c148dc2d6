// SPDX-License-Identifier: MIT
// An executor of oneTBB's threads, for programs that have them already.
#pragma once

#include <cstddef>

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace executors {

/// At most `threads` of oneTBB's threads, the caller among them.
class tbb_arena {
public:
    /// By default: as many as the machine has.
    explicit tbb_arena(int threads = tbb::task_arena::automatic) : arena_(threads) { arena_.initialize(); }

    /// How many pieces run at once.
    std::size_t concurrency() const { return std::size_t(arena_.max_concurrency()); }

    /// Calls f(i) for each i in [0, n).
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        // Pieces are large: each is a task.
        arena_.execute([&] { tbb::parallel_for(std::size_t(0), n, f, tbb::simple_partitioner()); });
    }

private:
    mutable tbb::task_arena arena_;
};

}  // namespace executors
