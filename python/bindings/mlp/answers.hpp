// What each operation of a network makes of its last layer's sums, by the functions that emitted headers call.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_MLP_ANSWERS_HPP
#define EMLEARN_BINDINGS_MLP_ANSWERS_HPP

#include <emlearn/mlp.hpp>

#include <algorithm>
#include <vector>

#include "../arrays.hpp"

namespace emlearn_bindings {

struct network {
  const float* weights;
  const float* biases;
  std::vector<int> sizes;

  network(const array<float>& w, const array<float>& b, const std::vector<int>& widths)
      : weights(w.data()), biases(b.data()), sizes(widths) {
    if (sizes.size() < 2 || *std::min_element(sizes.begin(), sizes.end()) < 1) throw std::invalid_argument("sizes: every layer has a unit");
    py::ssize_t n_weights = 0, n_biases = 0;
    for (size_t k = 0; k + 1 < sizes.size(); ++k) {
      n_weights += static_cast<py::ssize_t>(sizes[k]) * sizes[k + 1];
      n_biases += sizes[k + 1];
    }
    if (w.size() != n_weights || b.size() != n_biases) throw std::invalid_argument("weights and biases do not fit sizes");
  }
  size_t widest() const { return static_cast<size_t>(*std::max_element(sizes.begin(), sizes.end())); }
};

const std::vector<std::string> outputs = {"exp", "identity", "logistic", "softmax"};

/// The answers of some rows, row by row.
class answers {
 public:
  answers(const std::string& output, const std::string& op, const network& net, size_t n_rows) : n_out_(net.sizes.back()) {
    if (std::find(outputs.begin(), outputs.end(), output) == outputs.end()) throw std::invalid_argument("no kernel for output " + output);
    const bool binary = output == "logistic" && n_out_ == 1, classes = op == "predict";
    kind_ = output == "identity"              ? identity
            : output == "exp"                 ? exponential
            : output == "softmax"             ? (classes ? largest : softmax)
            : classes                         ? (binary ? binary_class : labels)
            : binary && op == "predict_proba" ? binary_proba
                                              : logistic;
    const bool single = kind_ == largest || kind_ == binary_class;
    width_ = single ? 1 : kind_ == binary_proba ? 2 : static_cast<size_t>(n_out_);
    if (single || kind_ == labels)
      indices_ = matrix<int32_t>(n_rows, width_), index_ = indices_.mutable_data();
    else
      values_ = matrix<float>(n_rows, width_), value_ = values_.mutable_data();
  }

  /// Of the row whose last layer's sums are z.
  void operator()(size_t row, const float* z) {
    namespace mlp = emlearn::mlp;
    float* const value = value_ + row * width_;
    int32_t* const index = index_ + row * width_;
    if (kind_ == largest) *index = mlp::argmax(z, n_out_);
    if (kind_ == binary_class) *index = mlp::binary_class(z[0]);
    if (kind_ == labels) mlp::labels(z, n_out_, index);
    if (kind_ == binary_proba) mlp::binary_proba(z[0], value);
    if (kind_ == identity || kind_ == softmax) std::copy_n(z, n_out_, value);
    if (kind_ == softmax) mlp::softmax(value, n_out_);
    if (kind_ == exponential) std::transform(z, z + n_out_, value, mlp::exponential::of);
    if (kind_ == logistic) std::transform(z, z + n_out_, value, mlp::logistic::of);
  }

  py::array taken() const { return index_ ? py::array(indices_) : py::array(values_); }

 private:
  enum { identity, exponential, logistic, softmax, largest, binary_class, binary_proba, labels } kind_;
  int n_out_;
  size_t width_;
  py::array_t<float> values_;
  py::array_t<int32_t> indices_;
  float* value_ = nullptr;
  int32_t* index_ = nullptr;
};

/// The networks' kernels on rows side by side.
void bind_lanes(py::module_& m);

}  // namespace emlearn_bindings

#endif
