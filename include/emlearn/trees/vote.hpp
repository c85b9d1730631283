// Classifiers: the mean of the leaves' class distributions, summed in integers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_VOTE_HPP
#define EMLEARN_TREES_VOTE_HPP

#include "walk.hpp"

namespace emlearn { namespace trees {

/// How class distributions lie in their tables. A leaf id below n_pure() is a class of probability one; any other is, less
/// n_pure(), the index of the first entry of a distribution. An entry is a class, whose top bit marks the last entry, and
/// the index of a share; the most probable class (the lowest of equals) comes first.
/// @tparam Class  uint8_t or uint16_t
/// @tparam Share  uint8_t, uint16_t or uint32_t
/// @tparam Sum  uint32_t: shares are exact multiples of 1 / whole(); uint64_t: they are rounded, whole() is 2^k, and each
///              has its low word before its high one. The sum over all trees fits either way.
template <class Class, class Share, class Sum> struct leaf_format {
  using class_type = Class;
  using share_type = Share;
  using sum_type = Sum;
  static constexpr Class last = static_cast<Class>(1u << (8 * sizeof(Class) - 1));
  static constexpr uint8_t entry_bytes = sizeof(Class) + sizeof(Share);
};

/// Run-time tables of distributions; emitted headers have the same members as constants.
template <class Class, class Share, class Sum> struct distributions {
  using format = leaf_format<Class, Share, Sum>;
  const uint8_t* entries_;
  const uint32_t* shares_;
  uint16_t n_pure_;
  Sum whole_;

  const uint8_t* entries() const { return entries_; }
  const uint32_t* shares() const { return shares_; }
  uint16_t n_pure() const { return n_pure_; }
  Sum whole() const { return whole_; }
};

/// One share, as wide as the sum.
template <class Reader> EMLEARN_CONSTEXPR uint32_t share_at(const uint32_t* shares, size_t i, uint32_t) { return Reader::read(shares + i); }
template <class Reader> EMLEARN_CONSTEXPR uint64_t share_at(const uint32_t* shares, size_t i, uint64_t) {
  return static_cast<uint64_t>(Reader::read(shares + 2 * i + 1)) << 32 | Reader::read(shares + 2 * i);
}

/// Adds the shares of a leaf to the votes.
template <class Reader, class Leaves> struct add_shares {
  using format = typename Leaves::format;
  using class_type = typename format::class_type;
  using sum_type = typename format::sum_type;

  Leaves leaves;
  sum_type* votes;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_pure()) {
      votes[id] += leaves.whole();
      return;
    }
    const uint8_t* entry = leaves.entries() + static_cast<size_t>(id - leaves.n_pure()) * format::entry_bytes;
    for (bool more = true; more; entry += format::entry_bytes) {
      const class_type c = detail::bytes<class_type>::template read<Reader>(entry);
      more = (c & format::last) == 0;
      const uint16_t k = static_cast<uint16_t>(c & static_cast<class_type>(~format::last));
      const sum_type s = share_at<Reader>(
          leaves.shares(), detail::bytes<typename format::share_type>::template read<Reader>(entry + sizeof(class_type)), sum_type());
      votes[k] += s;  // a share of its own: gcc 5 takes no call in a constant +=
    }
  }
};

/// Sums the shares of all trees into votes[n_classes].
/// @param walk  anything with n_trees() and each(sink)
template <class Reader, class Walk, class Leaves>
EMLEARN_CONSTEXPR void vote(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes, uint16_t n_classes) {
  for (uint16_t c = 0; c != n_classes; ++c) {
    votes[c] = 0;
    EMLEARN_KEEP_LOOP();
  }
  walk.each(add_shares<Reader, Leaves>{leaves, votes});
}

/// The lowest index among the votes that differ from the largest by at most `slack`, what rounding can have added.
template <class Sum> EMLEARN_CONSTEXPR int leader(const Sum* votes, uint16_t n_classes, uint16_t slack) {
  Sum most = 0;
  for (uint16_t c = 0; c != n_classes; ++c)
    if (votes[c] > most) most = votes[c];
  uint16_t best = 0;
  while (most - votes[best] > slack) ++best;
  return static_cast<int>(best);
}

/// One unit of rounding per tree, where the shares are rounded.
template <class Leaves> constexpr uint16_t slack_of(uint16_t n_trees) {
  return sizeof(typename Leaves::format::sum_type) == 8 ? n_trees : 0;
}

/// The class of a forest.
/// @param votes  scratch of n_classes
template <class Reader, class Walk, class Leaves>
EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, typename Leaves::format::sum_type* votes, uint16_t n_classes) {
  vote<Reader>(walk, leaves, votes, n_classes);
  return leader(votes, n_classes, slack_of<Leaves>(walk.n_trees()));
}

/// Keeps the class of a leaf's first entry.
template <class Reader, class Leaves> struct first_class {
  using format = typename Leaves::format;
  using class_type = typename format::class_type;

  Leaves leaves;
  int* best;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_pure()) {
      *best = static_cast<int>(id);
      return;
    }
    const class_type c = detail::bytes<class_type>::template read<Reader>(leaves.entries() +
                                                                          static_cast<size_t>(id - leaves.n_pure()) * format::entry_bytes);
    *best = static_cast<int>(c & static_cast<class_type>(~format::last));
  }
};

/// The class of a single tree: that of its leaf's first entry.
template <class Reader, class Walk, class Leaves> EMLEARN_CONSTEXPR int classify_one(Walk walk, const Leaves& leaves) {
  int best = 0;
  walk.each(first_class<Reader, Leaves>{leaves, &best});
  return best;
}

/// The classes of several outputs, whose classes stand one after the other: classes_of[k] of them for output k.
/// @param votes  scratch of n_classes
template <class Reader, class Walk, class Leaves>
EMLEARN_CONSTEXPR void classify_outputs(Walk walk, const Leaves& leaves, const uint16_t* classes_of, uint16_t n_outputs,
                                        typename Leaves::format::sum_type* votes, uint16_t n_classes, int32_t* out) {
  vote<Reader>(walk, leaves, votes, n_classes);
  for (uint16_t k = 0; k != n_outputs; ++k) {
    const uint16_t count = Reader::read(classes_of + k);
    out[k] = leader(votes, count, slack_of<Leaves>(walk.n_trees()));
    votes += count;
  }
}

/// The 32 leading bits of a sum that has as many bits as its type.
EMLEARN_CONSTEXPR uint32_t leading(uint32_t sum) { return sum; }
EMLEARN_CONSTEXPR uint32_t leading(uint64_t sum) { return static_cast<uint32_t>(sum >> 32); }

/// The mean distribution, up to the rounding of a float and less than 1 / leading(whole()).
/// @param votes  scratch of n_classes
template <class Reader, class Walk, class Leaves> EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves,
                                                                                       typename Leaves::format::sum_type* votes,
                                                                                       uint16_t n_classes, float* out) {
  vote<Reader>(walk, leaves, votes, n_classes);
  const float all = static_cast<float>(leading(leaves.whole())) * static_cast<float>(walk.n_trees());
  for (uint16_t c = 0; c != n_classes; ++c) out[c] = static_cast<float>(leading(votes[c])) / all;
}

}}  // namespace emlearn::trees

#endif
