// Rows as keys, sixteen side by side: what walks over trees compare on the host.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_PLANES_HPP
#define EMLEARN_BINDINGS_TREES_PLANES_HPP

#include <emlearn/trees.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "../arrays.hpp"

namespace emlearn_bindings {

namespace trees = emlearn::trees;

/// Keys of 32 bits, whatever the raw type: a plane for each feature that nodes ask, and one more where some of them send missing values
/// to the other side; so a walk knows nothing of missing values. Where 32 bits do not hold a key, or leave none free for a missing value,
/// a key is the number of the feature's thresholds below the value.
class planes {
 public:
  static constexpr size_t lanes = 16;  ///< rows of a group: keys of a plane stand together

  /// Nodes as the record has them.
  planes(const array<int32_t>& feature, const array<int64_t>& threshold, const array<bool>& missing_left, const std::string& input,
         std::string missing, int32_t missing_value)
      : missing_(std::move(missing)),
        missing_value_(missing_value),
        dtype_(input),
        ranked_(input == "float64" || (input == "int32" && flagged())) {
    const size_t n_nodes = static_cast<size_t>(feature.size());
    std::map<int32_t, std::vector<int64_t>> bounds;
    for (size_t i = 0; ranked_ && i != n_nodes; ++i) bounds[feature.data()[i]].push_back(threshold.data()[i]);
    for (auto& of_feature : bounds) {
      std::vector<int64_t>& all = of_feature.second;
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
    }
    std::map<std::pair<int32_t, bool>, uint32_t> known;
    for (size_t i = 0; i != n_nodes; ++i) {
      const int32_t f = feature.data()[i];
      const int64_t bound = threshold.data()[i];
      const bool left = flagged() && missing_left.data()[i];
      const auto found = known.insert({{f, left}, static_cast<uint32_t>(planes_.size())});
      if (found.second) {
        planes_.push_back({static_cast<uint32_t>(f), left ? least : most});
        if (ranked_) bounds_.push_back(bounds[f]);
      }
      plane_of_.push_back(found.first->second);
      if (ranked_) {
        bound_of_.push_back(rank(bounds[f], bound));
      } else {
        if (bound > most || bound < least) throw std::invalid_argument("thresholds must have 32 bits");
        bound_of_.push_back(static_cast<int32_t>(bound));
      }
    }
  }

  const py::dtype& dtype() const { return dtype_; }
  size_t size() const { return planes_.size(); }
  uint32_t plane_of(size_t node) const { return plane_of_[node]; }
  /// A row goes left where its key in the node's plane is not above this.
  int32_t bound_of(size_t node) const { return bound_of_[node]; }

  /// Calls f(key_of), where key_of(plane)(row) is the key of a row of raw values.
  template <class Raw, class F> void with_keys(F f) const {
    using Missing = std::conditional_t<std::is_floating_point<Raw>::value, trees::nan_missing, trees::value_missing>;
    if (ranked_)
      f([this](size_t p) {
        return [own = planes_[p], &bounds = bounds_[p], flag = missing_value_, has_flag = flagged()](const Raw* row) {
          const auto key = trees::ordered_key(row[own.feature]);
          return has_flag && Missing::is_missing(key, flag) ? own.missing : rank(bounds, key);
        };
      });
    else if constexpr (sizeof(Raw) > sizeof(int32_t))
      throw std::logic_error("keys of 64 bits are ranked");
    else if (!flagged())
      f([this](size_t p) {
        return [feature = planes_[p].feature](const Raw* row) { return static_cast<int32_t>(trees::ordered_key(row[feature])); };
      });
    else
      f([this](size_t p) {
        return [own = planes_[p], flag = missing_value_](const Raw* row) {
          const int32_t key = static_cast<int32_t>(trees::ordered_key(row[own.feature]));
          return Missing::is_missing(key, flag) ? own.missing : key;
        };
      });
  }

  /// Writes the keys of a group of rows, plane after plane.
  template <class Raw, class KeyOf> void fill(const Raw* const* rows, const KeyOf& key_of, int32_t* keys) const {
    for (size_t p = 0; p != planes_.size(); ++p, keys += lanes) {
      const auto key = key_of(p);
      for (size_t i = 0; i != lanes; ++i) keys[i] = key(rows[i]);
    }
  }

 private:
  static constexpr int32_t least = std::numeric_limits<int32_t>::min(), most = std::numeric_limits<int32_t>::max();

  struct plane {
    uint32_t feature;
    int32_t missing;  ///< what stands for a missing value: beyond all thresholds, on the side of its way
  };

  bool flagged() const { return missing_ != "never"; }

  /// How many are below the key, without a branch on it.
  template <class Key> static int32_t rank(const std::vector<int64_t>& bounds, Key key) {
    const int64_t* first = bounds.data();
    for (size_t left = bounds.size(); left != 0;) {
      const size_t half = (left + 1) / 2;
      first += first[half - 1] < key ? half : 0;
      left -= half;
    }
    return static_cast<int32_t>(first - bounds.data());
  }

  std::string missing_;
  int32_t missing_value_;
  py::dtype dtype_;
  bool ranked_;
  std::vector<plane> planes_;
  std::vector<std::vector<int64_t>> bounds_;  ///< of each plane, for ranks: the feature's thresholds in order
  std::vector<uint32_t> plane_of_;
  std::vector<int32_t> bound_of_;
};

}  // namespace emlearn_bindings

#endif
