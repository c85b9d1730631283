// Kernels of trees that a core has of its own.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_TREES_HPP
#define EMLEARN_DETAIL_CORES_TREES_HPP

#if defined(__AVR__)
#include "../../trees/avr.hpp"
#endif

#endif
