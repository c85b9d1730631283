// Many rows at once on the host: what the leaves that rows reach add up to.
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "grove.hpp"
#include "module.hpp"

namespace emlearn_bindings {

namespace {

/// Trees whose leaves have one value, or a vector of them.
class bulk {
 public:
  bulk(const array<int64_t>& roots, const array<int32_t>& feature, const array<int64_t>& threshold, const array<int64_t>& left,
       const array<int64_t>& right, const array<bool>& missing_left, const std::string& input, std::string missing, int32_t missing_value,
       const array<uint32_t>& values)
      : planes_(feature, threshold, missing_left, input, std::move(missing), missing_value),
        grove_(roots, left, right, planes_),
        width_(static_cast<size_t>(values.shape(1))),
        padded_((width_ + 3) / 4 * 4) {
    if (width_ == 1) {
      values_.assign(values.data(), values.data() + values.size());
      return;
    }
    values_.resize(static_cast<size_t>(values.shape(0)) * padded_);
    for (size_t leaf = 0; leaf != static_cast<size_t>(values.shape(0)); ++leaf)
      std::copy_n(values.data() + leaf * width_, width_, values_.data() + leaf * padded_);
  }

  /// The value of each row's leaf in each tree, shape (n_samples, n_trees).
  py::array_t<uint32_t> payloads(const py::array& X) const {
    auto out = matrix<uint32_t>(static_cast<size_t>(X.shape(0)), grove_.n_trees());
    uint32_t* const first = out.mutable_data();
    each_block(X, [&](size_t tree, size_t row, size_t rows, const uint32_t* leaves) {
      for (size_t i = 0; i != rows; ++i) first[(row + i) * grove_.n_trees() + tree] = values_[leaves[i]];
    });
    return out;
  }

  /// Sums of single values, modulo 2^32: as many trees for each column, which stand together; shape (n_samples, n_columns).
  py::array_t<uint32_t> sums(const py::array& X, size_t n_columns) const {
    auto out = matrix<uint32_t>(static_cast<size_t>(X.shape(0)), n_columns);
    uint32_t* const first = out.mutable_data();
    std::fill(first, first + out.size(), 0u);
    const size_t per_column = grove_.n_trees() / n_columns;
    each_block(X, [&](size_t tree, size_t row, size_t rows, const uint32_t* leaves) {
      uint32_t* sum = first + row * n_columns + tree / per_column;
      for (size_t i = 0; i != rows; ++i, sum += n_columns) *sum += values_[leaves[i]];
    });
    return out;
  }

  /// Sums of vectors, modulo 2^32, shape (n_samples, width).
  py::array_t<uint32_t> vector_sums(const py::array& X) const {
    auto out = matrix<uint32_t>(static_cast<size_t>(X.shape(0)), width_);
    each_sum(X, [&](size_t row, const uint32_t* sum) { std::copy_n(sum, width_, out.mutable_data() + row * width_); });
    return out;
  }

  /// The place of the largest sum of vectors, the lowest of equals, shape (n_samples, 1); again(rows) has those of rows where another one
  /// is within `slack` of it, if that is not negative.
  py::array_t<int32_t> classify(const py::array& X, int64_t slack, const py::function& again) const {
    auto out = matrix<int32_t>(static_cast<size_t>(X.shape(0)), 1);
    int32_t* const first = out.mutable_data();
    if (width_ == 1) {  // one class
      std::fill(first, first + out.size(), 0);
      return out;
    }
    std::vector<int64_t> close;
    each_sum(X, [&](size_t row, const uint32_t* sum) {
      first[row] = winner(sum, slack);
      if (first[row] < 0) close.push_back(static_cast<int64_t>(row));
    });
    if (!close.empty()) {
      const array<int32_t> answers = again(X[py::array_t<int64_t>(static_cast<py::ssize_t>(close.size()), close.data())]);
      for (size_t i = 0; i != close.size(); ++i) first[close[i]] = answers.data()[i];
    }
    return out;
  }

 private:
  static constexpr size_t block = 64, lanes = planes::lanes, together = 8;

  /// -1 where another sum is close.
  int32_t winner(const uint32_t* sums, int64_t slack) const {
    const uint32_t* const best = std::max_element(sums, sums + width_);
    if (slack >= 0)
      for (size_t c = 0; c != width_; ++c)
        if (sums + c != best && static_cast<int64_t>(*best) - sums[c] <= slack) return -1;
    return static_cast<int32_t>(best - sums);
  }

