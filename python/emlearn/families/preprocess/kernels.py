"""The device's kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Preprocess


def run(record: Preprocess, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import preprocess as kernel

    rows = np.ascontiguousarray(X, dtype=np.float32)
    if record.kind == "function":
        return kernel.map(rows, record.name)
    if record.kind == "binarize":
        return kernel.binarize(rows, float(record.values[0]))
    if record.kind == "normalize":
        return kernel.normalize(rows, record.name, float(record.values[0]))
    if record.kind == "polynomial":
        return kernel.polynomial(rows, record.terms)
    if record.kind == "power":
        return kernel.power(rows, record.name, record.values)
    if record.kind == "standardized":
        return kernel.standardized(rows, record.values, record.is_signed)
    if record.kind == "quantiles":
        is_normal = record.name == "normal"
        return kernel.quantiles(rows, record.values, record.starts, record.columns, int(record.terms[0, 0]), is_normal)
    if record.kind == "splines":
        width = record.task.n_outputs // record.n_features
        return kernel.splines(rows, record.values, record.codes, int(record.terms[0, 0]), width, record.name)
    if record.kind == "chi2":
        return kernel.chi2(rows, record.values)
    if record.kind == "missing":
        return kernel.missing(rows, record.terms)
    return kernel.codes(rows, record.kind == "bins", record.values, record.starts, record.codes, record.columns, record.task.n_outputs)
