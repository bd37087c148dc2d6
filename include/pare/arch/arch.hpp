// SPDX-License-Identifier: MIT
// All operations of all instruction sets that this translation unit is compiled for.
#pragma once

#include <pare/arch/avx2.hpp>
#include <pare/arch/avx2_binary.hpp>
#include <pare/arch/avx2_fixed_point.hpp>
#include <pare/arch/avx512.hpp>
#include <pare/arch/avx512_binary.hpp>
#include <pare/arch/avx512_fixed_point.hpp>
#include <pare/arch/avx512_vnni.hpp>
#include <pare/arch/avx_vnni.hpp>
#include <pare/arch/cortex_m_dsp.hpp>
#include <pare/arch/cortex_m_dsp_steps.hpp>
#include <pare/arch/helium.hpp>
#include <pare/arch/helium_steps.hpp>
#include <pare/arch/helium_store.hpp>
#include <pare/arch/helium_taps.hpp>
#include <pare/arch/neon.hpp>
#include <pare/arch/neon_binary.hpp>
#include <pare/arch/neon_fixed_point.hpp>
#include <pare/arch/neon_places.hpp>
#include <pare/arch/portable.hpp>
#include <pare/arch/sse4_1.hpp>
#include <pare/arch/sse4_1_binary.hpp>
#include <pare/arch/summed.hpp>
#include <pare/arch/tags.hpp>
