// SPDX-License-Identifier: MIT
// The exception of compression.
#pragma once

#include <stdexcept>
#include <string>

#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Bad input to compression. The message is one sentence, `entity: rule; got value; needs value`.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

/// Throws the sentence.
[[noreturn]] inline void fail(const std::string& entity, const std::string& rule, const std::string& got, const std::string& needs) {
    throw error(entity + ": " + rule + "; got " + got + "; needs " + needs);
}

}  // namespace detail

}  // namespace pare::inline v0::compress
