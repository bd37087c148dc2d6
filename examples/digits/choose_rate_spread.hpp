// SPDX-License-Identifier: MIT
// Tasks spread over threads of one process, or over the processes of an MPI program.
#pragma once

#include <cstddef>
#include <cstdio>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

#include <pare/compress/cross_validation.hpp>
#include <pare/compress/parallel.hpp>

#ifdef PARE_MPI
#include <array>
#include <vector>

#include <mpi.h>
#endif

namespace digits {

using scorer = pare::compress::cross_validation;
using pare::compress::rate_task;

inline std::string spell(const rate_task& t) {
    char text[96];
    std::snprintf(text, sizeof text, "%s, fold %zu, rate %.4g", std::string(name_of(t.by)).c_str(), t.fold + 1, t.rate);
    return text;
}

/// Scores tasks and calls finished(i, score) for each, one call at a time.
template <class Finished>
void run_on_threads(const scorer& score, std::span<const rate_task> tasks, unsigned threads, const Finished& finished) {
    std::mutex one_at_a_time;
    pare::compress::thread_executor{threads}(tasks.size(), [&](std::size_t i) {
        const double result = score(tasks[i]);
        const std::lock_guard lock(one_at_a_time);
        finished(i, result);
    });
}

#ifdef PARE_MPI

/// The processes of an MPI program. Process 0 hands tasks out, one at a time, to the others, which `serve`.
class processes {
public:
    processes(int& argc, char**& argv) {
        MPI_Init(&argc, &argv);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    }
    processes(const processes&) = delete;
    ~processes() { MPI_Finalize(); }

    int size() const { return size_; }
    int rank() const { return rank_; }

    /// Of process 0. Throws where a process failed, with its number, the task and its own words.
    template <class Finished>
    void hand_out(std::span<const rate_task> tasks, const Finished& finished) const {
        std::size_t next = 0, done = 0;
        std::vector<std::size_t> doing(std::size_t(size_), 0);
        const auto give = [&](int to) {
            if (next == tasks.size()) return;
            const rate_task& t = tasks[next];
            const message m{t.rate, double(t.by), double(t.fold), 0};
            doing[std::size_t(to)] = next++;
            MPI_Send(m.data(), int(m.size()), MPI_DOUBLE, to, work, MPI_COMM_WORLD);
        };
        for (int to = 1; to < size_; ++to) give(to);
        while (done < tasks.size()) {
            message m{};
            MPI_Status status;
            MPI_Recv(m.data(), int(m.size()), MPI_DOUBLE, MPI_ANY_SOURCE, result, MPI_COMM_WORLD, &status);
            const std::size_t task = doing[std::size_t(status.MPI_SOURCE)];
            if (m[1] != 0) {
                std::string why(std::size_t(m[2]), ' ');
                MPI_Recv(why.data(), int(why.size()), MPI_CHAR, status.MPI_SOURCE, words, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                throw std::runtime_error("process " + std::to_string(status.MPI_SOURCE) + " failed at " + spell(tasks[task]) + ": " + why);
            }
            finished(task, m[0]);
            ++done;
            give(status.MPI_SOURCE);
        }
    }

    /// Of process 0: the others are done.
    void dismiss() const {
        const message m{};
        for (int to = 1; to < size_; ++to) MPI_Send(m.data(), int(m.size()), MPI_DOUBLE, to, leave, MPI_COMM_WORLD);
    }

    /// Of the other processes: scores what comes until it is dismissed.
    template <class Score>
    void serve(const Score& score) const {
        for (;;) {
            message m{};
            MPI_Status status;
            MPI_Recv(m.data(), int(m.size()), MPI_DOUBLE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
            if (status.MPI_TAG == leave) return;
            const rate_task task{pare::compress::criterion(int(m[1])), std::size_t(m[2]), m[0]};
            std::string why;
            m = {};
            try {
                m[0] = score(task);
            } catch (const std::exception& e) {
                why = e.what();
                m[1] = 1, m[2] = double(why.size());
            }
            MPI_Send(m.data(), int(m.size()), MPI_DOUBLE, 0, result, MPI_COMM_WORLD);
            if (m[1] != 0) MPI_Send(why.data(), int(why.size()), MPI_CHAR, 0, words, MPI_COMM_WORLD);
        }
    }

    /// Ends all processes at once.
    [[noreturn]] static void abort() {
        MPI_Abort(MPI_COMM_WORLD, 1);
        std::terminate();
    }

private:
    using message = std::array<double, 4>;  ///< a task: rate, criterion, fold; a result: score, whether it failed, length of the words
    enum tag : int { work, leave, result, words };
    int size_ = 1, rank_ = 0;
};

#endif

}  // namespace digits
