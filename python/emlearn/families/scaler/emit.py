"""Scaler to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ... import cpp
from .record import Scaler


def emit(record: Scaler) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    tables = "tables<>::scale, tables<>::offset, tables<>::low, tables<>::high"
    view = f"::emlearn::scaler::view{{{tables}, {record.n_segments}, {record.n_features}}}"
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", f"::emlearn::scaler::transform<Reader>({view}, x, out);", constant=True),),
        includes=("emlearn/scaler.hpp",),
        tables=tuple(cpp.Table(name, getattr(record, name)) for name in ("scale", "offset", "low", "high")),
    )
