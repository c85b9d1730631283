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
    if record.is_coded:
        n = np.diff(record.starts.astype(np.int64))
        at = np.concatenate([np.arange(record.starts[i], record.starts[i + 1]) for i in features])
        coded = np.concatenate([np.arange(record.starts[i] + i, record.starts[i + 1] + i + 1) for i in features]).astype(np.int64)
        chosen = dataclasses.replace(
            chosen, values=record.values[at.astype(np.int64)], starts=np.cumsum([0, *n[features]]).astype(np.uint16),
            columns=chosen.columns[coded] if len(chosen.columns) else chosen.columns,
            codes=chosen.codes[coded] if len(chosen.codes) else chosen.codes,
        )  # fmt: skip
    return [scaler.of_steps((), record.n_features, features), dataclasses.replace(chosen, n_features=len(features))]
