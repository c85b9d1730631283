"""Compares a model's answers with its estimator's, row by row.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from ..registry import ask, family_of
from .losses import Losses, losses

if TYPE_CHECKING:
    from ..model import Model


@dataclasses.dataclass(frozen=True)
class Report:
    """The outcome of :meth:`emlearn.Model.verify`.

    Attributes
    ----------
    ok : bool
        Every row agrees and every number is within its bound.
    agreement : float
        The share of rows that agree: equal classes (ties included), or values within the bound.
    ties : int
        Rows where the estimator's own two best scores are closer than the stated margin and the device took the other.
    max_error : float
        The largest |device - estimator| over all values of all operations.
    bound : float
        The largest difference that the representation allows on these rows.
    rows : int
    disagreements : tuple of int
        The first rows that differ, at most 20.
    input_changes : int
        Rows that the estimator itself answers differently once the values are those of the input type.
    ran : str
        What gave the answers: "portable kernels on the host", "compiled header", or a target.
    score, estimator_score : float or None
        Accuracy (R^2 for regressors) against y, where y was given.
    library : str
        The library that the estimator came from, such as "scikit-learn" or "XGBoost".
    losses : Losses or None
        Of networks in integers: what was lost against float, and the range of each layer.
    """

    ok: bool
    agreement: float
    ties: int
    max_error: float
    bound: float
    rows: int
    disagreements: tuple[int, ...] = ()
    input_changes: int = 0
    ran: str = "portable kernels on the host"
    score: float | None = None
    estimator_score: float | None = None
    library: str = "scikit-learn"
    losses: Losses | None = None

    def __str__(self) -> str:
        lines = [
            f"{'equal' if self.ok else 'NOT equal'}: {self.agreement:.4f} of {self.rows} rows agree with {self.library} ({self.ran})",
            f"ties {self.ties}, largest difference {self.max_error:.3g}, bound {self.bound:.3g}",
        ]
        if self.disagreements:
            lines.append(f"rows that differ: {', '.join(map(str, self.disagreements))}")
        if self.input_changes:
            lines.append(f"{self.input_changes} rows get another answer from {self.library} itself once X has the input's type")
        if self.score is not None:
            lines.append(f"score {self.score:.4f}, {self.library}'s {self.estimator_score:.4f}")
        if self.losses is not None:
            lines += self.losses.lines()
        return "\n".join(lines)


def verify(model: Model, X: Any, y: Any = None, *, compile: bool = False, target: str | None = None) -> Report:
    """See :meth:`emlearn.Model.verify`."""
    if model.estimator is None:
        raise InvalidInputError("the model has no estimator to compare with: convert it from one")
    raw = model.input.check(X)
    if len(raw) == 0:
        raise InvalidInputError("X has no rows: nothing would be verified")
    check_truth(model, y, len(raw))
    answers, ran = _answers(model, raw, compile, target)
    fed = model.input.features(raw, model.record.fed)
    expected = expected_answers(model, fed)
    report = compare(model, raw, answers, expected, ran)
    report = dataclasses.replace(report, losses=losses(model.record, raw, answers, expected, gaps))
    return with_scores(_with_input_changes(report, model, X, fed), model, answers, expected, y)


def _answers(model: Model, raw: np.ndarray, compile: bool, target: str | None) -> tuple[Mapping[str, np.ndarray], str]:
    if target is not None:
        from .. import targets

        return targets.run(target, model, raw), target
    if compile:
        from .. import targets

        return targets.run("host", model, raw), "compiled header"
    return {op: model.answer(op, raw) for op in model.record.ops}, "portable kernels on the host"


def expected_answers(model: Model, fed: np.ndarray) -> dict[str, np.ndarray]:
    """The estimator's own answers in the device's shapes: indices for labels, one row of numbers for the rest."""
    task, estimator = model.record.task, model.estimator
    fed = as_fitted(model, fed)
    expected = {}
    for op in model.record.ops:
        values = ask(estimator, op, fed)
        if op == "predict" and task.kind == "classifier":
            columns = np.asarray(values).reshape(len(fed), task.n_outputs)
            values = np.column_stack([_index_of(columns[:, k], labels) for k, labels in enumerate(model.head.classes)])
        elif isinstance(values, list):
            values = np.concatenate(values, axis=1)
        elif hasattr(values, "toarray"):  # labels of an estimator that was fitted on sparse ones
            values = values.toarray()
        expected[op] = np.asarray(values).reshape(len(fed), -1)
    return expected


def compare(model: Model, raw: np.ndarray, answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], ran: str) -> Report:
    """A report of `answers` (only the operations in it) against `expected`."""
    family, record = family_of(model.record), model.record
    good, tied = np.ones(len(raw), dtype=bool), np.zeros(len(raw), dtype=bool)
    max_error, max_bound, within = 0.0, 0.0, True
    for op, got in answers.items():
        want = expected[op]
        if record.bitwise:
            good &= np.all(got.reshape(want.shape) == family.reference(record, op, raw), axis=1)
        if op == "predict" and record.task.is_discrete:
            differs = got.reshape(want.shape) != want
            near = gaps(record, expected) <= family.margin(record, raw) if np.any(differs) else np.zeros_like(differs)
            tied |= np.any(differs & near, axis=1)
            good &= ~np.any(differs & ~near, axis=1)
            continue
        bound = family.bound(record, op, raw)
        with np.errstate(invalid="ignore"):
            got = got.reshape(want.shape)
            same = (got == want) | (np.isnan(got) & np.isnan(want))  # a scaler passes NaN on
            error = np.where(same, 0.0, np.abs(got.astype(np.float64) - want))
        error[np.isnan(error)] = np.inf
        beyond = ~(same | (error <= bound))
        max_error, max_bound = max(max_error, float(np.max(error, initial=0))), max(max_bound, float(np.max(bound, initial=0)))
        within &= not np.any(beyond)
        if not record.task.is_discrete or "predict" not in record.ops:
            good &= ~np.any(beyond, axis=1)
    return Report(
        ok=bool(np.all(good)) and within,
        agreement=float(np.mean(good)),
        ties=int(np.count_nonzero(tied & good)),
        max_error=max_error,
        bound=max_bound,
        rows=len(raw),
        disagreements=tuple(int(row) for row in np.flatnonzero(~good)[:20]),
        ran=ran,
        library=model.head.library,
    )


def gaps(record: Any, expected: Mapping[str, np.ndarray]) -> np.ndarray:
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
        ordered = np.sort(scores, axis=1)
        return (ordered[:, -1] - ordered[:, -2])[:, np.newaxis]
    if task.kind == "multilabel":
        return 2 * np.abs(proba - 0.5)
    gaps, start = [], 0
    for count in task.n_classes:
        block = np.sort(proba[:, start : start + count], axis=1)
        gaps.append(block[:, -1] - block[:, -2] if count > 1 else np.full(len(block), np.inf))
        start += count
    return np.column_stack(gaps)


def _index_of(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    order = np.argsort(classes, kind="stable")
    return order[np.searchsorted(classes, labels, sorter=order)].astype(np.int32)


def as_fitted(model: Model, X: np.ndarray) -> Any:
    """X with column names where the estimator was fitted with them, so that scikit-learn does not warn; pandas is optional."""
    if not model.head.feature_names:
        return X
    try:
        import pandas as pd
    except ImportError:
        return X
    return pd.DataFrame(X, columns=list(model.head.feature_names))


def _with_input_changes(report: Report, model: Model, X: Any, fed: np.ndarray) -> Report:
    """Counts the rows that the estimator answers differently for X as given and X in the input's type (float inputs only)."""
    if not model.input.is_identity or model.input.is_integer or "predict" not in model.record.ops:
        return report
    given = np.asarray(X)
    if given.dtype.kind != "f" or np.array_equal(given, fed, equal_nan=True):
        return report
    if not model.record.task.is_discrete:
        return report
    before, after = (ask(model.estimator, "predict", as_fitted(model, data)) for data in (given, fed))
    changed = (np.asarray(before) != np.asarray(after)).reshape(len(fed), -1).any(axis=1)
    return dataclasses.replace(report, input_changes=int(np.count_nonzero(changed)))


