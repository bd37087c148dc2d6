// SPDX-License-Identifier: MIT
// Scores on disk, a line each as soon as it is known, so that a run that was interrupted goes on where it stopped.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include <pare/compress/cross_validation.hpp>
#include <pare/io/error.hpp>

namespace digits {

class journal {
public:
    /// Opens or begins the file at `path`; an empty path keeps scores in memory only. `settings` is one line on which all scores
    /// depend; a journal of others is refused.
    journal(const std::filesystem::path& path, const std::string& settings) {
        if (path.empty()) return;
        if (std::ifstream old(path); old) read(old, path, settings);
        if (path.has_parent_path()) create_directories(path.parent_path());
        // Written anew without a line that was cut short.
        file_.open(path, std::ios::trunc);
        file_ << settings << '\n';
        for (const auto& [task, score] : scores_) write(task, score);
        if (!file_.flush()) throw pare::io::error(path.string() + ": cannot be written");
        path_ = path;
    }

    std::size_t size() const { return scores_.size(); }

    std::optional<double> find(const pare::compress::rate_task& task) const {
        const auto at = scores_.find(task);
        return at == scores_.end() ? std::nullopt : std::optional(at->second);
    }

    void add(const pare::compress::rate_task& task, double score) {
        scores_[task] = score;
        if (path_.empty()) return;
        write(task, score);
        if (!file_.flush()) throw pare::io::error(path_.string() + ": cannot be written");
    }

private:
    void read(std::ifstream& old, const std::filesystem::path& path, const std::string& settings) {
        std::string line;
        std::getline(old, line);
        if (line.empty()) return;
        if (line != settings)
            throw pare::io::error(path.string() + ": scores of other settings; got \"" + line + "\"; needs \"" + settings +
                                  "\", or another file");
        while (std::getline(old, line)) {
            if (old.eof()) return;  // no end of line: cut short
            std::istringstream words(line);
            std::string name, rate, score;
            pare::compress::rate_task task;
            bool known = false;
            words >> name >> task.fold >> rate >> score;
            for (const auto by : pare::compress::all_criteria)
                if (name_of(by) == name) task.by = by, known = true;
            if (!words || !known) throw pare::io::error(path.string() + ": a line is no score; got \"" + line + "\"; needs another file");
            task.rate = std::strtod(rate.c_str(), nullptr);
            scores_[task] = std::strtod(score.c_str(), nullptr);
        }
    }

    void write(const pare::compress::rate_task& task, double score) {
        char numbers[80];  // hexadecimal floats come back as they were
        std::snprintf(numbers, sizeof numbers, " %zu %a %a\n", task.fold, task.rate, score);
        file_ << name_of(task.by) << numbers;
    }

    std::filesystem::path path_;
    std::ofstream file_;
    std::map<pare::compress::rate_task, double> scores_;
};

}  // namespace digits
