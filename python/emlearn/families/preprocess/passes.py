"""What folds into these: a choice among their columns. A scaler stage brings raw values into float features first.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from ...front import Front
from ...options import Options
from ...record import Record, Task
from .. import scaler
from .record import NONE, Preprocess


def absorb(record: Preprocess, front: Front) -> Preprocess | None:
    """Only what changes nothing."""
    plain = front.input.is_identity and front.input.dtype == "float32" and not front.steps and front.input.missing is None
    return record if plain else None


def finish(record: Preprocess, options: Options) -> Preprocess:
    """The tables are ready when they are read."""
    return record


def select(record: Preprocess, columns: np.ndarray) -> list[Record] | None:
    """Stages that give only these columns of its own, the others not computed; None where each needs all (or one is asked for twice)."""
    if record.kind in ("normalize", "splines", "chi2") or len(np.unique(columns)) < len(columns):
        return None
    task = Task("transformer", len(columns))
    if record.kind in ("polynomial", "missing"):
        return [dataclasses.replace(record, terms=record.terms[columns], task=task)]
    if not record.is_coded or len(record.codes):  # a column of its own for each feature
        return _on(record, columns, dataclasses.replace(record, task=task))
    place = np.full(record.task.n_outputs + 1, NONE, np.uint16)
    place[columns] = np.arange(len(columns))
    chosen = dataclasses.replace(record, columns=place[np.minimum(record.columns, record.task.n_outputs)], task=task)
    starts = record.starts.astype(np.int64) + np.arange(len(record.starts))
    used = [bool(np.any(chosen.columns[low:high] != NONE)) for low, high in itertools.pairwise(starts)]
    return _on(record, np.flatnonzero(used), chosen)


def _on(record: Preprocess, features: np.ndarray, chosen: Preprocess) -> list[Record]:
    """`chosen`, whose tables are still those of all features of `record`, behind a choice of these."""
    if len(record.starts):  # values of each feature's own number
        at = _each(record.starts, features)
        chosen = dataclasses.replace(
            chosen, values=record.values[at], starts=np.cumsum([0, *np.diff(record.starts.astype(np.int64))[features]]).astype(np.uint16)
        )
        if record.is_coded:
            coded = _each(record.starts + np.arange(len(record.starts)), features)
            chosen = dataclasses.replace(
                chosen,
                columns=chosen.columns[coded] if len(chosen.columns) else chosen.columns,
                codes=chosen.codes[coded] if len(chosen.codes) else chosen.codes,
            )
        else:
            chosen = dataclasses.replace(chosen, columns=record.columns.reshape(-1, 2)[at].ravel())
    elif record.is_curve:
        chosen = dataclasses.replace(chosen, values=record.values.reshape(record.n_features, -1)[features].ravel())
    return [scaler.of_steps((), record.n_features, features), dataclasses.replace(chosen, n_features=len(features))]


def _each(starts: np.ndarray, features: np.ndarray) -> np.ndarray:
    """The places between the starts of these features, one feature after the other."""
    return np.concatenate([np.arange(starts[i], starts[i + 1]) for i in features]).astype(np.int64)
