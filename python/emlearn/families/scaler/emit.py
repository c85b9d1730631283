"""Scaler to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from .record import Scaler


def emit(record: Scaler) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    names = ("scale", "offset", "low", "high", *(("fill",) if len(record.fill) else ()))
    tables = [cpp.Table(name, getattr(record, name)) for name in names if record.n_segments]
    column = "i"
    if record.selects:
        narrow = np.uint8 if record.n_features <= 256 else np.uint16
        tables.append(cpp.Table("columns", record.columns.astype(narrow), "the feature of each column"))
        column = "Reader::read(tables<T>::columns + i)"
    stage = cpp.lines(
        "template <class T = void> struct stage {",
        [
            f"  static constexpr const float* {name}() {{ return {_pointer(record, name)}; }}"
            for name in ("scale", "offset", "low", "high", "fill")
        ],
        f"  static constexpr uint16_t n_segments() {{ return {record.n_segments}; }}",
        f"  static constexpr uint16_t n_columns() {{ return {record.task.n_outputs}; }}",
        f"  template <class Reader> static EMLEARN_CONSTEXPR uint16_t column(uint16_t i) {{ return {column}; }}",
        "};",
    )
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", "::emlearn::scaler::transform<Reader>(stage<>(), x, out);", constant=True),),
        includes=("emlearn/scaler.hpp",),
        tables=tuple(tables),
        declarations=stage,
    )


def _pointer(record: Scaler, name: str) -> str:
    return f"tables<T>::{name}" if record.n_segments and len(getattr(record, name)) else "nullptr"
