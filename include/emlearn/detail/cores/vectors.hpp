// Whether the core has vectors of integers (Helium).
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_VECTORS_HPP
#define EMLEARN_DETAIL_CORES_VECTORS_HPP

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__ARMEL__)
#define EMLEARN_MLP_MVE 1
#else
#define EMLEARN_MLP_MVE 0
#endif

#endif
