// SPDX-License-Identifier: MIT
// Formats, kernels, layers and models: everything that runs where a model is deployed. No heap, exceptions, RTTI or I/O.
#pragma once

#include <pare/kernel/conv.hpp>
#include <pare/kernel/dynamic_quantize.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/lookup.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/residual.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/cost.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>
#include <pare/model/recommend.hpp>
#include <pare/model/run.hpp>
#include <pare/model/table.hpp>

/// \namespace pare
/// Formats, kernels, layers and models.

/// \namespace pare::axis
/// Names of the slots of a weight format.

/// \namespace pare::option
/// Names of what a layer may be told.

/// \namespace pare::rounding
/// How sums become outputs.

/// \namespace pare::gap_code
/// Sparse sets as codes of the gaps between their members.

/// \namespace pare::arch
/// Instruction sets: their geometry, and operations that all of them have.
