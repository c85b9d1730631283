// Gaussian classes and mixtures: the joint log-likelihood of a row, the likeliest class, probabilities.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_GAUSSIAN_HPP
#define EMLEARN_GAUSSIAN_HPP

#include "detail/exponential.hpp"
#include "detail/two_float.hpp"

namespace emlearn { namespace gaussian {

/// The tables of a model with K components over F features; an entry is Precision::words floats.
/// joint[k] = -(cost[k] + |z|^2), where z is x + shift[k] in units of sqrt(2) standard deviations: shift is minus the mean, and the
/// smallest sum is the likeliest, so that predictions need nothing but additions and multiplications of the float library. Emitted headers
/// have the same members as constants of a type, because a constant object of this one would lie in RAM.
struct view {
  int n_features_;
  int n_components_;
  const float* shift_;
  const float* scale_;
  const float* cost_;

  constexpr int n_features() const { return n_features_; }
  constexpr int n_components() const { return n_components_; }
  /// K x F.
  constexpr const float* shift() const { return shift_; }
  /// diag K x F, spherical K, full K triangles, tied one triangle: F (F + 1) / 2 entries, column by column.
  constexpr const float* scale() const { return scale_; }
  /// K.
  constexpr const float* cost() const { return cost_; }
};

namespace detail {

/// A sum that is beyond this, or not a number, counts as this: answers stay numbers for every input.
EMLEARN_CONSTEXPR float saturation() { return 1e38f; }

/// The sum of ((x_i + shift_i) * scale_i)^2, step by step in P's numbers.
template <class P, int InIntegers> struct square_sum {
  template <int PerFeature, class Reader, class X>
  static EMLEARN_CONSTEXPR typename P::number sum(int n, const float* shift, const float* scale, const X* x, float limit) {
    typename P::number sum = P::zero();
    for (int i = 0; i < n; ++i) {
      const typename P::number difference = P::shifted(x[i], P::template read<Reader>(shift));
      sum = P::add_square(sum, P::product(difference, P::template read<Reader>(scale)));
      if (P::passed(sum, limit)) break;
      shift += P::words;
      scale += PerFeature * P::words;
    }
    return sum;
  }
};
/// Or in integers, in running code.
template <class P> struct square_sum<P, 1> {
  template <int PerFeature, class Reader, class X>
  static EMLEARN_CONSTEXPR typename P::number sum(int n, const float* shift, const float* scale, const X* x, float limit) {
    if (EMLEARN_CONSTANT_EVALUATION()) return square_sum<P, 0>::template sum<PerFeature, Reader>(n, shift, scale, x, limit);
    return emlearn::detail::integer_floats::sum_of_squares<typename P::entry, PerFeature, Reader>(n, shift, scale, x, limit);
  }
};

/// scale's entry i goes with feature i: z_i = (x_i + shift_i) * scale_i. PerFeature 0: one entry for all.
template <int PerFeature> struct diagonal {
  enum { is_triangular = 0 };
  template <class P, class Reader, class X> static EMLEARN_CONSTEXPR typename P::number distance(int n, const float* shift,
                                                                                                 const float* scale, const X* x,
                                                                                                 typename P::number*, float limit) {
    return square_sum<P, P::in_integers>::template sum<PerFeature, Reader>(n, shift, scale, x, limit);
  }
};

/// z_j = sum over i <= j of (x_i + shift_i) * scale_ij; `difference` has room for F numbers.
struct triangular {
  enum { is_triangular = 1 };
  template <class P, class Reader, class X>
  static EMLEARN_CONSTEXPR typename P::number distance(int n, const float* shift, const float* scale, const X* x,
                                                       typename P::number* difference, float limit) {
    for (int i = 0; i < n; ++i) {
      difference[i] = P::shifted(x[i], P::template read<Reader>(shift));
      shift += P::words;
    }
    typename P::number sum = P::zero();
    for (int j = 0; j < n; ++j) {
      typename P::number z = P::zero();
      for (int i = 0; i <= j; ++i) {
        z = P::add_product(z, difference[i], P::template read<Reader>(scale));
        scale += P::words;
      }
      sum = P::add_square(sum, z);
      if (P::passed(sum, limit)) break;
    }
    return sum;
  }
};

/// A sum of squares, or what those count as that are no number or too large.
template <class P> EMLEARN_CONSTEXPR typename P::number saturated(typename P::number sum) {
  if (!emlearn::detail::floats::below(P::rounded(sum), saturation())) sum = P::shifted(saturation(), P::zero());
  return sum;
}

/// |z|^2 of one component; may stop early, with a smaller sum, once the sum is beyond `limit`.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR typename P::number squares(const V& v, int k, const X* x, typename P::number* scratch, float limit) {
  const ptrdiff_t row = static_cast<ptrdiff_t>(k) * v.n_features() * P::words;
  const ptrdiff_t step = static_cast<ptrdiff_t>(k) * C::entries(v.n_features()) * P::words;
  return saturated<P>(C::template distance<P, Reader>(v.n_features(), v.shift() + row, v.scale() + step, x, scratch, limit));
}

/// cost[k] + |z|^2 of one component, likewise.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR typename P::number loss(const V& v, int k, const X* x, typename P::number* scratch, float limit) {
  return P::plus(squares<C, P, Reader>(v, k, x, scratch, limit), P::template read<Reader>(v.cost() + k * P::words));
}

/// Minus all joint log-likelihoods, and which is the smallest (the lowest index where several are).
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR int all_losses(const V& v, const X* x, typename P::number* losses, typename P::number* scratch) {
  int best = 0;
  for (int k = 0; k < v.n_components(); ++k) {
    losses[k] = loss<C, P, Reader>(v, k, x, scratch, saturation());
    if (P::less(losses[k], losses[best])) best = k;
  }
  return best;
}

}  // namespace detail

