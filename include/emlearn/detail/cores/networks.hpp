// Which kernels this core has for depthwise sums and pools, and to move values.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_NETWORKS_HPP
#define EMLEARN_DETAIL_CORES_NETWORKS_HPP

#include "mlp.hpp"

#if EMLEARN_MLP_MVE
#include "../../networks/mve_move.hpp"
#include "../../networks/mve_place.hpp"
#include "../../networks/mve_pools.hpp"
#elif defined(__ARM_FEATURE_UNALIGNED) && defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__ARMEL__)
#include "../../networks/dsp_four.hpp"
#else
#include "../../networks/four.hpp"
#endif

#endif
