// SPDX-License-Identifier: MIT
// Parts of Markdown pages that programs write.
#pragma once

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <pare/kernel/execution.hpp>

namespace bench {

inline std::string number(const char* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

inline std::string name_of(pare::form f) {
    switch (f) {
        case pare::form::expanded:
            return "expanded";
        case pare::form::coded:
            return "coded";
        case pare::form::gathered:
            return "gathered";
        case pare::form::skipped:
            return "skipped";
        case pare::form::structured:
            return "structured";
        case pare::form::picked:
            return "picked";
    }
    return "";
}

/// Writes `text` between the marks of `program` in a page.
inline bool write_page(const std::string& path, const std::string& program, const std::string& text) {
    std::ifstream in(path);
    std::string page{std::istreambuf_iterator<char>(in), {}};
    const std::string begin = "<!-- written by " + program + " -->\n", end = "<!-- end -->";
    const std::size_t from = page.find(begin), to = from == page.npos ? from : page.find(end, from);
    if (to == page.npos) return false;
    page.replace(from + begin.size(), to - from - begin.size(), text);
    return bool(std::ofstream(path) << page);
}

}  // namespace bench
