// SPDX-License-Identifier: MIT
// The exception of the readers and writers.
#pragma once

#include <stdexcept>
#include <string>

#include <pare/core/config.hpp>

namespace pare::inline v0::io {

/// Bad input, or a file that cannot be read or written. The message is one sentence, `entity: rule; got value; needs value`,
/// where the entity names the file, and the tensor where there is one.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

/// Throws the sentence.
[[noreturn]] inline void fail(const std::string& entity, const std::string& rule, const std::string& got, const std::string& needs) {
    throw error(entity + ": " + rule + "; got " + got + "; needs " + needs);
}

/// "5 bytes", "1 byte".
inline std::string bytes_text(unsigned long long count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

}  // namespace detail

}  // namespace pare::inline v0::io
