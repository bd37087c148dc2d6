// SPDX-License-Identifier: MIT
// A program that uses the library from outside.
#include <cstdio>

#include <pare/core/config.hpp>
#if __has_include(<pare/pare.hpp>)
#include <pare/pare.hpp>
#endif
#include <pare/core/bits.hpp>

#if defined(WANT_HOST)
#include <zlib.h>
#include <Eigen/Core>
#include <nlohmann/json.hpp>
#if __has_include(<pare/io.hpp>)
#include <pare/io.hpp>
#endif
#if __has_include(<pare/compress.hpp>)
#include <pare/compress.hpp>
#endif
#endif
#if defined(WANT_SCALAR) != defined(PARE_SCALAR_ONLY)
#error "pare::scalar, and nothing else, defines PARE_SCALAR_ONLY"
#endif

int main() {
    std::printf("pare %d.%d.%d\n", PARE_VERSION / 10000, PARE_VERSION / 100 % 100, PARE_VERSION % 100);
    return pare::bits_for(16) == 4 ? 0 : 1;
}
