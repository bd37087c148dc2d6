// SPDX-License-Identifier: MIT
// Formats, kernels, layers and models: everything that runs where a model is deployed. No heap, exceptions, RTTI or I/O.
#pragma once

#include <pare/kernel/conv.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/cost.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>
#include <pare/model/run.hpp>
#include <pare/model/table.hpp>
