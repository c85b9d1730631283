// Kernels of trees that a core has of its own.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_TREES_HPP
#define EMLEARN_DETAIL_CORES_TREES_HPP

#include "../../config.hpp"

#if defined(__AVR__)
#include "trees_avr.hpp"
#elif EMLEARN_THUMB1 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include "../../trees/thumb1.hpp"
#endif

#endif
