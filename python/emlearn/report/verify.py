"""Compares a model's answers with its estimator's, row by row.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from ..gaps import gaps
from ..registry import ask, family_of
from .losses import Losses, losses
from .scores import check_truth, scores

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
    changed : str
        Why nothing was compared: the estimator is no longer the one that was converted.
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
    changed: str = ""

    def __str__(self) -> str:
        if self.changed:
            return f"NOT equal: {self.changed}"
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


class ChangedEstimatorError(InvalidInputError):
    """The estimator answers for other features or outputs than it did when it was converted."""


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
    try:
        expected = expected_answers(model, fed)
    except ChangedEstimatorError as error:
        return Report(False, 0.0, 0, np.inf, 0.0, len(raw), ran=ran, library=model.head.library, changed=str(error))
    report = compare(model, raw, answers, expected, ran)
    report = dataclasses.replace(report, losses=losses(model.record, raw, answers, expected))
    return dataclasses.replace(_with_input_changes(report, model, X, fed), **scores(model, answers, expected, y))


def _answers(model: Model, raw: np.ndarray, compile: bool, target: str | None) -> tuple[Mapping[str, np.ndarray], str]:
    if target is not None:
        from .. import targets

        return targets.run(target, model, raw), target
    if compile:
        from .. import targets

        return targets.run("host", model, raw), "compiled header"
    return {op: model.answer(op, raw) for op in model.record.ops}, "portable kernels on the host"


def expected_answers(model: Model, fed: np.ndarray) -> dict[str, np.ndarray]:
    """The estimator's own answers in the device's shapes: indices for labels, one row of numbers for the rest.

    Raises
    ------
    ChangedEstimatorError
        It was fitted again on other columns, or for other outputs.
    """
    task, estimator = model.record.task, model.estimator
    _check_same(model, "features", getattr(estimator, "n_features_in_", None), model.input.n_features)
    fed = as_fitted(model, fed)
    expected = {}
    for op in model.record.ops:
        values = ask(estimator, op, fed)
        if isinstance(values, list):
            values = np.concatenate(values, axis=1)
        elif hasattr(values, "toarray"):  # labels of an estimator that was fitted on sparse ones
            values = values.toarray()
        columns = np.asarray(values).reshape(len(fed), -1)
        _check_same(model, f"columns of {op}", columns.shape[1], task.width(op))
        if op == "predict" and task.kind == "classifier":
            columns = np.column_stack([_index_of(columns[:, k], labels) for k, labels in enumerate(model.head.classes)])
        expected[op] = columns
    return expected


def _check_same(model: Model, what: str, now: int | None, then: int) -> None:
    if now is not None and now != then:
        raise ChangedEstimatorError(
            f"the {type(model.estimator).__name__} has {now} {what} now, and the model was made when it had {then}: "
            "it was fitted again since; convert it again"
        )


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


def _index_of(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """-1 for labels that are no class: those of an estimator that was fitted again."""
    order = np.argsort(classes, kind="stable")
    found = order[np.minimum(np.searchsorted(classes, labels, sorter=order), len(order) - 1)]
    return np.where(classes[found] == labels, found, -1).astype(np.int32)


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