/// The kinds of covariance: how many entries of `scale` belong to a component.
struct diag : detail::diagonal<1> {
  static constexpr ptrdiff_t entries(int n) { return n; }
};
struct spherical : detail::diagonal<0> {
  static constexpr ptrdiff_t entries(int) { return 1; }
};
struct full : detail::triangular {
  static constexpr ptrdiff_t entries(int n) { return static_cast<ptrdiff_t>(n) * (n + 1) / 2; }
};
struct tied : detail::triangular {
  static constexpr ptrdiff_t entries(int) { return 0; }
};

/// The likeliest class or component; `scratch` has room for F numbers where the covariance is full or tied.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR int predict(const V& v, const X* x, typename P::number* scratch) {
  int best = 0;
  typename P::number least = P::zero();
  for (int k = 0; k < v.n_components(); ++k) {  // one call for all components: it is inlined once
    // Sums only grow, so a component is out once its sum passes what would leave it level with the best.
    const float limit = k == 0 || !P::leaves ? detail::saturation() : P::limit(least, P::template read<Reader>(v.cost() + k * P::words));
    const typename P::number candidate = detail::loss<C, P, Reader>(v, k, x, scratch, limit);
    if (k == 0 || P::less(candidate, least)) {
      best = k;
      least = candidate;
    }
  }
  return best;
}

/// K probabilities; `scratch` has room for K numbers, and F more where the covariance is full or tied.
template <class C, class P, class Reader, class V, class X>
inline void predict_proba(const V& v, const X* x, float* out, typename P::number* scratch) {
  const int best = detail::all_losses<C, P, Reader>(v, x, scratch, scratch + v.n_components());
  float sum = 0.0f;
  for (int k = 0; k < v.n_components(); ++k) {
    out[k] = emlearn::detail::exponential(P::rounded(P::minus(scratch[best], scratch[k])));
    sum += out[k];
  }
  for (int k = 0; k < v.n_components(); ++k) out[k] /= sum;
}

/// The log-likelihood of the row under the mixture; scratch as for predict_proba.
template <class C, class P, class Reader, class V, class X>
inline void score_samples(const V& v, const X* x, float* out, typename P::number* scratch) {
  const int best = detail::all_losses<C, P, Reader>(v, x, scratch, scratch + v.n_components());
  float sum = 0.0f;
  for (int k = 0; k < v.n_components(); ++k) sum += emlearn::detail::exponential(P::rounded(P::minus(scratch[best], scratch[k])));
  out[0] = P::rounded(P::minus(P::shifted(emlearn::detail::logarithm(sum), P::zero()), scratch[best]));
}

/// The joint log-likelihood of each class, or, of two, how far the second's is above the first's; scratch as for predict_proba.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR void joints(const V& v, const X* x, float* out, typename P::number* scratch) {
  detail::all_losses<C, P, Reader>(v, x, scratch, scratch + v.n_components());
  if (v.n_components() == 2) {
    out[0] = P::rounded(P::minus(scratch[0], scratch[1]));
    return;
  }
  for (int k = 0; k < v.n_components(); ++k) out[k] = -P::rounded(scratch[k]);
}

namespace detail {

EMLEARN_CONSTEXPR bool finite(float a) { return a >= -3.402823466e38f && a <= 3.402823466e38f; }

/// Whether all entries are finite and their second words are at most half a unit of the first ones.
template <class P> EMLEARN_CONSTEXPR bool sound(const float* table, ptrdiff_t entries) {
  for (ptrdiff_t i = 0; i < entries; ++i) {
    const float high = table[i * P::words];
    if (!finite(high)) return false;
    if (P::words == 2) {
      const float low = table[i * P::words + P::words - 1];
      if (!finite(low) || high + low != high) return false;
    }
  }
  return true;
}

}  // namespace detail

/// Whether the tables are those of a model: lengths (in floats) agree, entries are finite, each scale (each diagonal entry of
/// a triangle) is positive.
template <class C, class P, class V>
EMLEARN_CONSTEXPR bool valid(const V& v, ptrdiff_t shift_floats, ptrdiff_t scale_floats, ptrdiff_t cost_floats) {
  if (v.n_features() < 1 || v.n_components() < 1) return false;
  const ptrdiff_t shifts = static_cast<ptrdiff_t>(v.n_components()) * v.n_features();
  const ptrdiff_t triangle = full::entries(v.n_features());
  const ptrdiff_t scales = C::entries(v.n_features()) > 0 ? v.n_components() * C::entries(v.n_features()) : triangle;
  if (shift_floats != shifts * P::words || scale_floats != scales * P::words) return false;
  if (cost_floats != static_cast<ptrdiff_t>(v.n_components()) * P::words) return false;
  if (!detail::sound<P>(v.shift(), shifts) || !detail::sound<P>(v.scale(), scales)) return false;
  if (!detail::sound<P>(v.cost(), v.n_components())) return false;
  if (!C::is_triangular) {
    for (ptrdiff_t i = 0; i < scales; ++i)
      if (!(v.scale()[i * P::words] > 0.0f)) return false;
    return true;
  }
  for (ptrdiff_t start = 0; start < scales; start += triangle) {
    ptrdiff_t at = start;
    for (int j = 0; j < v.n_features(); ++j) {
      if (!(v.scale()[at * P::words] > 0.0f)) return false;
      at += j + 2;
    }
  }
  return true;
}

}}  // namespace emlearn::gaussian

#endif
