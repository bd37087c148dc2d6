// SPDX-License-Identifier: MIT
// One form of the digits network, in flash.
#include "digits.hpp"
#include "int8_per_channel.hpp"
#include "int8_per_channel_expected.hpp"

int main() {
    static board::arena memory;
    return run_digits(board::network, board::run, memory.data(), expected);
}
