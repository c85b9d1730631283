// Which kernel sums up runs of weights that are not zero on this core.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_MLP_SPARSE_HPP
#define EMLEARN_DETAIL_CORES_MLP_SPARSE_HPP

#include "mlp.hpp"

#if defined(__AVR__)
#include "../../mlp/avr_runs.hpp"
namespace emlearn { namespace mlp { namespace detail {

template <class Reader> EMLEARN_INLINE inline int32_t run_sum(const uint16_t* run, const uint8_t* x, int bits) {
  return bits <= 24 ? avr_run24(run, x) : run_in_c<Reader>(run, x);
}

}}}  // namespace emlearn::mlp::detail
#elif EMLEARN_THUMB1 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include "../../mlp/thumb1_runs.hpp"
namespace emlearn { namespace mlp { namespace detail {

template <class> EMLEARN_INLINE inline int32_t run_sum(const uint16_t* run, const uint8_t* x, int) { return thumb1_run(run, x); }

}}}  // namespace emlearn::mlp::detail
#else
#include "../../mlp/runs.hpp"
#endif

namespace emlearn { namespace mlp { namespace detail {

template <class Reader, class E, class Q> EMLEARN_INLINE inline int32_t run_sum(const E* run, const Q* x, int) {
  return run_in_c<Reader>(run, x);
}

}}}  // namespace emlearn::mlp::detail

#endif
