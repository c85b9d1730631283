// Which kernels this core has for layers of TensorFlow Lite's.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_TFLITE_HPP
#define EMLEARN_DETAIL_CORES_TFLITE_HPP

#include "vectors.hpp"

#if EMLEARN_MLP_MVE
#include "../../tflite/mve.hpp"
#endif

#endif
