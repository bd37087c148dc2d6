// SPDX-License-Identifier: MIT
// What the report says of the machine.
#include <fstream>
#include <string>

#include "report.hpp"

namespace digits {

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) {
            const std::size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
            if (line.find(':') != std::string::npos && at != std::string::npos) return line.substr(at);
        }
    return "a processor that the system does not name";
}

std::string compiler_name() {
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
    return std::string("g++ ") + __VERSION__;
#else
    return "an unknown compiler";
#endif
}

}  // namespace digits
