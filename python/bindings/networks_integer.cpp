// The kernels of networks in integers on numpy arrays, a layer at a time: the portable ones, weights row by row.
// SPDX-License-Identifier: MIT
#include "integers.hpp"
#include "windows.hpp"

#include <emlearn/networks/integer.hpp>

#include <tuple>
#include <type_traits>

namespace py = pybind11;
namespace mlp = emlearn::mlp;
namespace networks = emlearn::networks::integer;
using emlearn::direct;
using emlearn_bindings::array;
using emlearn_bindings::bend;
using emlearn_bindings::matrix;
using emlearn_bindings::tables;

namespace {

/// Raw rows to whole numbers: kind, top, low and factor of each channel, shift.
template <class Q>
py::array take(const std::string& kind, uint32_t top, const py::array& low, const py::array& factor, int shift, const py::array& X) {
  const emlearn_bindings::taking taken = {kind, top, low, factor, shift};
  return emlearn_bindings::with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
    py::array_t<Q> found = matrix<Q>(rows, columns);
    const int n = kind == "whole" ? static_cast<int>(columns) : static_cast<int>(low.size()), positions = static_cast<int>(columns) / n;
    emlearn_bindings::with_intake<T>(taken, n, [&](const auto& v, auto which) {
      Q* out = found.mutable_data();
      for (size_t row = 0; row < rows; ++row, x += columns, out += columns) {
        if constexpr (which == 0) {
          mlp::take_whole(v, x, out);
        } else if constexpr (which == 1) {
          emlearn::networks::take_positions<networks::scaled<direct>>(v, x, positions, out);
        } else {
          emlearn::networks::take_positions<networks::real<direct>>(v, x, positions, out);
        }
      }
    });
    return py::array(found);
  });
}

template <class W> struct layer : emlearn_bindings::window, emlearn_bindings::numbers_of<W> {
  int over, nothing, at_zero, times;
  layer(const emlearn_bindings::window& base, const tables<W>& t) : window(base), emlearn_bindings::numbers_of<W>(t) {}
  int values() const { return taps() * channels(); }
  int n_in() const { return values(); }
  int answers() const { return this->out; }
  int multiplier() const { return this->out / channels(); }
  int32_t zero() const { return at_zero; }
  int32_t slope() const { return times; }
  int32_t pad() const { return nothing; }
  int divisor() const { return over; }
  bool unaligned() const { return false; }
};

/// padding, zero, slope, divisor
using numbers = std::tuple<int, int, int, int>;

template <class W, class Q, class Step>
void weighted(const layer<W>& v, const std::string& kind, const Step& step, const Q* x, Q* patch, Q* out) {
  if (kind == "each") {
    networks::convolve_each<direct>(v, step, x, out);
  } else {
    networks::convolve<direct, mlp::plain>(v, step, x, patch, out);
  }
}

template <class W> layer<W> made(const std::string& kind, const std::vector<int>& window, const tables<W>& t, const numbers& n) {
  layer<W> v(emlearn_bindings::window(window, kind == "in place"), t);
  v.nothing = std::get<0>(n), v.at_zero = std::get<1>(n), v.times = std::get<2>(n), v.over = std::get<3>(n);
  const bool pools = kind == "largest" || kind == "mean";
  const py::ssize_t per_output = kind == "each" || kind == "scaled mean" ? v.taps() : v.values();
  if (!pools && (v.out < 1 || std::get<0>(t).size() != per_output * v.out || std::get<2>(t).size() != v.out))
    throw std::invalid_argument("weights, bias and factor do not fit the window");
  return v;
}

/// A layer's answers.
template <class W, class Q> py::array answer(const std::string& kind, const std::vector<int>& window, const tables<W>& t, const numbers& n,
                                             const std::string& activation, const bend& curve, const array<Q>& X) {
  const layer<W> v = made(kind, window, t, n);
  if (X.ndim() != 2 || static_cast<size_t>(X.shape(1)) != v.inputs()) throw std::invalid_argument("X must have the columns of the layer");
  const auto curved = emlearn_bindings::bent(curve);
  const bool pools = kind == "largest" || kind == "mean";
  const size_t rows = static_cast<size_t>(X.shape(0)), width = v.places() * static_cast<size_t>(pools ? v.channels() : v.out);
  std::vector<Q> patch(static_cast<size_t>(v.values()));
  py::array_t<Q> found = matrix<Q>(rows, width);
  for (size_t row = 0; row < rows; ++row) {
    const Q* x = X.data() + row * v.inputs();
    Q* out = found.mutable_data() + row * width;
    if (kind == "largest") {
      networks::largest(v, x, out);
    } else if (kind == "mean") {
      networks::mean(v, x, out);
    } else if (kind == "scaled mean") {
      networks::scaled_mean<direct>(v, x, out);
    } else if (activation == "logistic" || activation == "tanh") {
      weighted(v, kind, curved, x, patch.data(), out);
    } else if (activation == "leaky") {
      weighted(v, kind, networks::leak(), x, patch.data(), out);
    } else {
      weighted(v, kind, mlp::clamp(), x, patch.data(), out);
    }
  }
  return found;
}

/// What lies under a window, a row for each place.
template <class Q> py::array patches(const std::vector<int>& numbers, int padding, const array<Q>& X) {
  const emlearn_bindings::window v(numbers, false);
  if (X.ndim() != 2 || static_cast<size_t>(X.shape(1)) != v.inputs()) throw std::invalid_argument("X must have the columns of the layer");
  const size_t rows = static_cast<size_t>(X.shape(0)), width = static_cast<size_t>(v.taps()) * static_cast<size_t>(v.channels());
  py::array_t<Q> found = matrix<Q>(rows * v.places(), width);
  Q* out = found.mutable_data();
  for (size_t row = 0; row < rows; ++row) {
    for (int y = 0; y < v.places_y(); ++y) {
      for (int x = 0; x < v.places_x(); ++x, out += width)
        emlearn::networks::gather(v, X.data() + row * v.inputs(), y, x, static_cast<Q>(padding), out);
    }
  }
  return found;
}

template <class W, class Q> void define(py::module_& m, const std::string& name) {
  m.def(("take_" + name).c_str(), &take<Q>, py::arg("kind"), py::arg("top"), py::arg("low"), py::arg("factor"), py::arg("shift"),
        py::arg("X"));
  m.def(("answer_" + name).c_str(), &answer<W, Q>, py::arg("kind"), py::arg("window"), py::arg("tables"), py::arg("numbers"),
        py::arg("activation"), py::arg("curve"), py::arg("X"));
  m.def(("patches_" + name).c_str(), &patches<Q>, py::arg("window"), py::arg("padding"), py::arg("X"));
}

}  // namespace

PYBIND11_MODULE(networks_integer, m) {
  define<int8_t, uint8_t>(m, "int8");
  define<int16_t, uint16_t>(m, "int16");
}
