// Networks of TensorFlow Lite in int8, with the same answers: their layers, and this core's own kernels for these.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TFLITE_HPP
#define EMLEARN_TFLITE_HPP

#include "detail/cores/tflite.hpp"
#include "tflite/layers.hpp"

#endif
