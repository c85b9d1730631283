// Classifiers whose leaves hold counts of training rows, in a stream of bits where they stand.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_BIT_COUNTS_HPP
#define EMLEARN_TREES_BIT_COUNTS_HPP

#include "bits.hpp"
#include "counts.hpp"

// A leaf is
//   1 | class                 of one class
//   0 | n | entry, entry ...  until their counts add up to n; where all leaves have the same n, it is whole(), and does not stand here
// entry  class | 1 for all that is left of n, or 0 and the count; neither where 1 is left
namespace emlearn { namespace trees {

/// @tparam Sum  uint16_t or uint32_t
/// @tparam Mask  has a bit for each class, where there is more than one pass
/// @tparam Table  whether units() has whole() / n for each n from least() on
template <class Sum, class Mask, bool Table> struct bit_counts_format {
  using sum_type = Sum;
  using mask_type = Mask;
  static constexpr bool has_table = Table;
  template <class Reader, class Leaves, class Pass> using sink = add_bit_counts<Reader, Leaves, Pass>;
};

/// Run-time numbers of such leaves; emitted headers have the same members as constants.
template <class Sum, class Mask, bool Table> struct bit_counts {
  using format = bit_counts_format<Sum, Mask, Table>;
  const Sum* units_;
  uint16_t least_, n_classes_;
  uint8_t class_bits_, n_bits_, k_bits_, first_bits_, step_, passes_;
  Sum whole_, slack_;

  const Sum* units() const { return units_; }
  uint16_t least() const { return least_; }           ///< the n of the first unit
  uint16_t n_classes() const { return n_classes_; }   ///< classes are below this
  uint8_t class_bits() const { return class_bits_; }  ///< of a class
  uint8_t n_bits() const { return n_bits_; }          ///< of n; 0 where it is whole()
  uint8_t k_bits() const { return k_bits_; }          ///< of a count
  uint8_t first_bits() const { return first_bits_; }  ///< whole() is 2^this, where there is more than one pass
  uint8_t step() const { return step_; }              ///< how many bits finer the next pass is
  uint8_t passes() const { return passes_; }          ///< 1 where sums are exact
  Sum whole() const { return whole_; }                ///< the share of one in the first pass
  Sum slack() const { return slack_; }                ///< what rounding takes from a sum at most
  static constexpr Sum lead() { return 0; }           ///< where sums start
};

/// k / n in units of an exact pass, by a table or where n is whole(); else by division.
template <bool Divides, bool Table> struct share_by {
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR typename Leaves::format::sum_type of(const Leaves&, uint16_t k, uint16_t n, uint8_t bits) {
    return share_of<typename Leaves::format::sum_type>(k, n, bits);
  }
};
template <> struct share_by<false, true> {
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR typename Leaves::format::sum_type of(const Leaves& leaves, uint16_t k, uint16_t n, uint8_t) {
    return static_cast<typename Leaves::format::sum_type>(k * Reader::read(leaves.units() + (n - leaves.least())));
  }
};
template <> struct share_by<false, false> {
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR typename Leaves::format::sum_type of(const Leaves&, uint16_t k, uint16_t, uint8_t) {
    return k;
  }
};

/// Adds the shares of leaves to the votes.
template <class Reader, class Leaves, class Pass> struct add_bit_counts {
  using format = typename Leaves::format;
  using sum_type = typename format::sum_type;

  Leaves leaves;
  sum_type* votes;
  sum_type one;
  uint8_t bits;
  sum_type lead;
  uint16_t* most;

  static constexpr bool decided(uint16_t) { return false; }  ///< all trees are asked

  /// Leaves p behind the leaf, which counts where the row came here.
  template <class Place> EMLEARN_INLINE EMLEARN_CONSTEXPR void read(Place& p, bool here) const {
    uint_fast16_t n = 1;
    if (p.take(1) == 0) n = leaves.n_bits() == 0 ? leaves.whole() : static_cast<uint_fast16_t>(p.take(leaves.n_bits()));
    uint_fast16_t left = n;
    do {
      const uint_fast8_t c = static_cast<uint_fast8_t>(p.take(leaves.class_bits()));
      uint_fast16_t k = left;
      if (left != 1 && p.take(1) == 0) k = static_cast<uint_fast16_t>(p.take(leaves.k_bits()));
      left = static_cast<uint_fast16_t>(left - k);
      if (!here) continue;
      const sum_type share = n == 1 ? one
                                    : share_by<Pass::divides, format::has_table>::template of<Reader>(leaves, static_cast<uint16_t>(k),
                                                                                                      static_cast<uint16_t>(n), bits);
      votes[c] = static_cast<sum_type>(votes[c] + share);
    } while (left != 0);
  }
};

/// Leaves are counts.
struct count_leaves {
  template <class Reader, class Forest, class Place, class Sink>
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void read(const Forest&, Place& p, bool here, Sink& sink) {
    sink.read(p, here);
  }
};

}}  // namespace emlearn::trees

#endif
