// Multilayer perceptrons on rows side by side: the bits of the portable kernels, several rows to an instruction.
// SPDX-License-Identifier: MIT
#include "../lanes.hpp"

#include "answers.hpp"

namespace emlearn_bindings {

namespace {

namespace mlp = emlearn::mlp;

/// All layers for the rows of one block, which `from` holds feature by feature; leaves the last layer's sums in `from`. Both have room for
/// the widest layer.
template <class Hidden> void forward(const network& net, std::vector<float>& from, std::vector<float>& to) {
  const float *weights = net.weights, *bias = net.biases;
  for (size_t k = 0; k + 1 != net.sizes.size(); ++k) {
    const size_t n_in = static_cast<size_t>(net.sizes[k]), n_out = static_cast<size_t>(net.sizes[k + 1]);
    weighted_sums(
        from.data(), bias, n_in, n_out, [=](size_t j, size_t i) { return weights[j * n_in + i]; }, to.data());
    if (k + 2 != net.sizes.size())
      for (size_t at = 0; at != n_out * lanes::rows; ++at) to[at] = Hidden::of(to[at]);
    weights += n_in * n_out;
    bias += n_out;
    from.swap(to);
  }
}

using layers = void (*)(const network&, std::vector<float>&, std::vector<float>&);

layers layers_of(const std::string& hidden) {
  if (hidden == "identity") return forward<mlp::identity>;
  if (hidden == "logistic") return forward<mlp::logistic>;
  if (hidden == "relu") return forward<mlp::relu>;
  if (hidden == "tanh") return forward<mlp::hyperbolic>;
  throw std::invalid_argument("no kernel for hidden activation " + hidden);
}

py::array run(const array<float>& weights, const array<float>& biases, const std::vector<int>& sizes, const std::string& hidden,
              const std::string& output, const std::string& op, const py::array& X) {
  const network net(weights, biases, sizes);
  const layers all = layers_of(hidden);
  return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    if (columns != static_cast<size_t>(sizes.front())) throw std::invalid_argument("x must have the columns of the first layer");
    answers out(output, op, net, rows);
    const size_t n_out = static_cast<size_t>(sizes.back());
    std::vector<float> from(net.widest() * lanes::rows), to(from.size()), z(n_out);
    {
      const py::gil_scoped_release release;
      each_block(rows, lanes::rows, [&](size_t first, size_t count) {
        turn(x + first * columns, count, columns, lanes::rows, from.data());
        all(net, from, to);
        for (size_t row = 0; row != count; ++row) {
          for (size_t j = 0; j != n_out; ++j) z[j] = from[j * lanes::rows + row];
          out(first + row, z.data());
        }
      });
    }
    return out.taken();
  });
}

}  // namespace

void bind_lanes(py::module_& m) {
  m.def("lanes", &run, py::arg("weights").noconvert(), py::arg("biases").noconvert(), py::arg("sizes"), py::arg("hidden"),
        py::arg("output"), py::arg("op"), py::arg("x"), "What run() gives, with rows side by side.");
}

}  // namespace emlearn_bindings
