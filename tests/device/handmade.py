"""Models that are nothing but a header written by hand, to test the lab itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from emlearn.inputs import Input
from emlearn.record import Task

DOT = r"""
#include <emlearn/flash.hpp>
namespace model {
namespace detail {
template <class = void> struct tables { static constexpr float w[4] EMLEARN_FLASH = {0.5f, -1.25f, 3.0f, 1e-7f}; };
#if __cplusplus < 201703L
template <class T> constexpr float tables<T>::w[4];
#endif
}
inline float predict(const float* x) {
  float sum = 0;
  for (int i = 0; i < 4; ++i) sum += x[i] * ::emlearn::flash::read(detail::tables<>::w + i);
  return sum;
}
}
"""


def handmade(text: str, *, kind: str = "regressor", dtype: str = "float32", n_features: int = 4) -> Any:
    """A model whose header is `text`, offering ``predict`` only."""
    return SimpleNamespace(
        record=SimpleNamespace(task=Task(kind, 1, (2,) if kind == "classifier" else ()), ops=("predict",)),
        input=Input.make(dtype, 1, 0, None, n_features, ()),
        save=lambda name: text,
    )


def body(statements: str, returns: str = "int") -> Any:
    """A classifier of one int16 feature whose ``predict`` has this body."""
    kind = "classifier" if returns == "int" else "regressor"
    text = f"#include <stdint.h>\nnamespace model {{ inline {returns} predict(const int16_t* x) {{ (void)x; {statements} }} }}\n"
    return handmade(text, kind=kind, dtype="int16", n_features=1)
