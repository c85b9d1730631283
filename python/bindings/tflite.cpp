// The kernels of TensorFlow Lite networks on numpy arrays, a layer at a time: the portable ones, weights row by row.
// SPDX-License-Identifier: MIT
#include "integers.hpp"
#include "windows.hpp"

#include <emlearn/tflite.hpp>

#include <optional>
#include <tuple>
#include <type_traits>

namespace py = pybind11;
namespace mlp = emlearn::mlp;
namespace networks = emlearn::networks::integer;
namespace tflite = emlearn::tflite;
using emlearn::direct;
using emlearn_bindings::array;
using emlearn_bindings::matrix;

namespace {

struct features {
  int n;
  float units;
  int32_t at_zero;
  int n_features() const { return n; }
  float scale() const { return units; }
  int32_t zero() const { return at_zero; }
};

/// Raw rows to bytes: less `low` where there is one, else in units of `scale` above `zero`.
py::array take(float scale, int32_t zero, std::optional<int32_t> low, const py::array& X) {
  return emlearn_bindings::with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
    py::array_t<uint8_t> found = matrix<uint8_t>(rows, columns);
    uint8_t* out = found.mutable_data();
    const features real = {static_cast<int>(columns), scale, zero};
    const emlearn_bindings::whole_intake whole = {static_cast<int>(columns), 0, 255, low.value_or(0)};
    for (size_t row = 0; row < rows; ++row, x += columns, out += columns) {
      if (!low) {
        tflite::take_real(real, x, out);
      } else if constexpr (std::is_integral_v<T>) {
        mlp::take_whole(whole, x, out);
      }
    }
    return py::array(found);
  });
}

/// weights, bias, multiplier, power, table
using tables = std::tuple<array<int8_t>, array<int32_t>, array<int32_t>, array<int8_t>, array<uint8_t>>;
/// padding, zero, least, top
using numbers = std::tuple<int32_t, int32_t, int32_t, int32_t>;

template <class Rounded> struct layer : emlearn_bindings::window {
  const int8_t* w;
  const int32_t* b;
  tflite::each<Rounded> rescale;
  int outputs;
  numbers n;
  layer(const emlearn_bindings::window& base, const tables& t, const numbers& all)
      : window(base),
        w(std::get<0>(t).data()),
        b(std::get<1>(t).data()),
        rescale{std::get<2>(t).data(), std::get<3>(t).data()},
        outputs(static_cast<int>(std::get<2>(t).size())),
        n(all) {}
  const int8_t* weights() const { return w; }
  const int32_t* bias() const { return b; }
  tflite::each<Rounded> factor() const { return rescale; }
  int values() const { return taps() * channels(); }
  int n_in() const { return values(); }
  int n_out() const { return outputs; }
  int answers() const { return outputs; }
  int multiplier() const { return outputs / channels(); }
  bool unaligned() const { return false; }
  int total() const { return 32; }
  int32_t pad() const { return std::get<0>(n); }
  int32_t zero() const { return std::get<1>(n); }
  int32_t least() const { return std::get<2>(n); }
  int32_t top() const { return std::get<3>(n); }
};

template <class V> void check(const std::string& kind, const V& v, const tables& t, const array<uint8_t>& X) {
  if (X.ndim() != 2 || static_cast<size_t>(X.shape(1)) != v.inputs()) throw std::invalid_argument("X must have the columns of the layer");
  if (kind == "largest" || kind == "average") return;
  if (kind == "table") {
    if (std::get<4>(t).size() != 256) throw std::invalid_argument("a table has 256 values");
    return;
  }
  const py::ssize_t out = v.outputs, per_output = kind == "total" ? 0 : kind == "each" ? v.taps() : v.values();
  const py::ssize_t biases = kind == "total" ? 0 : out;
  if (out < 1 || std::get<0>(t).size() != per_output * out || std::get<1>(t).size() != biases || std::get<3>(t).size() != out)
    throw std::invalid_argument("weights, bias and multipliers do not fit the window");
}

