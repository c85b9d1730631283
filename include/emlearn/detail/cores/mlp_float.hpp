// Four rows of a dense layer in float at a time, where the core has vector loads and fused multiply-adds of its own.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_MLP_FLOAT_HPP
#define EMLEARN_DETAIL_CORES_MLP_FLOAT_HPP

#include "../../config.hpp"

#if defined(__thumb2__) && defined(__ARM_FEATURE_FMA) && defined(__ARM_FP) && (__ARM_FP & 4) && defined(__ARM_PCS_VFP)
#include "../../mlp/vfp.hpp"
namespace emlearn { namespace mlp { namespace detail {

template <class X> EMLEARN_CONSTEXPR int four_rows(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  return vector_rows(x, weights, bias, n_in, n_out, out);
}

}}}  // namespace emlearn::mlp::detail
#else
namespace emlearn { namespace mlp { namespace detail {

/// The outputs whose sums were added up here: none.
template <class X> EMLEARN_CONSTEXPR int four_rows(const X*, const float*, const float*, int, int, float*) { return 0; }

}}}  // namespace emlearn::mlp::detail
#endif

#endif
