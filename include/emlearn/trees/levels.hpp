// Trees that ask few different questions, such as oblivious ones: all are asked, and the answers are the bits of the leaf's place.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_LEVELS_HPP
#define EMLEARN_TREES_LEVELS_HPP

#include "format.hpp"

// depths      how many questions each tree asks
// features    of tree after tree, what each question looks at; its top bit says that a missing value answers no, where one can be missing
// thresholds  a question is whether key(x[feature]) > threshold; the first one gives the highest bit
// leaves      of tree after tree, 2^depth payloads by place
namespace emlearn { namespace trees {

/// @tparam Feature, Key, Payload  what the tables hold: uint8_t or uint16_t, the type of keys, uint8_t or uint16_t
/// @tparam Missing  never_missing, nan_missing or value_missing
template <class Feature, class Key, class Payload, class Missing> struct levels_format {
  using feature_type = Feature;
  using key_type = Key;
  using payload_type = Payload;
  using missing = Missing;
  static constexpr Feature missing_bit = Missing::flagged ? static_cast<Feature>(1u << (8 * sizeof(Feature) - 1)) : 0;
};

/// The tables at run time; emitted headers have the same members as constants.
template <class Format> struct levels {
  const uint8_t* depths_;
  const typename Format::feature_type* features_;
  const typename Format::key_type* thresholds_;
  const typename Format::payload_type* leaves_;
  uint16_t n_trees_;
  int32_t missing_;

  const uint8_t* depths() const { return depths_; }
  const typename Format::feature_type* features() const { return features_; }
  const typename Format::key_type* thresholds() const { return thresholds_; }
  const typename Format::payload_type* leaves() const { return leaves_; }
  uint16_t n_trees() const { return n_trees_; }
  int32_t missing() const { return missing_; }  ///< the raw value of value_missing
};

/// The payloads of the leaves that x reaches, tree after tree.
template <class Format, class Reader, class Forest, class X> struct levels_walk {
  using id_type = typename Format::payload_type;

  Forest forest;
  const X* x;

  EMLEARN_CONSTEXPR levels_walk(const Forest& f, const X* values) : forest(f), x(values) {}

  EMLEARN_CONSTEXPR uint16_t n_trees() const { return forest.n_trees(); }

  /// 2 place + (key > threshold), without a branch where a word holds the difference of the two.
  template <class Key> static EMLEARN_INLINE EMLEARN_CONSTEXPR unsigned answered(unsigned place, Key key, Key threshold) {
    if (sizeof(Key) <= 2 && sizeof(int) >= 4)
      return place + place +
             static_cast<unsigned>(static_cast<uint32_t>(static_cast<int32_t>(threshold) - static_cast<int32_t>(key)) >> 31);
    return place + place + (key > threshold ? 1u : 0u);
  }

  /// The answers to `depth` questions as bits. Never inlined: its loop then has the registers to itself.
  EMLEARN_NOINLINE EMLEARN_CONSTEXPR unsigned answers(const typename Format::feature_type* feature,
                                                      const typename Format::key_type* threshold, uint8_t depth) const {
    using input_key = decltype(ordered_key(*x));
    const X* const values = x;
    unsigned place = 0;
    if (depth == 0) return place;
    do {
      const typename Format::feature_type asked = Reader::read(feature++);
      const input_key key = ordered_key(values[asked & static_cast<typename Format::feature_type>(~Format::missing_bit)]);
      const input_key limit = static_cast<input_key>(Reader::read(threshold++));
      if (Format::missing::is_missing(key, forest.missing()))
        place = place + place + ((asked & Format::missing_bit) == 0 ? 1u : 0u);
      else
        place = answered(place, key, limit);
    } while (--depth != 0);
    return place;
  }

  /// Calls sink(payload) for each tree in order.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void each(Sink&& sink) {
    const typename Format::feature_type* feature = forest.features();
    const typename Format::key_type* threshold = forest.thresholds();
    const typename Format::payload_type* leaf = forest.leaves();
    for (uint16_t t = 0; t != forest.n_trees(); ++t) {
      const uint8_t depth = Reader::read(forest.depths() + t);
      const unsigned place = answers(feature, threshold, depth);
      feature += depth;
      threshold += depth;
      sink(Reader::read(leaf + place));
      if (decided(sink, static_cast<uint16_t>(forest.n_trees() - 1 - t))) return;
      leaf += 1u << depth;
      for (uint16_t idle = passed_over(sink); idle != 0; --idle) {
        const uint8_t skipped = Reader::read(forest.depths() + ++t);
        feature += skipped;
        threshold += skipped;
        leaf += 1u << skipped;
      }
    }
  }
};

/// Whether features are in range, payloads right, and the tables as long as the depths say.
template <class Format, class Reader, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_levels(const Forest& f, size_t n_depths, size_t n_questions, size_t n_leaves, uint32_t n_features,
                                    const Payloads& is_right) {
  if (n_depths != f.n_trees()) return false;
  size_t questions = 0, leaves = 0;
  for (uint16_t t = 0; t != f.n_trees(); ++t) {
    const uint8_t depth = Reader::read(f.depths() + t);
    if (depth > 15) return false;
    questions += depth;
    leaves += static_cast<size_t>(1) << depth;
  }
  if (questions != n_questions || leaves != n_leaves) return false;
  for (size_t i = 0; i != n_questions; ++i) {
    const typename Format::feature_type asked = Reader::read(f.features() + i);
    if ((asked & static_cast<typename Format::feature_type>(~Format::missing_bit)) >= n_features) return false;
  }
  for (size_t i = 0; i != n_leaves; ++i)
    if (!is_right(Reader::read(f.leaves() + i))) return false;
  return true;
}

}}  // namespace emlearn::trees

#endif
