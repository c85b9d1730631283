// Gaussians with full or tied covariances on integer rows: whitened by a triangle, squared and added up, the same on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_GAUSSIAN_WHITENED_HPP
#define EMLEARN_GAUSSIAN_WHITENED_HPP

#include "fixed.hpp"

namespace emlearn { namespace gaussian { namespace fixed {

namespace detail {

/// The sum of a_i u_i; the caller proves that it fits. A function of its own: inside of other loops Cortex-M0+ has no registers left for
/// it.
template <class Reader> EMLEARN_NOINLINE EMLEARN_CONSTEXPR int32_t products(const int16_t* a, const int16_t* u, int n) {
  int32_t sum = 0;
  for (int i = 0; i < n; ++i) sum += static_cast<int32_t>(u[i]) * Reader::read(a + i);
  return sum;
}

/// 2^-8 of the same with a_i as 0 to 65535, each product rounded down.
template <class Reader> EMLEARN_NOINLINE EMLEARN_CONSTEXPR int32_t lower_products(const int16_t* a, const int16_t* u, int n) {
  int32_t sum = 0;
  for (int i = 0; i < n; ++i) sum += (static_cast<int32_t>(u[i]) * static_cast<uint16_t>(Reader::read(a + i))) >> 8;
  return sum;
}

}  // namespace detail

/// What both forms below have: offsets and words of slopes of 16 bits.
struct of_words {
  typedef int16_t slope;
  typedef int32_t intercept;
  enum { triangular = 1, share = 4 };

  static EMLEARN_CONSTEXPR int32_t aligned(int32_t u, uint8_t bits) { return squares::aligned(u, bits); }
};

/// z_j = (sum over i <= j of slope_ij * u_i - intercept_j) / 2^shift for u of 16 bits, and its square: nothing cancels but in exact sums.
template <class Slope> struct whitened;

/// Slopes of 16 bits: all is 32-bit arithmetic, and z has 16 bits.
template <> struct whitened<int16_t> : of_words {
  typedef int32_t sum;
  enum { words = 1, most_features = 127, least_shift = 16 };

  template <class Reader> static EMLEARN_CONSTEXPR int32_t along(const slope* a, const int16_t* u, int n) {
    return detail::products<Reader>(a, u, n);
  }
  static EMLEARN_CONSTEXPR sum term(int32_t wide) {
    const int16_t z = static_cast<int16_t>(wide);
    return static_cast<sum>(static_cast<uint32_t>(static_cast<int32_t>(z) * z) >> 8);
  }
  static EMLEARN_CONSTEXPR sum largest_term() { return static_cast<sum>(1) << 22; }
  /// What the terms of n columns lose in the mean, being rounded down.
  static EMLEARN_CONSTEXPR sum lost(int n) { return n / 2; }
  /// What upper products and intercepts may come to.
  static EMLEARN_CONSTEXPR int64_t most() { return 0x7fffffff; }
};

/// Slopes of 32 bits as two words, the upper ones of a column before its lower ones: sums of products stay 32-bit arithmetic, in steps of
/// 2^16 slopes. z has 26 bits and its square 64.
template <> struct whitened<int32_t> : of_words {
  typedef int64_t sum;
  enum { words = 2, most_features = 255, least_shift = 4 };

  template <class Reader> static EMLEARN_CONSTEXPR int32_t along(const slope* a, const int16_t* u, int n) {
    return detail::products<Reader>(a, u, n) + (detail::lower_products<Reader>(a + n, u, n) >> 8);
  }
  static EMLEARN_CONSTEXPR sum term(int32_t z) { return static_cast<int64_t>(z) * z; }
  static EMLEARN_CONSTEXPR sum largest_term() { return static_cast<sum>(1) << 52; }
  static EMLEARN_CONSTEXPR sum lost(int) { return 0; }
  /// 2^30 with what lower products may add: 255 times 2^15.
  static EMLEARN_CONSTEXPR int64_t most() { return 0x40000000 - 0x800000; }
};

/// The tables of K components over F features in the form Form (above); Origin is int16_t or int32_t.
/// sum[k] = constant[k] - sum over j of term(z_kj), in steps of `unit` nats, with offsets u as the diagonal forms have them.
/// Emitted headers have the same members as constants of a type, because a constant object of this one would lie in RAM.
template <class Form, class Origin> struct triangles : view<Form, Origin> {
  int n_matrices_;
  uint8_t shift_;

  constexpr triangles(const view<Form, Origin>& tables, int n_matrices, uint8_t shift)
      : view<Form, Origin>(tables), n_matrices_(n_matrices), shift_(shift) {}
  /// K, or 1 that is all components': then slope has F (F + 1) / 2 entries (of one word or two) and not K times as many. Column by column,
  /// of each column that of all matrices, rows 0 to j; intercept is F x K.
  constexpr int n_matrices() const { return n_matrices_; }
  constexpr uint8_t shift() const { return shift_; }
};

template <> struct terms<1> {
  template <class Form, class Reader, class V, class X>
  static EMLEARN_CONSTEXPR void subtract(const V& v, const X* x, typename Form::sum* out, int16_t* offsets) {
    const typename Form::slope* column = v.slope();
    const typename Form::intercept* intercept = v.intercept();
    for (int j = 0; j < v.n_features(); ++j) {
      offsets[j] = static_cast<int16_t>(offset<Form, Reader>(v, x, j));
      int32_t shared = 0;
      for (int k = 0; k < v.n_components(); ++k, ++intercept) {
        if (k < v.n_matrices()) {
          shared = Form::template along<Reader>(column, offsets, j + 1);
          column += Form::words * (j + 1);
        }
        out[k] -= Form::term((shared - Reader::read(intercept)) >> v.shift());
      }
    }
  }
};

/// The joint log-likelihood of each class, or, of two, how far the second's is above the first's.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR void joints(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets) {
  sums<Form, Reader>(v, x, scratch, offsets);
  if (v.n_components() == 2) {
    out[0] = static_cast<float>(scratch[1] - scratch[0]) * v.unit();
    return;
  }
  for (int k = 0; k < v.n_components(); ++k) out[k] = static_cast<float>(scratch[k]) * v.unit();
}

/// Of one component: by how much the squared distance is below the limit.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR void decision_function(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets) {
  sums<Form, Reader>(v, x, scratch, offsets);
  out[0] = static_cast<float>(scratch[0]) * v.unit();
}

/// Likewise: the squared distance from the mean, what the floors of its squares lose in the mean added.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR void mahalanobis(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets) {
  sums<Form, Reader>(v, x, scratch, offsets);
  out[0] = static_cast<float>(Reader::read(v.constant()) - scratch[0] + Form::lost(v.n_features())) * v.unit();
}

