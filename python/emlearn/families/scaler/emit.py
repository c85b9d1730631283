"""Scalers and grids to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from .fixed import FixedScaler
from .grid import Grid
from .record import Scaler

_HERE = "::emlearn::scaler::"


def emit(record: Scaler) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    names = ("scale", "offset", "low", "high", *(("fill",) if len(record.fill) else ()))
    tables = [cpp.Table(name, getattr(record, name)) for name in names if record.n_segments]
    columns, column = _columns(record)
    tables += columns
    stage = cpp.lines(
        "template <class T = void> struct stage {",
        [
            f"  static constexpr const float* {name}() {{ return {_pointer(record, name)}; }}"
            for name in ("scale", "offset", "low", "high", "fill")
        ],
        f"  static constexpr uint16_t n_segments() {{ return {record.n_segments}; }}",
        f"  static constexpr uint16_t n_columns() {{ return {record.task.n_outputs}; }}",
        column,
        "};",
    )
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", f"{_HERE}transform<Reader>(stage<>(), x, out);", constant=True),),
        includes=("emlearn/scaler.hpp",),
        tables=tuple(tables),
        declarations=stage,
    )


def _columns(record: Scaler | FixedScaler) -> tuple[list[cpp.Table], str]:
    """The table of a choice of columns, if any, and the member of a view that reads it."""
    tables, found = [], "i"
    if record.selects:
        narrow = np.uint8 if record.n_features <= 256 else np.uint16
        tables = [cpp.Table("columns", record.columns.astype(narrow), "the feature of each column")]
        found = "Reader::read(tables<T>::columns + i)"
    return tables, f"  template <class Reader> static EMLEARN_CONSTEXPR uint16_t column(uint16_t i) {{ return {found}; }}"


def emit_fixed(record: FixedScaler) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    columns, column = _columns(record)
    tables = [
        cpp.Table("weights", record.weight),
        cpp.Table("bias", record.bias),
        cpp.Table("unit", record.unit, "what one of a sum means"),
    ]
    tables += [cpp.Table(name, getattr(record, name), "of a sum") for name in ("low", "high") if len(record.low)]
    total, weight = (cpp.SCALAR_TYPES[table.dtype.name] for table in (record.low, record.weight))
    limits = [
        f"  static constexpr const {total}* {name}() {{ return {f'tables<T>::{name}' if len(record.low) else 'nullptr'}; }}"
        for name in ("low", "high")
    ]
    view = cpp.lines(
        "template <class T = void> struct whole_stage {",
        f"  typedef {total} sum;",
        f"  static constexpr const {weight}* weights() {{ return tables<T>::weights; }}",
        "  static constexpr const int32_t* bias() { return tables<T>::bias; }",
        f"  static constexpr sum bias_unit() {{ return {cpp.literal(record.bias_unit, record.low.dtype.name)}; }}",
        "  static constexpr const float* unit() { return tables<T>::unit; }",
        limits,
        f"  static constexpr uint16_t n_columns() {{ return {record.task.n_outputs}; }}",
        column,
        "};",
    )
    lengths = ", ".join(f"sizeof(tables<>::{name}) / sizeof(tables<>::{name}[0])" for name in ("weights", "bias", "unit"))
    valid = f"{_HERE}valid_whole(whole_stage<>(), {lengths}, {record.n_features}u, {record.largest}u)"
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", f"{_HERE}transform_whole<Reader>(whole_stage<>(), x, out);", constant=True),),
        includes=("emlearn/scaler/fixed.hpp",),
        tables=(*tables, *columns),
        declarations=view,
        checks=(cpp.Check(valid, "a table of the scaler is damaged", sum(table.n_bytes for table in tables)),),
    )


def _pointer(record: Scaler, name: str) -> str:
    return f"tables<T>::{name}" if record.n_segments and len(getattr(record, name)) else "nullptr"


def emit_grid(record: Grid) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    tables = [cpp.Table("low", record.low, "what becomes zero"), cpp.Table("factor", record.factor, "steps per raw count, times 2^shift")]
    tables += [] if record.is_real else [cpp.Table("shift", record.shift)]
    tables += [cpp.Table("tops", record.tops, "the largest answers")] if len(record.tops) else []
    limit = "Reader::read(tables<T>::tops + i)" if len(record.tops) else "top()"
    most = np.iinfo(record.task.dtype).max
    lengths = ", ".join(f"sizeof(tables<>::{table.name}) / sizeof(tables<>::{table.name}[0])" for table in tables if table.name != "tops")
    low, factor = (table.c_type for table in tables[:2])
    view = cpp.lines(
        "template <class T = void> struct steps {",
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        f"  static constexpr uint32_t top() {{ return {record.top}; }}",
        f"  template <class Reader> static EMLEARN_CONSTEXPR uint32_t limit(int{' i' if len(record.tops) else ''}) {{ return {limit}; }}",
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