  /// Calls f(row, sums) for each row with the sum of its leaves' vectors.
  template <class F> void each_sum(const py::array& X, F f) const {
    std::vector<uint32_t> sums(block * padded_);
    each_block(X, [&](size_t tree, size_t row, size_t rows, const uint32_t* leaves) {
      uint32_t* const of_block = sums.data() + row % block * padded_;
      if (tree == 0) std::fill(of_block, of_block + rows * padded_, 0u);
      for (size_t i = 0; i != rows; ++i) {
        const uint32_t* __restrict value = values_.data() + leaves[i] * padded_;
        uint32_t* __restrict sum = of_block + i * padded_;
        for (size_t c = 0; c != padded_; c += 4)
          for (size_t k = c; k != c + 4; ++k) sum[k] += value[k];
      }
      if (tree + 1 != grove_.n_trees()) return;
      for (size_t i = 0; i != rows; ++i) f(row + i, of_block + i * padded_);
    });
  }

  /// Calls f(tree, first row, rows, leaves) for groups of rows: a tree after the other, each for all groups of a block.
  template <class F> void each_block(const py::array& X, F f) const {
    if (!X.dtype().equal(planes_.dtype())) throw std::invalid_argument("X has another dtype than the trees");
    with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      planes_.with_keys<Raw>([&](const auto& key_of) {
        if (rows == 1 || grove_.n_steps() < planes_.size())
          each_row(x, rows, columns, key_of, f);
        else
          each_filled(x, rows, columns, key_of, f);
      });
    });
  }

  /// Where a row asks for fewer keys than there are.
  template <class Raw, class KeyOf, class F> void each_row(const Raw* x, size_t rows, size_t columns, const KeyOf& key_of, F f) const {
    uint32_t leaves[together];
    const Raw* own[together];
    for (size_t row = 0; row < rows; row += together) {
      const size_t n = point(x, row, rows, columns, own);
      for (size_t tree = 0; tree != grove_.n_trees(); ++tree) {
        if (rows == 1)
          grove_.leaves_of<1>(tree, own, key_of, leaves);
        else
          grove_.leaves_of<together>(tree, own, key_of, leaves);
        f(tree, row, n, static_cast<const uint32_t*>(leaves));
      }
    }
  }

  template <class Raw, class KeyOf, class F> void each_filled(const Raw* x, size_t rows, size_t columns, const KeyOf& key_of, F f) const {
    const size_t of_group = planes_.size() * lanes;
    std::vector<int32_t> keys(block / lanes * of_group);
    uint32_t leaves[lanes];
    const Raw* own[lanes];
    for (size_t row = 0; row < rows; row += block) {
      const size_t end = std::min(rows, row + block);
      int32_t* group = keys.data();
      for (size_t i = row; i < end; i += lanes, group += of_group) {
        point(x, i, rows, columns, own);
        planes_.fill(own, key_of, group);
      }
      for (size_t tree = 0; tree != grove_.n_trees(); ++tree) {
        group = keys.data();
        for (size_t i = row; i < end; i += lanes, group += of_group) {
          grove_.leaves(tree, group, leaves);
          f(tree, i, std::min(lanes, end - i), static_cast<const uint32_t*>(leaves));
        }
      }
    }
  }

  /// Points to N rows from `row` on, to the last one again where there are none left; says how many there are.
  template <class Raw, size_t N> static size_t point(const Raw* x, size_t row, size_t rows, size_t columns, const Raw* (&own)[N]) {
    for (size_t i = 0; i != N; ++i) own[i] = x + std::min(row + i, rows - 1) * columns;
    return std::min(N, rows - row);
  }

  planes planes_;
  grove grove_;
  size_t width_, padded_;
  std::vector<uint32_t> values_;  ///< leaf after leaf, vectors padded with zeros
};

}  // namespace

void bind_bulk(py::module_& m) {
  py::class_<bulk>(m, "Bulk", "Trees for many rows at once.")
      .def(py::init<const array<int64_t>&, const array<int32_t>&, const array<int64_t>&, const array<int64_t>&, const array<int64_t>&,
                    const array<bool>&, std::string, std::string, int32_t, const array<uint32_t>&>(),
           py::kw_only(), py::arg("roots"), py::arg("feature"), py::arg("threshold"), py::arg("left"), py::arg("right"),
           py::arg("missing_left"), py::arg("input"), py::arg("missing"), py::arg("missing_value"), py::arg("values"))
      .def("payloads", &bulk::payloads, "The value of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("sums", &bulk::sums, "Sums of single values modulo 2^32, shape (n_samples, n_columns).")
      .def("vector_sums", &bulk::vector_sums, "Sums of vectors modulo 2^32, shape (n_samples, width).")
      .def("classify", &bulk::classify, "Class indices, shape (n_samples, 1); again(rows) has those of rows whose sums are close.");
}

}  // namespace emlearn_bindings
