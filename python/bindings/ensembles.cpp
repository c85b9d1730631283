// The kernels of ensembles on numpy arrays of payloads, which the bindings of trees make.
// SPDX-License-Identifier: MIT
#include <emlearn/ensembles.hpp>

#include <vector>

#include "trees/payloads.hpp"

using namespace emlearn_bindings;
namespace ensembles = emlearn::ensembles;
using emlearn::direct;

namespace {

using payload_matrix = array<uint32_t>;

/// Calls f with leaves whose values are payloads (None), or uint16 or uint32 behind them.
template <class F> auto with_leaves(const py::object& values, F f) {
  if (values.is_none()) return f(ensembles::plain{});
  if (py::isinstance<py::array_t<uint16_t>>(values)) return f(ensembles::looked_up<uint16_t>{values.cast<array<uint16_t>>().data()});
  if (py::isinstance<py::array_t<uint32_t>>(values)) return f(ensembles::looked_up<uint32_t>{values.cast<array<uint32_t>>().data()});
  throw std::invalid_argument("values must be None, uint16 or uint32");
}

/// The trees of each column.
uint16_t per_column(const payload_matrix& payloads, const array<int32_t>& start) {
  if (start.size() == 0 || payloads.shape(1) % start.size() != 0)
    throw std::invalid_argument("start must have one value per column of trees");
  return static_cast<uint16_t>(payloads.shape(1) / start.size());
}

py::array_t<int32_t> signs(const payload_matrix& payloads, const py::object& values, const array<int32_t>& start, int32_t negative,
                           const array<int32_t>& rests, uint8_t shift) {
  return with_leaves(values, [&](auto leaves) {
    return each_row<int32_t>(payloads, 1, [&](const known_payloads& walk, int32_t* out) {
      const bool positive = rests.size() == 0
                                ? ensembles::total<direct>(walk, leaves, *start.data()) >= 0
                                : ensembles::not_negative_looked<direct>(walk, leaves, *start.data(), walk.n_trees(), rests.data(), shift);
      *out = positive ? 1 : negative;
    });
  });
}

py::array_t<int32_t> largest(const payload_matrix& payloads, const py::object& values, const array<int32_t>& start,
                             const array<int32_t>& rests, uint8_t shift) {
  const uint16_t n = static_cast<uint16_t>(start.size()), each = per_column(payloads, start);
  return with_leaves(values, [&](auto leaves) {
    return each_row<int32_t>(payloads, 1, [&](const known_payloads& walk, int32_t* out) {
      *out = rests.size() == 0 ? ensembles::largest<direct>(walk, leaves, start.data(), n, each)
                               : ensembles::largest_looked<direct>(walk, leaves, start.data(), n, each, rests.data(), shift);
    });
  });
}

py::array_t<float> scores(const payload_matrix& payloads, const py::object& values, const array<int32_t>& start, const array<float>& base,
                          float step) {
  const uint16_t n = static_cast<uint16_t>(start.size()), each = per_column(payloads, start);
  return with_leaves(values, [&](auto leaves) {
    return each_row<float>(payloads, n, [&](const known_payloads& walk, float* out) {
      if (n == 1)
        *out = ensembles::scale{*base.data(), step}.of(ensembles::total<direct>(walk, leaves, *start.data()));
      else
        ensembles::each_column<direct>(walk, leaves, start.data(), n, each, ensembles::write_based<direct>{base.data(), step, out});
    });
  });
}

/// Calls f(walk, values, working memory, row of out) for each row, with values of uint16 or uint32, leaf after leaf.
template <class T, class F>
py::array_t<T> each_vector_row(const payload_matrix& payloads, const py::array& values, size_t n_columns, size_t width, F f) {
  std::vector<int32_t> sums(n_columns);
  const auto rows = [&](auto table) {
    return each_row<T>(payloads, width, [&](const known_payloads& walk, T* out) { f(walk, table.data(), sums.data(), out); });
  };
  if (py::isinstance<py::array_t<uint16_t>>(values)) return rows(values.cast<array<uint16_t>>());
  if (py::isinstance<py::array_t<uint32_t>>(values)) return rows(values.cast<array<uint32_t>>());
  throw std::invalid_argument("values must be uint16 or uint32");
}

py::array_t<int32_t> largest_vector(const payload_matrix& payloads, const py::array& values, const array<int32_t>& start) {
  const uint16_t n = static_cast<uint16_t>(start.size());
  return each_vector_row<int32_t>(payloads, values, n, 1, [&](const known_payloads& walk, auto* table, int32_t* sums, int32_t* out) {
    *out = ensembles::each_vector<direct>(walk, table, start.data(), n, sums, ensembles::keep_largest{0, 0}).best;
  });
}

py::array_t<float> vector_scores(const payload_matrix& payloads, const py::array& values, const array<int32_t>& start,
                                 const array<float>& base, float step) {
  const uint16_t n = static_cast<uint16_t>(start.size());
  return each_vector_row<float>(payloads, values, n, n, [&](const known_payloads& walk, auto* table, int32_t* sums, float* out) {
    ensembles::each_vector<direct>(walk, table, start.data(), n, sums, ensembles::write_based<direct>{base.data(), step, out});
  });
}

py::array_t<float> isolation(const payload_matrix& payloads, const py::object& values, const array<int32_t>& start, float base, float step,
                             float offset) {
  return with_leaves(values, [&](auto leaves) {
    return each_row<float>(payloads, 1, [&](const known_payloads& walk, float* out) {
      *out = ensembles::isolation(ensembles::scale{base, step}.of(ensembles::total<direct>(walk, leaves, *start.data()))) - offset;
    });
  });
}

py::array_t<int32_t> elect(const payload_matrix& payloads, const array<uint32_t>& weights, uint16_t n_classes) {
  std::vector<uint32_t> votes(n_classes);
  return each_row<int32_t>(payloads, 1, [&](const known_payloads& walk, int32_t* out) {
    *out = ensembles::elect<direct>(walk, weights.data(), votes.data(), n_classes);
  });
}

py::array_t<float> decisions(const payload_matrix& payloads, const array<uint32_t>& weights, uint16_t n_classes, float factor,
                             float offset) {
  std::vector<uint32_t> votes(n_classes);
  return each_row<float>(payloads, n_classes == 2 ? 1 : n_classes, [&](const known_payloads& walk, float* out) {
    ensembles::weighted_votes<direct>(walk, weights.data(), votes.data(), n_classes);
    ensembles::decisions(votes.data(), n_classes, factor, offset, out);
  });
}

py::array_t<uint32_t> median(const payload_matrix& payloads, const array<uint32_t>& weights, uint32_t half, uint32_t n_ranks) {
  std::vector<uint32_t> ranks(static_cast<size_t>(payloads.shape(1)));
  return each_row<uint32_t>(payloads, 1, [&](const known_payloads& walk, uint32_t* out) {
    *out = ensembles::median<direct>(walk, weights.data(), half, n_ranks, ranks.data());
  });
}

py::array_t<float> one_hot(const payload_matrix& payloads, uint16_t n_columns) {
  return each_row<float>(payloads, n_columns, [&](const known_payloads& walk, float* out) { ensembles::one_hot(walk, n_columns, out); });
}

py::array_t<float> linked(const array<float>& scores, const std::string& name, float factor) {
  const size_t rows = static_cast<size_t>(scores.shape(0)), columns = static_cast<size_t>(scores.shape(1));
  const bool two = name == "logistic";
  auto out = matrix<float>(rows, two ? 2 : columns);
  for (size_t i = 0; i != rows; ++i) {
    const float* score = scores.data() + i * columns;
    float* answer = out.mutable_data() + i * (two ? 2 : columns);
    if (two) {
      ensembles::two_classes(factor == 1.0f ? *score : factor * *score, answer);
      continue;
    }
    for (size_t k = 0; k != columns; ++k) answer[k] = score[k];
    if (name == "softmax")
      ensembles::softmax(answer, static_cast<uint16_t>(columns), factor);
    else if (name == "exp")
      ensembles::exponentials(answer, static_cast<uint16_t>(columns));
    else if (name == "sigmoid")
      ensembles::sigmoids(answer, static_cast<uint16_t>(columns), factor);
    else if (name != "identity")
      throw std::invalid_argument("no such link: " + name);
  }
  return out;
}

/// Rows of plain features and flags, `width` values each.
py::array recode(const py::array& X, const array<uint16_t>& plain, const array<uint16_t>& categorical, const py::array& bounds,
                 const array<uint8_t>& bits, int low, int high, size_t width) {
  return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
    const auto ends = bounds.cast<array<Raw>>();
    const uint16_t n_plain = static_cast<uint16_t>(plain.size()), n_categorical = static_cast<uint16_t>(categorical.size() / 3);
    const ensembles::categories<Raw> view = {plain.data(), categorical.data(), ends.data(),           bits.data(),
                                             n_plain,      n_categorical,      static_cast<Raw>(low), static_cast<Raw>(high)};
    if (!ensembles::valid_categories<direct>(view, static_cast<size_t>(ends.size()), static_cast<size_t>(bits.size()),
                                             static_cast<uint32_t>(columns), static_cast<uint32_t>(width)))
      throw std::invalid_argument("the tables of categories do not fit each other");
    auto out = matrix<Raw>(rows, width);
    for (size_t i = 0; i != rows; ++i) ensembles::recode<direct>(view, x + i * columns, out.mutable_data(static_cast<py::ssize_t>(i), 0));
    return py::array(out);
  });
}

}  // namespace

PYBIND11_MODULE(ensembles, m) {
  m.def("signs", &signs, "1 where the sum is not negative, else the given value, shape (n_samples, 1).");
  m.def("largest", &largest, "The column of the largest sum, shape (n_samples, 1).");
  m.def("scores", &scores, "base + step * sum per column, shape (n_samples, n_columns).");
  m.def("largest_vector", &largest_vector, "The column of the largest sum of vectors, shape (n_samples, 1).");
  m.def("vector_scores", &vector_scores, "base + step * sum of vectors, shape (n_samples, n_columns).");
  m.def("isolation", &isolation, "Scores of isolation less an offset, shape (n_samples, 1).");
  m.def("elect", &elect, "The class with the largest sum of weights, shape (n_samples, 1).");
  m.def("decisions", &decisions, "Decision values of weighted votes, shape (n_samples, n_classes) or (n_samples, 1).");
  m.def("median", &median, "The rank at half of the weights, shape (n_samples, 1).");
  m.def("one_hot", &one_hot, "1 in the column of each payload, shape (n_samples, n_columns).");
  m.def("recode", &recode, "Rows with a flag for each question about a category.");
  m.def("linked", &linked, "Probabilities or values of scores.");
}