/// Minus that: the larger, the more normal.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR void nearness(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets) {
  mahalanobis<Form, Reader>(v, x, out, scratch, offsets);
  out[0] = -out[0];
}

/// +1 for a row within the limit, else -1.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR int detect(const V& v, const X* x, typename Form::sum* scratch, int16_t* offsets) {
  sums<Form, Reader>(v, x, scratch, offsets);
  return scratch[0] < 0 ? -1 : 1;
}

/// Whether the tables are those of a model: lengths (in entries) agree, and no row of any raw type makes a product or a sum overflow.
template <class Form, class V> EMLEARN_CONSTEXPR bool valid_triangles(const V& v, ptrdiff_t n_origin, ptrdiff_t n_bits, ptrdiff_t n_slope,
                                                                      ptrdiff_t n_intercept, ptrdiff_t n_constant) {
  const int n = v.n_features(), k_end = v.n_components(), matrices = v.n_matrices();
  if (n < 1 || n > Form::most_features || k_end < 1 || !(v.unit() > 0.0f) || (matrices != 1 && matrices != k_end)) return false;
  if (v.shift() < Form::least_shift || v.shift() > 30) return false;
  const ptrdiff_t triangle = static_cast<ptrdiff_t>(n) * (n + 1) / 2;
  if (n_origin != n || n_bits != n || n_slope != triangle * matrices * Form::words) return false;
  if (n_intercept != static_cast<ptrdiff_t>(n) * k_end || n_constant != k_end || !reachable(v)) return false;
  const typename Form::sum most = largest_sum<Form>();
  if (n * Form::largest_term() > most / Form::share) return false;
  for (int k = 0; k < k_end; ++k)
    if (v.constant()[k] > most / 4 || v.constant()[k] < -(most / 2)) return false;
  ptrdiff_t at = 0;
  for (int j = 0; j < n; ++j) {
    int64_t left = 0;
    for (int k = 0; k < k_end; ++k) {
      if (k < matrices) {
        left = Form::most();
        for (int i = 0; i <= j; ++i) left -= static_cast<int64_t>(v.slope()[at + i] < 0 ? -v.slope()[at + i] : v.slope()[at + i]) << 15;
        at += Form::words * (j + 1);
      }
      const int64_t intercept = v.intercept()[static_cast<ptrdiff_t>(j) * k_end + k];
      if ((intercept < 0 ? -intercept : intercept) > left) return false;
    }
  }
  return true;
}

}}}  // namespace emlearn::gaussian::fixed

#endif
