// SPDX-License-Identifier: MIT
// What compression computes with.
#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Rows are outputs of a layer, or samples; a sample is an activation tensor flattened in the order height, width, channel.
using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using vector = Eigen::VectorXf;  ///< one float for each of something

/// 1 where a weight exists, 0 where it does not.
using presence = Eigen::Array<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace pare::inline v0::compress
