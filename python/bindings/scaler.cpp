// The scaler kernel on numpy arrays.
// SPDX-License-Identifier: MIT
#include <emlearn/scaler.hpp>

#include "arrays.hpp"

using namespace emlearn_bindings;

PYBIND11_MODULE(scaler, m) {
  m.def(
      "transform",
      [](const py::array& X, const array<float>& scale, const array<float>& offset, const array<float>& low, const array<float>& high) {
        return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
          const emlearn::scaler::view v{
              scale.data(), offset.data(), low.data(), high.data(), static_cast<uint16_t>(scale.shape(0)), static_cast<uint16_t>(columns)};
          auto out = matrix<float>(rows, columns);
          float* y = out.mutable_data();
          for (size_t i = 0; i != rows; ++i) emlearn::scaler::transform<emlearn::direct>(v, x + i * columns, y + i * columns);
          return out;
        });
      },
      "Scales float or integer rows X, shape (n_samples, n_features); tables have shape (n_segments, n_features).");
}
