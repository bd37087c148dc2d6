// SPDX-License-Identifier: MIT
// Files: readers, parameters saved and loaded, headers emitted. For hosts.
#pragma once

#include <pare/io/check_parameters.hpp>
#include <pare/io/emit.hpp>
#include <pare/io/error.hpp>
#include <pare/io/idx.hpp>
#include <pare/io/owned.hpp>
#include <pare/io/parameters.hpp>
#include <pare/io/safetensors.hpp>
#include <pare/io/tensor.hpp>

/// \namespace pare::io
/// Files, on a host.
