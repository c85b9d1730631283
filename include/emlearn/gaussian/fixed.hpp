// Gaussian classes and mixtures on integer rows: joint log-likelihoods as sums of integers, the same on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_GAUSSIAN_FIXED_HPP
#define EMLEARN_GAUSSIAN_FIXED_HPP

#include "../detail/exponential.hpp"
#include "../flash.hpp"

namespace emlearn { namespace gaussian { namespace fixed {

/// z^2 with z = (slope * u - intercept) / 2^16, for u of 16 bits: 32-bit arithmetic alone, and nothing cancels.
struct squares {
  typedef int16_t slope;
  typedef int32_t intercept;
  typedef int32_t sum;
  enum { triangular = 0, share = 4 };

  /// All features get the same 15 bits, so that slopes need no exponents.
  static EMLEARN_CONSTEXPR int32_t aligned(int32_t u, uint8_t bits) {
    return bits > 15 ? u >> (bits - 15) : u * (static_cast<int32_t>(1) << (15 - bits));
  }
  static EMLEARN_CONSTEXPR sum term(int32_t u, slope a, intercept b) {
    const int16_t z = static_cast<int16_t>((static_cast<int32_t>(static_cast<int16_t>(u)) * a - b) >> 16);
    return static_cast<sum>(static_cast<uint32_t>(static_cast<int32_t>(z) * z) >> 8);
  }
  /// Whether no step of a term overflows; all terms together take at most 1 / share of a sum's range.
  static EMLEARN_CONSTEXPR bool fits(slope a, intercept b, uint8_t) {
    const int32_t most = static_cast<int32_t>(32767) * 32768;
    return a >= 0 && b <= most && b >= -most;
  }
  static EMLEARN_CONSTEXPR sum largest_term(slope, intercept, uint8_t) { return static_cast<sum>(1) << 22; }
};

/// z^2 for likelihoods of any steepness: z = (u - intercept) * (slope / 64) / 2^(slope % 64), each with a scale of its own. Nothing cancels
/// here either; a z that is too large for a class to be likely counts as 2^30.
struct steep_squares {
  typedef int32_t slope;
  typedef int32_t intercept;
  typedef int64_t sum;
  enum { triangular = 0, share = 4 };

