// Classifiers whose leaves hold counts of training rows: shares k / n in a byte or two each, summed in 32 bits or less.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_COUNTS_HPP
#define EMLEARN_TREES_COUNTS_HPP

#include "../detail/bytes.hpp"
#include "counted_shares.hpp"
#include "decided.hpp"
#include "passes.hpp"

// A leaf id below n_classes() is a class of probability one; any other is, less n_classes(), where a leaf starts in bytes():
//   n, then entries until their counts add up to n; the most probable class (the lowest of equals) comes first
// entry  class in the low class_bits() bits, count above them; a count of 0 says that the next byte(s) have it
//
// Shares are summed as whole numbers of 1 / whole(): exact ones where a common denominator leaves room, else rounded down to
// 2^-first_bits(). A class that leads by more than slack(), what rounding can have taken from the others, is the answer. Where several
// are closer, they alone are summed again in finer units, modulo what sums hold: their differences are known to fit. So no sum is wider
// than 32 bits, and after the last pass what is left is far below scikit-learn's own rounding.
namespace emlearn { namespace trees {

template <class Reader, class Leaves, class Pass> struct add_counts;
template <class Reader, class Leaves, class Pass> struct add_bit_counts;

/// The widths of such leaves.
/// @tparam Sum  uint8_t (pure leaves only), uint16_t or uint32_t
/// @tparam Count  uint8_t or uint16_t: n, and counts that do not fit their entry
/// @tparam Mask  has a bit for each class, where there is more than one pass
/// @tparam Table  whether units() has whole() / n for each n from least() on; else shares are divided out on the way
template <class Sum, class Count, class Mask, bool Table> struct counts_format {
  using sum_type = Sum;
  using count_type = Count;
  using mask_type = Mask;
  static constexpr bool has_table = Table;
  template <class Reader, class Leaves, class Pass> using sink = add_counts<Reader, Leaves, Pass>;
};

/// Run-time tables of counts; emitted headers have the same members as constants.
template <class Sum, class Count, class Mask, bool Table> struct counts {
  using format = counts_format<Sum, Count, Mask, Table>;
  const uint8_t* bytes_;
  const Sum* units_;
  uint16_t least_, n_classes_;
  uint8_t class_bits_, first_bits_, step_, passes_;
  Sum whole_, slack_, lead_;

  const uint8_t* bytes() const { return bytes_; }
  const Sum* units() const { return units_; }
  uint16_t least() const { return least_; }           ///< the n of the first unit
  uint16_t n_classes() const { return n_classes_; }   ///< also the leaf ids of pure leaves
  uint8_t class_bits() const { return class_bits_; }  ///< of an entry
  uint8_t first_bits() const { return first_bits_; }  ///< whole() is 2^this, where there is more than one pass
  uint8_t step() const { return step_; }              ///< how many bits finer the next pass is
  uint8_t passes() const { return passes_; }          ///< 1 where sums are exact
  Sum whole() const { return whole_; }                ///< the share of one in the first pass
  Sum slack() const { return slack_; }                ///< what rounding takes from a sum at most
  Sum lead() const { return lead_; }                  ///< where sums start that tell when the class is decided, or 0
};

/// The most probable class of a leaf of several.
template <class Reader, class Leaves> EMLEARN_INLINE EMLEARN_CONSTEXPR uint16_t first_of(const Leaves& leaves, const uint8_t* p) {
  const uint8_t entry = Reader::read(p + sizeof(typename Leaves::format::count_type));
  return static_cast<uint16_t>(entry & ((1u << leaves.class_bits()) - 1));
}

/// Adds the shares of leaves to the votes.
/// @tparam Pass  exact_pass, first_or_finer_pass or divided_pass
template <class Reader, class Leaves, class Pass> struct add_counts {
  using format = typename Leaves::format;
  using sum_type = typename format::sum_type;
  using count_type = typename format::count_type;

  Leaves leaves;
  sum_type* votes;
  sum_type one;
  uint8_t bits;
  sum_type lead;
  uint16_t* most;  ///< the class that the last leaf says

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_classes()) {
      votes[id] = static_cast<sum_type>(votes[id] + one);
      if (leaves.lead() != 0) *most = static_cast<uint16_t>(id);
      return;
    }
    const uint8_t* p = leaves.bytes() + (id - leaves.n_classes());
    Pass::template mixed<Reader>(leaves, p, votes, bits);
    if (leaves.lead() != 0) *most = first_of<Reader>(leaves, p);
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool decided(uint16_t) const {
    return leaves.lead() != 0 && (votes[*most] & highest_bit<sum_type>()) != 0 && lead != 0;
  }
};

/// Sums the shares of all trees into votes[n_classes()], in units of 1 / one. Inlined: registers that are saved are most of the stack.
/// @param lead  leaves.lead() where only the class is asked for, else 0
/// @returns the class where it was decided before the last tree, else -1
template <class Reader, class Pass, class Walk, class Leaves>
EMLEARN_INLINE EMLEARN_CONSTEXPR int count_votes(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes,
                                                 typename Leaves::format::sum_type one, uint8_t bits,
                                                 typename Leaves::format::sum_type lead) {
  for (uint16_t c = 0; c != leaves.n_classes(); ++c) {
    votes[c] = lead;
    EMLEARN_KEEP_LOOP();
  }
  uint16_t most = 0;
  const typename Leaves::format::template sink<Reader, Leaves, Pass> sink = {leaves, votes, one, bits, lead, &most};
  walk.each(sink);
  return sink.decided(0) ? static_cast<int>(most) : -1;
}

/// The class with most votes, the lowest of equals.
template <class Sum> EMLEARN_CONSTEXPR int most(const Sum* votes, uint16_t n_classes) {
  uint16_t best = 0;
  for (uint16_t c = 1; c < n_classes; ++c)
    if (votes[c] > votes[best]) best = c;
  return static_cast<int>(best);
}

/// Whether the first pass decides: the class, or -1 where another is within slack().
template <class Leaves> EMLEARN_CONSTEXPR int clear_winner(const Leaves& leaves, const typename Leaves::format::sum_type* votes) {
  uint32_t largest = 0, second = 0;
  uint8_t best = 0;
  for (uint8_t c = 0; c != leaves.n_classes(); ++c) {
    const uint32_t vote = votes[c];
    if (vote > largest) {
      second = largest;
      largest = vote;
      best = c;
    } else if (vote > second) {
      second = vote;
    }
  }
  return largest - second > leaves.slack() ? static_cast<int>(best) : -1;
}

/// The class of a forest whose sums are exact, or rounded.
template <bool Exact> struct counted {
  template <class Reader, class Walk, class Leaves>
  static EMLEARN_ONE_FRAME EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes) {
    const int decided = count_votes<Reader, exact_pass>(walk, leaves, votes, leaves.whole(), 0, leaves.lead());
    return decided >= 0 ? decided : most(votes, leaves.n_classes());
  }

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void first(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes) {
    count_votes<Reader, exact_pass>(walk, leaves, votes, leaves.whole(), 0, 0);
  }

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes, float* out) {
    first<Reader>(walk, leaves, votes);
    const float all = static_cast<float>(leaves.whole()) * static_cast<float>(walk.n_trees());
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) out[c] = static_cast<float>(votes[c]) / all;
  }
};
template <> struct counted<false> {
  template <class Leaves> using pass = typename rounded_pass<Leaves::format::has_table>::type;

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_ONE_FRAME EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes) {
    using sum_type = typename Leaves::format::sum_type;
    using mask_type = typename Leaves::format::mask_type;
    mask_type open = static_cast<mask_type>(~mask_type());
    uint8_t bits = leaves.first_bits(), left = leaves.passes(), first = 0;
    sum_type lead = leaves.lead();
    for (;;) {
      const int decided = count_votes<Reader, pass<Leaves>>(walk, leaves, votes, static_cast<sum_type>(one_of(bits)), bits, lead);
      if (decided >= 0) return decided;
      lead = 0;
      if (Leaves::format::has_table && bits == leaves.first_bits()) {  // fast, where it is not to be small
        const int winner = clear_winner(leaves, votes);
        if (winner >= 0) return winner;
      }
      const uint32_t largest =
          largest_of<difference<sum_type>, plain_votes<sum_type>>(votes, static_cast<uint8_t>(leaves.n_classes()), open);
      open = closest<sum_type, plain_votes<sum_type>>(leaves, votes, largest, open, first);
      if (--left == 0 || static_cast<mask_type>(open & (open - 1)) == 0) return static_cast<int>(first);
      bits = static_cast<uint8_t>(bits + leaves.step());
    }
  }

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_NOINLINE EMLEARN_CONSTEXPR void sum(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes,
                                                     uint8_t bits) {
    count_votes<Reader, pass<Leaves>>(walk, leaves, votes, static_cast<typename Leaves::format::sum_type>(one_of(bits)), bits, 0);
  }

  /// Sums of 16 bits are summed twice, the first ones behind the finer: what these have beyond them fits.
  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes, float* out) {
    using sum_type = typename Leaves::format::sum_type;
    float all = static_cast<float>(leaves.whole()) * static_cast<float>(walk.n_trees());
    const bool is_fine = sizeof(sum_type) == sizeof(uint16_t);
    sum_type* const first = is_fine ? votes + leaves.n_classes() : votes;
    sum<Reader>(walk, leaves, first, leaves.first_bits());
    if (is_fine) {
      sum<Reader>(walk, leaves, votes, static_cast<uint8_t>(leaves.first_bits() + leaves.step()));
      all *= static_cast<float>(one_of(leaves.step()));
    }
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) {
      const uint32_t coarse = is_fine ? static_cast<uint32_t>(first[c]) << leaves.step() : first[c];
      out[c] = static_cast<float>(is_fine ? coarse + static_cast<uint16_t>(votes[c] - coarse) : coarse) / all;
    }
  }
};

