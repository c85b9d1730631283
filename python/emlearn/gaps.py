"""By how much an answer could have been another: what margins are compared with.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .record import Record


def gap_of_best(scores: np.ndarray) -> np.ndarray:
    """Between the two largest scores of each row, shape (n_samples,); infinite where there is one alone."""
    if scores.shape[1] == 1:
        return np.full(len(scores), np.inf)
    ordered = np.sort(scores, axis=1)
    gap: np.ndarray = ordered[:, -1] - ordered[:, -2]
    return gap


def gaps(record: Record, expected: Mapping[str, np.ndarray]) -> np.ndarray:
    """By how much the estimator's answer could have been another, per row and output.

    In units of the record's ``gap_op`` (:class:`emlearn.record.Record`): ``predict_proba`` where the model has it, unless the record
    says otherwise, else ``decision_function`` (a detector's and a two-class one: its size), a clusterer's ``transform``
    (distances). This is what :meth:`emlearn.registry.Family.margin` is compared with.
    """
    task = record.task
    proba = expected.get("predict_proba") if record.gap_op == "predict_proba" else None
    if proba is None:
        scores = expected.get("decision_function")
        if scores is None and task.kind == "clusterer" and "transform" in expected:
            scores = -expected["transform"]
        if scores is not None and task.kind == "multilabel":
            return np.abs(scores)
        if scores is None or task.n_outputs > 1:
            return np.full((len(expected["predict"]), task.n_outputs), np.inf)
        if scores.shape[1] == 1:
            return np.abs(scores)
        return gap_of_best(scores)[:, np.newaxis]
    if task.kind == "multilabel":
        return 2 * np.abs(proba - 0.5)
    return np.column_stack([gap_of_best(block) for block in np.split(proba, np.cumsum(task.n_classes)[:-1], axis=1)])