  /// All features get 30 bits: a mean between two counts is as fine as they are few.
  static EMLEARN_CONSTEXPR int32_t aligned(int32_t u, uint8_t bits) { return u * (static_cast<int32_t>(1) << (30 - bits)); }
  static EMLEARN_CONSTEXPR sum term(int32_t u, slope a, intercept b) {
    const int64_t far = static_cast<int64_t>(1) << 30, wide = (static_cast<int64_t>(u - b) * (a >> 6)) >> (a & 63);
    const int32_t z = static_cast<int32_t>(wide > far ? far : wide < -far ? -far : wide);
    return static_cast<sum>(static_cast<uint64_t>(static_cast<int64_t>(z) * z) >> 8);
  }
  static EMLEARN_CONSTEXPR bool fits(slope a, intercept b, uint8_t) {
    const int32_t most = (static_cast<int32_t>(1) << 30) - 1;
    return a >= 0 && b <= most && b >= -most;
  }
  static EMLEARN_CONSTEXPR sum largest_term(slope, intercept, uint8_t) { return static_cast<sum>(1) << 52; }
};

/// slope * u^2 + intercept * u in 64 bits, coefficients in T: for likelihoods of any steepness.
template <class T> struct polynomial {
  typedef T slope;
  typedef T intercept;
  typedef int64_t sum;
  enum { triangular = 0, share = 8 };

  /// The upper 20 bits: the square of more would leave a coefficient too few.
  static EMLEARN_CONSTEXPR int32_t aligned(int32_t u, uint8_t bits) { return bits > 20 ? u >> (bits - 20) : u; }
  static EMLEARN_CONSTEXPR sum term(int32_t u, slope a, intercept b) { return (static_cast<int64_t>(a) * u + b) * u; }
  static EMLEARN_CONSTEXPR bool fits(slope a, intercept b, uint8_t bits) {
    const int64_t u = static_cast<int64_t>(1) << (bits > 20 ? 20 : bits), most = static_cast<int64_t>(1) << 62;
    if (a < 0 || b > most || b < -most) return false;
    const int64_t size = b < 0 ? -static_cast<int64_t>(b) : static_cast<int64_t>(b);
    return size <= most / u && a <= (most / u - size) / u;
  }
  static EMLEARN_CONSTEXPR sum largest_term(slope a, intercept b, uint8_t bits) {
    const int64_t u = static_cast<int64_t>(1) << (bits > 20 ? 20 : bits);
    return (a * u + (b < 0 ? -static_cast<int64_t>(b) : static_cast<int64_t>(b))) * u;
  }
};

/// The tables of K components over F features in the form Form (above); Origin is int16_t or int32_t.
/// sum[k] = constant[k] - sum over i of term(aligned(u_i)), in steps of `unit` nats; u_i = x_i - origin[i], within 2^bits[i] - 1.
/// Emitted headers have the same members as constants of a type, because a constant object of this one would lie in RAM.
template <class Form, class Origin> struct view {
  int n_features_;
  int n_components_;
  float unit_;
  const Origin* origin_;
  const uint8_t* bits_;
  const typename Form::slope* slope_;
  const typename Form::intercept* intercept_;
  const typename Form::sum* constant_;

  constexpr int n_features() const { return n_features_; }
  constexpr int n_components() const { return n_components_; }
  constexpr float unit() const { return unit_; }
  /// F.
  constexpr const Origin* origin() const { return origin_; }
  /// F.
  constexpr const uint8_t* bits() const { return bits_; }
  /// F x K.
  constexpr const typename Form::slope* slope() const { return slope_; }
  /// F x K.
  constexpr const typename Form::intercept* intercept() const { return intercept_; }
  /// K.
  constexpr const typename Form::sum* constant() const { return constant_; }
};

/// u of feature i, as the form has it. Rows beyond the range count as at its edge: no raw value overflows.
template <class Form, class Reader, class V, class X> EMLEARN_INLINE EMLEARN_CONSTEXPR int32_t offset(const V& v, const X* x, int i) {
  const uint8_t bits = Reader::read(v.bits() + i);
  const int32_t origin = Reader::read(v.origin() + i);
  const int32_t reach = static_cast<int32_t>((static_cast<uint32_t>(1) << bits) - 1);
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, not a character
  const int32_t raw = static_cast<int32_t>(x[i]);
  return Form::aligned(raw < origin - reach ? -reach : raw > origin + reach ? reach : raw - origin, bits);
}

/// What a row takes from the sums: of each feature and component by itself, or (whitened.hpp) of a triangle of each component.
template <int Triangular> struct terms {
  template <class Form, class Reader, class V, class X>
  EMLEARN_INLINE static EMLEARN_CONSTEXPR void subtract(const V& v, const X* x, typename Form::sum* out, int16_t*) {
    ptrdiff_t at = 0;
    const int n = v.n_features();
    for (int i = 0; i < n; ++i) {
      const int32_t u = offset<Form, Reader>(v, x, i);
      for (int k = 0; k < v.n_components(); ++k, ++at)
        out[k] -= Form::term(u, Reader::read(v.slope() + at), Reader::read(v.intercept() + at));
    }
  }
};

/// All K sums, and which is the largest (the lowest index where several are); a triangular form needs room for F offsets.
template <class Form, class Reader, class V, class X>
EMLEARN_CONSTEXPR int sums(const V& v, const X* x, typename Form::sum* out, int16_t* offsets = nullptr) {
  for (int k = 0; k < v.n_components(); ++k) out[k] = Reader::read(v.constant() + k);
  terms<Form::triangular>::template subtract<Form, Reader>(v, x, out, offsets);
  int best = 0;
  for (int k = 1; k < v.n_components(); ++k)
    if (out[k] > out[best]) best = k;
  return best;
}

/// exp(sum[k] - sum[best]) of each component in out, and their total.
template <class Form, class V> inline float relative(const V& v, const typename Form::sum* sum, int best, float* out) {
  float total = 0.0f;
  for (int k = 0; k < v.n_components(); ++k) {
    const float term = emlearn::detail::exponential(static_cast<float>(sum[k] - sum[best]) * v.unit());
    if (out) out[k] = term;
    total += term;
  }
  return total;
}

/// K probabilities; `scratch` has room for K sums, `offsets` as for sums().
template <class Form, class Reader, class V, class X>
inline void predict_proba(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets = nullptr) {
  const int best = sums<Form, Reader>(v, x, scratch, offsets);
  const float total = relative<Form>(v, scratch, best, out);
  for (int k = 0; k < v.n_components(); ++k) out[k] /= total;
}

/// The log-likelihood of the row under the mixture; scratch as for predict_proba.
template <class Form, class Reader, class V, class X>
inline void score_samples(const V& v, const X* x, float* out, typename Form::sum* scratch, int16_t* offsets = nullptr) {
  const int best = sums<Form, Reader>(v, x, scratch, offsets);
  const float total = relative<Form>(v, scratch, best, nullptr);
  out[0] = static_cast<float>(scratch[best]) * v.unit() + emlearn::detail::logarithm(total);
}

/// The largest number that a sum holds.
template <class Form> constexpr typename Form::sum largest_sum() {
  return static_cast<typename Form::sum>(static_cast<uint64_t>(-1) >> (65 - 8 * sizeof(typename Form::sum)));
}

/// Whether the ends of each feature's range are numbers of 32 bits.
template <class V> EMLEARN_CONSTEXPR bool reachable(const V& v) {
  for (int i = 0; i < v.n_features(); ++i) {
    const uint8_t bits = v.bits()[i];
    if (bits < 1 || bits > 30) return false;
    const int64_t edge = static_cast<int64_t>(v.origin()[i] < 0 ? -static_cast<int64_t>(v.origin()[i]) : v.origin()[i]);
    if (edge + (static_cast<int64_t>(1) << bits) > static_cast<int64_t>(0x7fffffff)) return false;
  }
  return true;
}

/// Whether the tables are those of a model: lengths (in entries) agree, and no row of any raw type makes a sum overflow.
template <class Form, class V> EMLEARN_CONSTEXPR bool valid(const V& v, ptrdiff_t n_origin, ptrdiff_t n_bits, ptrdiff_t n_slope,
                                                            ptrdiff_t n_intercept, ptrdiff_t n_constant) {
  const int n = v.n_features(), k_end = v.n_components();
  if (n < 1 || k_end < 1 || !(v.unit() > 0.0f)) return false;
  const ptrdiff_t entries = static_cast<ptrdiff_t>(n) * k_end;
  if (n_origin != n || n_bits != n || n_slope != entries || n_intercept != entries || n_constant != k_end) return false;
  const typename Form::sum most = largest_sum<Form>();
  if (!reachable(v)) return false;
  for (int k = 0; k < k_end; ++k) {
    const typename Form::sum start = v.constant()[k];
    // Room for the constant and for the terms, so that differences of two sums fit as well.
    if (start > most / 4 || start < -(most / 2)) return false;
    typename Form::sum left = most / Form::share;
    for (int i = 0; i < n; ++i) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(i) * k_end + k;
      if (!Form::fits(v.slope()[at], v.intercept()[at], v.bits()[i])) return false;
      left -= Form::largest_term(v.slope()[at], v.intercept()[at], v.bits()[i]);
      if (left < 0) return false;
    }
  }
  return true;
}

}}}  // namespace emlearn::gaussian::fixed

#endif
