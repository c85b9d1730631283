// Classifiers: the mean of the leaves' class distributions, summed in integers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_VOTE_HPP
#define EMLEARN_TREES_VOTE_HPP

#include "walk.hpp"

namespace emlearn { namespace trees {

/// Class distributions. A leaf id below `n_pure` is a class of probability one; any other is, less n_pure, the index of the
/// first entry of a distribution. An entry is a class, whose top bit marks the last entry, and the index of a share; the
/// most probable class (the lowest of equals) comes first. A share is a fixed-point number of 64 bits: a whole one is
/// `whole` << 32, with room for the sum over all trees.
/// @tparam Class  uint8_t or uint16_t
/// @tparam Share  uint8_t, uint16_t or uint32_t
template <class Class, class Share> struct distributions {
  using class_type = Class;
  using share_type = Share;
  static constexpr Class last = static_cast<Class>(1u << (8 * sizeof(Class) - 1));
  static constexpr uint8_t entry_bytes = sizeof(Class) + sizeof(Share);

  const uint8_t* entries;
  const uint32_t* high;
  const uint32_t* low;
  uint16_t n_pure;
  uint32_t whole;
};

/// A share, its high half only or both halves, by the type of the sum.
template <class Reader, class Sum> struct share;
template <class Reader> struct share<Reader, uint32_t> {
  template <class D> static EMLEARN_CONSTEXPR uint32_t whole(const D& d) { return d.whole; }
  template <class D> static EMLEARN_CONSTEXPR uint32_t at(const D& d, typename D::share_type i) {
    return Reader::read(d.high + i);
  }
};
template <class Reader> struct share<Reader, uint64_t> {
  template <class D> static EMLEARN_CONSTEXPR uint64_t whole(const D& d) { return static_cast<uint64_t>(d.whole) << 32; }
  template <class D> static EMLEARN_CONSTEXPR uint64_t at(const D& d, typename D::share_type i) {
    return static_cast<uint64_t>(Reader::read(d.high + i)) << 32 | Reader::read(d.low + i);
  }
};

/// Sums the shares of all trees into votes[n_classes].
template <class Format, class Reader, class Sum, class D, class X>
EMLEARN_CONSTEXPR void vote(const forest& f, const D& d, const X* x, Sum* votes, uint16_t n_classes) {
  using class_type = typename D::class_type;
  for (uint16_t c = 0; c != n_classes; ++c) votes[c] = 0;
  walker<Format, Reader> walk(f);
  for (uint16_t t = 0; t != f.n_trees; ++t) {
    const typename walker<Format, Reader>::id_type id = walk.next_leaf(x);
    if (id < d.n_pure) {
      votes[id] += share<Reader, Sum>::whole(d);
      continue;
    }
    const uint8_t* entry = d.entries + static_cast<size_t>(id - d.n_pure) * D::entry_bytes;
    for (bool more = true; more; entry += D::entry_bytes) {
      const class_type c = detail::bytes<class_type>::template read<Reader>(entry);
      more = (c & D::last) == 0;
      const uint16_t k = static_cast<uint16_t>(c & static_cast<class_type>(~D::last));
      const Sum s = share<Reader, Sum>::at(
          d, detail::bytes<typename D::share_type>::template read<Reader>(entry + sizeof(class_type)));
      votes[k] += s;  // sums of their own: gcc 5 takes no call in a constant +=
    }
  }
}

/// The index of the first largest vote; -1 where another one is closer to it than `slack`.
EMLEARN_CONSTEXPR int leader(const uint32_t* votes, uint16_t n_classes, uint16_t slack) {
  uint16_t best = 0;
  for (uint16_t c = 1; c < n_classes; ++c)
    if (votes[c] > votes[best]) best = c;
  if (slack == 0) return static_cast<int>(best);
  for (uint16_t c = 0; c < n_classes; ++c)
    if (c != best && votes[best] - votes[c] < slack) return -1;
  return static_cast<int>(best);
}

/// The lowest index among the votes that differ from the largest by no more than their rounding, one unit per tree.
EMLEARN_CONSTEXPR int exact_leader(const uint64_t* votes, uint16_t n_classes, uint16_t n_trees) {
  uint64_t most = 0;
  for (uint16_t c = 0; c < n_classes; ++c)
    if (votes[c] > most) most = votes[c];
  uint16_t best = 0;
  while (most - votes[best] > n_trees) ++best;
  return static_cast<int>(best);
}

/// The class of a forest: 32-bit sums, and where they leave two classes too close, 64-bit sums.
/// @param votes, exact  scratch of n_classes each
/// @param slack  0 where every leaf is pure, else the number of trees
template <class Format, class Reader, class D, class X>
EMLEARN_CONSTEXPR int classify(const forest& f, const D& d, const X* x, uint32_t* votes, uint64_t* exact,
                               uint16_t n_classes, uint16_t slack) {
  vote<Format, Reader>(f, d, x, votes, n_classes);
  const int best = leader(votes, n_classes, slack);
  if (best >= 0) return best;
  vote<Format, Reader>(f, d, x, exact, n_classes);
  return exact_leader(exact, n_classes, f.n_trees);
}

/// The class of a single tree: that of its leaf's first entry.
template <class Format, class Reader, class D, class X>
EMLEARN_CONSTEXPR int classify_one(const forest& f, const D& d, const X* x) {
  using class_type = typename D::class_type;
  walker<Format, Reader> walk(f);
  const typename walker<Format, Reader>::id_type id = walk.next_leaf(x);
  if (id < d.n_pure) return static_cast<int>(id);
  const class_type c = detail::bytes<class_type>::template read<Reader>(
      d.entries + static_cast<size_t>(id - d.n_pure) * D::entry_bytes);
  return static_cast<int>(c & static_cast<class_type>(~D::last));
}

/// The classes of several outputs, whose classes stand one after the other: classes_of[k] of them for output k.
template <class Format, class Reader, class D, class X>
EMLEARN_CONSTEXPR void classify_outputs(const forest& f, const D& d, const X* x, const uint16_t* classes_of,
                                        uint16_t n_outputs, uint64_t* exact, uint16_t n_classes, int32_t* out) {
  vote<Format, Reader>(f, d, x, exact, n_classes);
  for (uint16_t k = 0; k != n_outputs; ++k) {
    const uint16_t count = Reader::read(classes_of + k);
    out[k] = exact_leader(exact, count, f.n_trees);
    exact += count;
  }
}

/// The mean distribution: at most n_trees / 2^31 below the exact one, and the rounding of a float.
/// @param votes  scratch of n_classes
template <class Format, class Reader, class D, class X>
EMLEARN_CONSTEXPR void probabilities(const forest& f, const D& d, const X* x, uint32_t* votes, uint16_t n_classes,
                                     float* out) {
  vote<Format, Reader>(f, d, x, votes, n_classes);
  const float all = static_cast<float>(d.whole) * static_cast<float>(f.n_trees);
  for (uint16_t c = 0; c != n_classes; ++c) out[c] = static_cast<float>(votes[c]) / all;
}

}}  // namespace emlearn::trees

#endif
