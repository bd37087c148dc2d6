// SPDX-License-Identifier: MIT
// Compression, on a host: float weights to parameters of a model's type. Throws; uses Eigen.
#pragma once

#include <pare/compress/choose_rate.hpp>
#include <pare/compress/narrow_text.hpp>
#include <pare/compress/order_channels.hpp>
#include <pare/compress/run.hpp>

/// \namespace pare::compress
/// Float weights made small, on a host.
