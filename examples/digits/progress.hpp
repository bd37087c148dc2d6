// SPDX-License-Identifier: MIT
// How much is done and how long the rest takes, on standard error.
#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include <unistd.h>

namespace digits {

/// Several threads may tell. On a terminal one line is written over again, elsewhere there is a line each ten seconds or so.
class progress_line {
public:
    explicit progress_line(double total) : total_(total) {}

    void add(double work, const std::string& what) {
        const std::scoped_lock lock(mutex_);
        done_ += work;
        const auto now = clock::now();
        if (now - told_ < std::chrono::milliseconds(terminal_ ? 100 : 10'000)) return;
        told_ = now;
        const double share = done_ / total_, elapsed = std::chrono::duration<double>(now - start_).count();
        // A first guess would be a wild one.
        const std::string left = share < 0.02 ? "" : ", about " + time(elapsed / share - elapsed) + " left";
        std::fprintf(stderr, "%s  %.0f %%%s; %s%s", terminal_ ? "\r\033[K" : "", 100 * share, left.c_str(), what.c_str(),
                     terminal_ ? "" : "\n");
        std::fflush(stderr);
    }

    /// Before something else is printed.
    void clear() {
        if (terminal_) std::fprintf(stderr, "\r\033[K");
    }

    std::string elapsed() const { return time(std::chrono::duration<double>(clock::now() - start_).count()); }

private:
    using clock = std::chrono::steady_clock;

    static std::string time(double seconds) {
        return seconds < 90 ? std::to_string(int(seconds + 0.5)) + " s" : std::to_string(int(seconds / 60 + 0.5)) + " min";
    }

    double total_, done_ = 0;
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    clock::time_point start_ = clock::now(), told_ = start_;
    std::mutex mutex_;
};

}  // namespace digits