/// A layer's answers.
template <class Rounded>
py::array answer(const std::string& kind, const std::vector<int>& window, const tables& t, const numbers& all, const array<uint8_t>& X) {
  const layer<Rounded> v(emlearn_bindings::window(window, kind == "in place"), t, all);
  check(kind, v, t, X);
  const int at_each_place = kind == "largest" || kind == "average" || kind == "table" ? v.channels() : v.outputs;
  const size_t rows = static_cast<size_t>(X.shape(0)), width = v.places() * static_cast<size_t>(at_each_place);
  std::vector<uint8_t> patch(static_cast<size_t>(v.values()));
  py::array_t<uint8_t> found = matrix<uint8_t>(rows, width);
  for (size_t row = 0; row < rows; ++row) {
    const uint8_t* x = X.data() + row * v.inputs();
    uint8_t* out = found.mutable_data() + row * width;
    if (kind == "largest") {
      networks::largest(v, x, out);
    } else if (kind == "average") {
      tflite::average(v, x, out);
    } else if (kind == "total") {
      tflite::total<direct>(v, x, out);
    } else if (kind == "table") {
      tflite::look_up<direct>(std::get<4>(t).data(), x, static_cast<int>(width), out);
    } else if (kind == "each") {
      networks::convolve_each<direct>(v, tflite::between(), x, out);
    } else {
      networks::convolve<direct, mlp::plain>(v, tflite::between(), x, patch.data(), out);
    }
  }
  return found;
}

struct end {
  float units;
  int32_t at_zero;
  const int32_t* table;
  int n;
  float unit() const { return units; }
  int32_t zero() const { return at_zero; }
  const int32_t* powers() const { return table; }
  int n_powers() const { return n; }
};

/// What an operation makes of the last layer's bytes.
py::array last(const std::string& kind, const std::string& op, bool is_binary, float unit, int32_t zero, const array<int32_t>& powers,
               bool is_sure, const array<uint8_t>& X) {
  if (X.ndim() != 2) throw std::invalid_argument("X must have rows and columns");
  const size_t rows = static_cast<size_t>(X.shape(0)), columns = static_cast<size_t>(X.shape(1));
  const int n = static_cast<int>(columns);
  const end v = {unit, zero, powers.data(), static_cast<int>(powers.size())};
  const bool classes = kind != "values" && op == "predict", sought = kind == "softmax" && !(classes && is_sure);
  const size_t width = classes && kind == "softmax" ? 1 : !classes && is_binary ? 2 : columns;
  py::array_t<int32_t> labels = matrix<int32_t>(classes ? rows : 0, width);
  py::array_t<float> numbers = matrix<float>(classes ? 0 : rows, width);
  std::vector<uint8_t> p(columns);
  for (size_t row = 0; row < rows; ++row) {
    const uint8_t* y = X.data() + row * columns;
    if (sought) {
      tflite::softmax<direct>(v, y, n, p.data());
      y = p.data();
    }
    if (classes) {
      int32_t* out = labels.mutable_data() + row * width;
      kind == "softmax" ? static_cast<void>(*out = tflite::best(y, n)) : tflite::positive(y, n, out);
      continue;
    }
    float* out = numbers.mutable_data() + row * width;
    if (kind == "values") {
      tflite::values(v, y, n, out);
    } else {
      tflite::shares(y, n, out + (is_binary ? 1 : 0));
      if (is_binary) out[0] = 1.0f - out[1];
    }
  }
  return classes ? py::array(labels) : py::array(numbers);
}

}  // namespace

PYBIND11_MODULE(tflite, m) {
  m.def("take", &take, py::arg("scale"), py::arg("zero"), py::arg("low").none(true), py::arg("X"));
  m.def("answer_twice", &answer<tflite::twice>, py::arg("kind"), py::arg("window"), py::arg("tables"), py::arg("numbers"), py::arg("X"));
  m.def("answer_once", &answer<tflite::once>, py::arg("kind"), py::arg("window"), py::arg("tables"), py::arg("numbers"), py::arg("X"));
  m.def("last", &last, py::arg("kind"), py::arg("op"), py::arg("is_binary"), py::arg("unit"), py::arg("zero"), py::arg("powers"),
        py::arg("is_sure"), py::arg("X"));
}
