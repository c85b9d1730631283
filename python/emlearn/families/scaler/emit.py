"""Scaler to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from .grid import Grid
from .record import Scaler

_HERE = "::emlearn::scaler::"


def emit(record: Scaler | Grid) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Grid):
        return _grid(record)
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
        functions=(cpp.Function("transform", f"{_HERE}transform<Reader>(stage<>(), x, out);", constant=True),),
        includes=("emlearn/scaler.hpp",),
        tables=tuple(tables),
        declarations=stage,
    )


def _pointer(record: Scaler, name: str) -> str:
    return f"tables<T>::{name}" if record.n_segments and len(getattr(record, name)) else "nullptr"


def _grid(record: Grid) -> cpp.Part:
    tables = [cpp.Table("low", record.low, "what becomes zero"), cpp.Table("factor", record.factor, "steps per raw count, times 2^shift")]
    tables += [] if record.is_real else [cpp.Table("shift", record.shift)]
    most = np.iinfo(record.task.dtype).max
    lengths = ", ".join(f"sizeof(tables<>::{table.name}) / sizeof(tables<>::{table.name}[0])" for table in tables)
    low, factor = (table.c_type for table in tables[:2])
    view = cpp.lines(
        "template <class T = void> struct steps {",
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        f"  static constexpr uint32_t top() {{ return {record.top}; }}",
        f"  static constexpr const {low}* low() {{ return tables<T>::low; }}",
        f"  static constexpr const {factor}* factor() {{ return tables<T>::factor; }}",
        f"  static constexpr const uint8_t* shift() {{ return {'nullptr' if record.is_real else 'tables<T>::shift'}; }}",
        "};",
    )
    valid = f"{_HERE}{'valid_real_grid' if record.is_real else 'valid_grid'}(steps<>(), {lengths}, {most}u)"
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", f"{_HERE}place<Reader>(steps<>(), x, out);", constant=True),),
        includes=("emlearn/scaler/grid.hpp",),
        tables=tuple(tables),
        declarations=view,
        checks=(cpp.Check(valid, "a table of steps is damaged", sum(table.n_bytes for table in tables)),),
    )