def check_truth(model: Model, y: Any, n_rows: int) -> None:
    """Refuse labels or values that no score can be told by; None is no y.

    Raises
    ------
    InvalidInputError
        Another number of rows or of outputs, or labels of which the model knows none.
    """
    if y is None:
        return
    truth, task = np.asarray(y), model.record.task
    if truth.ndim == 0 or len(truth) != n_rows:
        raise InvalidInputError(f"y has {truth.size if truth.ndim == 0 else len(truth)} rows, X has {n_rows}: give one y per row")
    if "predict" not in model.record.ops:
        return
    if truth.size != n_rows * task.n_outputs:
        raise InvalidInputError(f"y has shape {truth.shape}, and the model {task.n_outputs} outputs: give one column for each")
    if task.kind != "classifier":
        return
    for column, labels in zip(truth.reshape(n_rows, -1).T, model.head.classes, strict=True):
        if not set(column.tolist()) & set(labels.tolist()):
            given, known = (", ".join(sorted(map(repr, set(values.tolist())))[:3]) for values in (column, labels))
            raise InvalidInputError(f"y has none of the labels that the model was fitted with: {given} in place of {known}")


def with_scores(report: Report, model: Model, answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], y: Any) -> Report:
    """The report with both scores, where y is given."""
    if y is None or "predict" not in answers:
        return report
    task, truth = model.record.task, np.asarray(y).reshape(report.rows, -1)

    def score(values: np.ndarray) -> float:
        values = values.reshape(report.rows, -1)
        if task.is_discrete:
            labels = model.head.decode(values, task).reshape(report.rows, -1)
            return float(np.mean(np.all(labels == truth, axis=1)))
        from sklearn.metrics import r2_score

        return float(r2_score(truth, values))

    return dataclasses.replace(report, score=score(answers["predict"]), estimator_score=score(expected["predict"]))
