// SPDX-License-Identifier: MIT
// An executor of threads that stay: they wait for work instead of being made for it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace executors {

/// `threads` threads, one of which is the caller. Who waits spins for a while before it sleeps: kernels follow one another within
/// microseconds, and waking a thread takes tens of them. Calls from within a piece of work, or while another thread has the pool, are
/// done by their caller alone. What is called must not throw.
class thread_pool {
public:
    /// With 0 threads: one. `spin` is how long they wait awake.
    explicit thread_pool(std::size_t threads = std::thread::hardware_concurrency(),
                         std::chrono::nanoseconds spin = std::chrono::microseconds(50))
        : spin_(spin) {
        for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool() {
        unclaimed_.store(over, std::memory_order_release);
        unclaimed_.notify_all();
        for (std::thread& t : workers_) t.join();
    }

    /// How many pieces run at once.
    std::size_t concurrency() const { return workers_.size() + 1; }

    /// Calls f(i) for each i in [0, n).
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        if (n <= 1 || workers_.empty() || busy_.exchange(true, std::memory_order_acquire)) {
            for (std::size_t i = 0; i < n; ++i) f(i);
            return;
        }
        context_ = &f;
        call_ = [](const void* context, std::size_t i) { (*static_cast<const F*>(context))(i); };
        unfinished_.store(int(n), std::memory_order_relaxed);
        unclaimed_.store(int(n), std::memory_order_release);  // from here on the others may read all of this
        unclaimed_.notify_all();
        while (do_one()) {
        }
        for (int left = unfinished_.load(std::memory_order_acquire); left != 0; left = await_change(unfinished_, left)) {
        }
        busy_.store(false, std::memory_order_release);
    }

private:
    static constexpr int over = -1;

    void work() const {
        for (int left = 0; left != over;)
            if (!do_one()) left = await_change(unclaimed_, 0);
    }

    /// Claims a piece and does it, if there is one. Only who has claimed reads what the caller has written: until that piece is finished
    /// the caller writes nothing new.
    bool do_one() const {
        int left = unclaimed_.load(std::memory_order_relaxed);
        while (left > 0)
            if (unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
                call_(context_, std::size_t(left - 1));
                if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
                return true;
            }
        return false;
    }

    /// Returns when the number is another one, with that. Does not yield: on a busy machine who yields waits for a slice of everybody
    /// else's, while who sleeps is woken at once.
    int await_change(const std::atomic<int>& number, int old) const {
        const auto end = std::chrono::steady_clock::now() + spin_;
        do {
            if (const int now = number.load(std::memory_order_acquire); now != old) return now;
        } while (std::chrono::steady_clock::now() < end);
        number.wait(old, std::memory_order_acquire);
        return number.load(std::memory_order_acquire);
    }

    std::chrono::nanoseconds spin_;
    mutable std::atomic<bool> busy_ = false;
    mutable const void* context_ = nullptr;
    mutable void (*call_)(const void*, std::size_t) = nullptr;
    alignas(64) mutable std::atomic<int> unclaimed_ = 0;   ///< pieces that nobody has begun, or `over`
    alignas(64) mutable std::atomic<int> unfinished_ = 0;  ///< pieces that somebody has still to finish
    std::vector<std::thread> workers_;
};

}  // namespace executors
