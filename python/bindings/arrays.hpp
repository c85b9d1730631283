// numpy arrays as pointers: what every binding needs.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_ARRAYS_HPP
#define EMLEARN_BINDINGS_ARRAYS_HPP

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace emlearn_bindings {

namespace py = pybind11;

template <class T> using array = py::array_t<T, py::array::c_style>;

/// Calls f with a C-contiguous row pointer and the shape, typed as X is: one of the raw input types.
template <class F> auto with_rows(const py::array& X, F f) {
  if (X.ndim() != 2 || !(X.flags() & py::array::c_style)) throw std::invalid_argument("X must be a C-contiguous matrix");
  const size_t rows = static_cast<size_t>(X.shape(0)), columns = static_cast<size_t>(X.shape(1));
  const auto as = [&](auto zero) { return f(static_cast<const decltype(zero)*>(X.data()), rows, columns); };
  if (py::isinstance<py::array_t<float>>(X)) return as(float{});
  if (py::isinstance<py::array_t<double>>(X)) return as(double{});
  if (py::isinstance<py::array_t<int32_t>>(X)) return as(int32_t{});
  if (py::isinstance<py::array_t<int16_t>>(X)) return as(int16_t{});
  if (py::isinstance<py::array_t<uint16_t>>(X)) return as(uint16_t{});
  if (py::isinstance<py::array_t<int8_t>>(X)) return as(int8_t{});
  if (py::isinstance<py::array_t<uint8_t>>(X)) return as(uint8_t{});
  throw std::invalid_argument("X has a dtype that is not one of the raw input types");
}

/// An uninitialised matrix.
template <class T> py::array_t<T> matrix(size_t rows, size_t columns) {
  return py::array_t<T>({static_cast<py::ssize_t>(rows), static_cast<py::ssize_t>(columns)});
}

}  // namespace emlearn_bindings

#endif
