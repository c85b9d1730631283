// The scaler kernel on numpy arrays.
// SPDX-License-Identifier: MIT
#include <emlearn/scaler.hpp>
#include <emlearn/scaler/fixed.hpp>
#include <emlearn/scaler/grid.hpp>

#include <limits>
#include <type_traits>

#include "arrays.hpp"

using namespace emlearn_bindings;

namespace {

/// Calls f with a value of the type of an answer of this name.
template <class F> py::array with_answers(const std::string& type, F f) {
  if (type == "uint8") return f(uint8_t{});
  if (type == "int16") return f(int16_t{});
  if (type == "int32") return f(int32_t{});
  throw std::invalid_argument("no answers of type " + type);
}

/// Rows in steps, by tables of these types.
template <class Low, class Factor> py::array placed(const py::array& X, const py::array& low, const py::array& factor,
                                                    const array<uint8_t>& shift, const array<uint32_t>& tops, uint32_t top,
                                                    const std::string& type) {
  const emlearn::scaler::grid_view<Low, Factor> v{
      static_cast<int>(low.size()),       top, static_cast<const Low*>(low.data()), static_cast<const Factor*>(factor.data()), shift.data(),
      tops.size() ? tops.data() : nullptr};
  return with_rows(X, [&](auto* x, size_t rows, size_t features) {
    return with_answers(type, [&](auto zero) -> py::array {
      typedef std::remove_cv_t<std::remove_pointer_t<decltype(x)>> raw;
      typedef decltype(zero) answer;
      if constexpr (std::is_same_v<raw, Low> || std::is_floating_point_v<Low>) {
        auto out = matrix<answer>(rows, features);
        auto* q = out.mutable_data();
        for (size_t i = 0; i != rows; ++i) emlearn::scaler::place<emlearn::direct>(v, x + i * features, q + i * features);
        return std::move(out);
      } else {
        throw std::invalid_argument("low has another type than rows");
      }
    });
  });
}

py::array place(const py::array& X, const py::array& low, const py::array& factor, const array<uint8_t>& shift, const array<uint32_t>& tops,
                uint32_t top, const std::string& type) {
  if (X.ndim() != 2 || low.size() != X.shape(1) || factor.size() != low.size() || (tops.size() != 0 && tops.size() != low.size()))
    throw std::invalid_argument("tables and rows do not fit each other");
  if (py::isinstance<py::array_t<float>>(factor)) return placed<float, float>(X, low, factor, shift, tops, top, type);
  if (shift.size() != low.size()) throw std::invalid_argument("shift and rows do not fit each other");
  return with_rows(X, [&](auto* x, size_t, size_t) -> py::array {
    typedef std::remove_cv_t<std::remove_pointer_t<decltype(x)>> raw;
    if constexpr (std::is_integral_v<raw>) {
      if (!py::isinstance<py::array_t<raw>>(low)) throw std::invalid_argument("low has another type than rows");
      if (py::isinstance<py::array_t<uint32_t>>(factor)) return placed<raw, uint32_t>(X, low, factor, shift, tops, top, type);
      if (py::isinstance<py::array_t<uint16_t>>(factor)) return placed<raw, uint16_t>(X, low, factor, shift, tops, top, type);
    }
    throw std::invalid_argument("no kernel for tables of these types");
  });
}

/// Columns scaled in integers, with sums of that type.
template <class Sum> py::array_t<float> scaled_whole(const py::array& X, const array<uint16_t>& columns, const array<int32_t>& weights,
                                                     const array<int32_t>& bias, const array<float>& unit, const array<Sum>& low,
                                                     const array<Sum>& high, int64_t bias_unit) {
  const auto n = static_cast<size_t>(columns.size());
  const bool clips = low.size() > 0;
  const emlearn::scaler::whole_view<int32_t, Sum> v{columns.data(),
                                                    weights.data(),
                                                    bias.data(),
                                                    unit.data(),
                                                    clips ? low.data() : nullptr,
                                                    clips ? high.data() : nullptr,
                                                    static_cast<Sum>(bias_unit),
                                                    static_cast<uint16_t>(n)};
  return with_rows(X, [&](auto* x, size_t rows, size_t features) -> py::array_t<float> {
    typedef std::remove_cv_t<std::remove_pointer_t<decltype(x)>> raw;
    if constexpr (!std::is_integral_v<raw>) {
      throw std::invalid_argument("rows must be integers");
    } else {
      const uint32_t largest = static_cast<uint32_t>(std::numeric_limits<raw>::max()) + (std::is_signed_v<raw> ? 1u : 0u);
      if (!emlearn::scaler::valid_whole(v, static_cast<long>(weights.size()), static_cast<long>(bias.size()),
                                        static_cast<long>(unit.size()), static_cast<uint32_t>(features), largest) ||
          low.size() != high.size() || (clips && low.size() != columns.size()))
        throw std::invalid_argument("tables and rows do not fit each other");
      auto out = matrix<float>(rows, n);
      float* y = out.mutable_data();
      for (size_t i = 0; i != rows; ++i) emlearn::scaler::transform_whole<emlearn::direct>(v, x + i * features, y + i * n);
      return out;
    }
  });
}

}  // namespace

PYBIND11_MODULE(scaler, m) {
  m.def(
      "transform",
      [](const py::array& X, const array<uint16_t>& columns, const array<float>& scale, const array<float>& offset, const array<float>& low,
         const array<float>& high, const array<float>& fill) {
        return with_rows(X, [&](auto* x, size_t rows, size_t features) {
          const auto n_columns = static_cast<size_t>(columns.shape(0));
          const emlearn::scaler::view v{columns.data(),
                                        scale.data(),
                                        offset.data(),
                                        low.data(),
                                        high.data(),
                                        fill.size() ? fill.data() : nullptr,
                                        static_cast<uint16_t>(scale.shape(0)),
                                        static_cast<uint16_t>(n_columns)};
          auto out = matrix<float>(rows, n_columns);
          float* y = out.mutable_data();
          for (size_t i = 0; i != rows; ++i) emlearn::scaler::transform<emlearn::direct>(v, x + i * features, y + i * n_columns);
          return out;
        });
      },
      "Columns of float or integer rows X, scaled; tables have shape (n_segments, n_columns), fill none or that.");
  m.def("scale_whole", &scaled_whole<int32_t>, "Columns of integer rows X, scaled in integers, sums of 32 bits.");
  m.def("scale_whole_wide", &scaled_whole<int64_t>, "The same with sums of 64 bits.");
  m.def("place", &place, "Rows X as whole numbers 0 to top of the named type.");
}
