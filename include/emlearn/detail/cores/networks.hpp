// Which kernel this core has for four depthwise sums.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_NETWORKS_HPP
#define EMLEARN_DETAIL_CORES_NETWORKS_HPP

#include "../../config.hpp"

#if defined(__ARM_FEATURE_UNALIGNED) && defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__ARMEL__)
#include "../../networks/dsp_four.hpp"
#else
#include "../../networks/four.hpp"
#endif

#endif
