// SPDX-License-Identifier: MIT
// Measures of what compression costs and gains. For hosts.
#pragma once

#include <pare/metrics/classification.hpp>
#include <pare/metrics/error.hpp>
#include <pare/metrics/pareto.hpp>
#include <pare/metrics/sensitivity.hpp>
#include <pare/metrics/timing.hpp>

/// \namespace pare::metrics
/// Measures of what compression costs and gains, on a host.
