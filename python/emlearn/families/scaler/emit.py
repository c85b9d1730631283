"""Scaler to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ... import cpp
from .record import Scaler


def emit(record: Scaler) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    names = ("scale", "offset", "low", "high")
    stage = cpp.lines(
        "template <class T = void> struct stage {",
        [f"  static constexpr const float* {name}() {{ return tables<T>::{name}; }}" for name in names],
        f"  static constexpr uint16_t n_segments() {{ return {record.n_segments}; }}",
        f"  static constexpr uint16_t n_features() {{ return {record.n_features}; }}",
        "};",
    )
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", "::emlearn::scaler::transform<Reader>(stage<>(), x, out);", constant=True),),
        includes=("emlearn/scaler.hpp",),
        tables=tuple(cpp.Table(name, getattr(record, name)) for name in names),
        declarations=stage,
    )
