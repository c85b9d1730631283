"""Forest to C++: its nodes, its leaves, and calls of the kernels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ... import cpp
from . import keys
from .emit_leaves import behind, calls, leaves_part, right_payloads
from .emit_nodes import nodes_part
from .encode import encoded
from .record import Forest
from .reference import reference


def emit(record: Forest) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    tables = encoded(record)
    nodes = nodes_part(record, tables.nodes, right_payloads(tables.leaves), calls(record, tables.leaves), behind(record, tables.leaves))
    leaves = leaves_part(record, tables.leaves)
    size = sum(table.n_bytes for table in nodes.tables)
    golden = record.task.is_discrete and record.task.n_outputs == 1 and nodes.constant and size <= 1 << 16
    return cpp.Part(
        task=record.task,
        functions=tuple(dataclasses.replace(function, constant=nodes.constant) for function in leaves.functions),
        includes=("emlearn/trees.hpp",),
        tables=nodes.tables + leaves.tables,
        declarations="\n".join(filter(None, (nodes.declarations, leaves.declarations))),
        checks=nodes.checks + leaves.checks,
        golden=_golden(record) if golden else (),
    )


def _golden(record: Forest) -> tuple[cpp.Golden, ...]:
    """Rows made of the model's own thresholds: on the boundary, and one key beyond it."""
    least, most = keys.limits(record.input)
    row = np.zeros(record.n_features, dtype=np.int64).clip(least, most)
    feature, first = np.unique(record.feature, return_index=True)
    row[feature] = record.threshold[first].clip(least, most)
    beyond = row.copy()
    beyond[feature] = np.minimum(row[feature] + 1, most)
    rows = np.array([row, beyond])
    answers = reference(record, "predict", keys.from_keys(rows, record.input))[:, 0]
    dtype = {"float32": np.int32, "float64": np.int64}.get(record.input, np.dtype(record.input))
    if dtype == np.int64:
        return ()
    return tuple(cpp.Golden(values.astype(dtype), int(answer)) for values, answer in zip(rows, answers, strict=True))
