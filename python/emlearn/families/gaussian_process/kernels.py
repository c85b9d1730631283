"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .covariance import constant, varying
from .record import Process, Term
from .squash import SQUASH


def run(record: Process, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import gaussian_process as kernel

    scales, places = record.scales()

    def plain(terms: tuple[Term, ...] | list[Term]) -> list[Any]:
        return [(t.coefficient, [(f.kind, f.parameter, *places[id(f)]) for f in t.factors]) for t in terms]

    tables = [record.held(name) for name in ("points", "weights", "offset", "whitening", "unit")]
    terms = plain(record.shared), plain(varying(record)), constant(record)
    task = "classify" if record.task.is_discrete and op == "predict" else op
    return np.asarray(kernel.answer(task, np.ascontiguousarray(X, record.input), *terms, scales, *tables, SQUASH))
