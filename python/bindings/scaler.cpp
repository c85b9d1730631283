// The scaler kernel on numpy arrays.
// SPDX-License-Identifier: MIT
#include <emlearn/scaler.hpp>

#include "arrays.hpp"

using namespace emlearn_bindings;

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
}