/// The class of a forest.
/// @tparam Exact  whether there is one pass only
/// @param votes  scratch of n_classes()
template <class Reader, bool Exact, class Walk, class Leaves>
EMLEARN_ONE_FRAME EMLEARN_CONSTEXPR int classify_counts(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes) {
  return counted<Exact>::template classify<Reader>(walk, leaves, votes);
}

/// Keeps the class of a leaf's first entry.
template <class Reader, class Leaves> struct first_counted {
  Leaves leaves;
  int* best;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_classes()) {
      *best = static_cast<int>(id);
      return;
    }
    *best = static_cast<int>(first_of<Reader>(leaves, leaves.bytes() + (id - leaves.n_classes())));
  }
};

/// The class of a single tree: that of its leaf's first entry.
template <class Reader, class Walk, class Leaves> EMLEARN_CONSTEXPR int classify_one_count(Walk walk, const Leaves& leaves) {
  int best = 0;
  walk.each(first_counted<Reader, Leaves>{leaves, &best});
  return best;
}

/// The mean distribution, up to slack() and the rounding of a float.
/// @tparam Exact  whether there is one pass only
/// @param votes  scratch of n_classes(); of twice as many where sums have 16 bits and there are more passes
template <class Reader, bool Exact, class Walk, class Leaves>
EMLEARN_CONSTEXPR void count_probabilities(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes, float* out) {
  counted<Exact>::template probabilities<Reader>(walk, leaves, votes, out);
}

}}  // namespace emlearn::trees
#endif
