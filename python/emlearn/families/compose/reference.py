"""Chains and parallels in numpy: members answer through their own families, floats join in the device's order.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...gaps import gap_of_best
from ...record import Answers, Chain, Parallel, Record
from ...registry import family_of

Answer = Callable[[Record, str, np.ndarray], np.ndarray]

_UNIT = 2.0**-24


def reference(record: Record, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    return _answer(record, op, X, lambda member, what, rows: family_of(member).reference(member, what, rows))


def run(record: Record, op: str, X: np.ndarray) -> np.ndarray:
    """The same with every member's compiled kernels."""
    return _answer(record, op, X, lambda member, what, rows: family_of(member).run(member, what, rows))


def _answer(record: Record, op: str, X: np.ndarray, ask: Answer) -> np.ndarray:
    if isinstance(record, Chain):
        for stage in record.stages[:-1]:
            X = ask(stage, stage.feeds(op), X)
        return ask(record.stages[-1], op, X)
    if isinstance(record, Answers):
        values = [ask(record.members[member], what, X)[:, list(columns)] for member, what, columns in record.asked(op)]
        return np.ascontiguousarray(np.concatenate(values, axis=1), dtype=np.float32)
    assert isinstance(record, Parallel)
    if record.join in ("concat", "outputs"):
        return np.concatenate([ask(member, op, X) for member in record.members], axis=1)
    if record.join == "vote":
        return np.argmax(_votes(record, X, ask), axis=1, keepdims=True).astype(np.int32)
    mean = _mean(record, X, ask)
    if op == "predict" and record.task.is_discrete:
        return np.argmax(mean, axis=1, keepdims=True).astype(np.int32)
    return mean


def _votes(record: Parallel, X: np.ndarray, ask: Answer) -> np.ndarray:
    votes = np.zeros((len(X), record.task.n_classes[0]), dtype=record.weights.dtype)
    for member, weight in zip(record.members, record.weights, strict=True):
        votes[np.arange(len(X)), ask(member, "predict", X)[:, 0]] += weight
    return votes


def _mean(record: Parallel, X: np.ndarray, ask: Answer) -> np.ndarray:
    what = "predict_proba" if record.task.kind == "classifier" else "predict"
    total = np.zeros((len(X), record.task.width(what)), dtype=np.float32)
    for member, weight in zip(record.members, record.weights, strict=True):
        total = total + weight * ask(member, what, X)
    return total


def bound(record: Record, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """A chain hands each stage the error of the one before it; a mean weighs its members' bounds and rounds once each."""
    if isinstance(record, Chain):
        X, error = _before_last(record, op, X, error)
        return family_of(record.stages[-1]).bound(record.stages[-1], op, X, error)
    if isinstance(record, Answers):
        asked = [_answer_bound(record.members[member], what, X, error)[:, list(columns)] for member, what, columns in record.asked(op)]
        return np.concatenate(asked, axis=1)
    assert isinstance(record, Parallel)
    if record.join in ("concat", "outputs"):
        return np.concatenate([family_of(member).bound(member, op, X, error) for member in record.members], axis=1)
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), 1))
    what = "predict_proba" if record.task.kind == "classifier" else "predict"
    total = np.zeros((len(X), record.task.width(what)))
    size = np.zeros_like(total)
    for member, weight in zip(record.members, record.weights, strict=True):
        family = family_of(member)
        total += np.abs(weight) * family.bound(member, what, X, error)
        size += np.abs(weight) * np.abs(family.reference(member, what, X))
    return np.nan_to_num(total + (len(record.members) + 2) * _UNIT * size, nan=np.inf, posinf=np.inf)  # a member's answer may overflow


def margin(record: Record, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Twice the bound of the mean; a majority of classes has no margin: a close call of a member or of the count excuses its row."""
    if isinstance(record, Chain):
        X, error = _before_last(record, "predict", X, error)
        return family_of(record.stages[-1]).margin(record.stages[-1], X, error)
    assert isinstance(record, Parallel)
    if record.join == "outputs":
        return np.column_stack([np.where(_close(member, X, error), np.inf, 0.0) for member in record.members])
    if record.join == "vote":
        close = [_close(member, X, error) for member in record.members]
        return np.where(_even(record, X) | np.any(close, axis=0), np.inf, 0.0)[:, np.newaxis]
    return 2 * np.max(bound(record, "predict_proba", X, error), axis=1, keepdims=True)


def _answer_bound(member: Record, op: str, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    """The bound of what a member says; of a class, none in rows in which scikit-learn may see another."""
    if op == "predict" and member.task.is_discrete:
        return np.where(_close(member, X, error), np.inf, 0.0)[:, np.newaxis]
    values: np.ndarray = family_of(member).bound(member, op, X, error)
    return values


def _close(member: Record, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    """Rows in which scikit-learn may see another class than the device, bool of shape (n_samples,)."""
    family = family_of(member)
    margins = family.margin(member, X, error)[:, 0]
    if member.gap_op not in member.ops:
        return margins == np.inf
    slack = 2 * np.max(family.bound(member, member.gap_op, X, error), axis=1)
    values = family.reference(member, member.gap_op, X).astype(np.float64)
    gap = np.abs(values[:, 0]) if member.gap_op == "decision_function" and values.shape[1] == 1 else gap_of_best(values)
    return (margins > 0) & ~(gap > margins + slack)  # nothing is sure of answers that overflowed


def _even(record: Parallel, X: np.ndarray) -> np.ndarray:
    """Rows in which scikit-learn's float64 sums of the weights may put another class first (equal sums included)."""
    if record.weights.dtype == np.uint32 and np.all(record.weights < 1 << 20):
        return np.zeros(len(X), bool)
    votes = _votes(record, X, lambda member, what, rows: family_of(member).reference(member, what, rows)).astype(np.float64)
    return gap_of_best(votes) <= len(record.members) * 2.0**-51 * np.sum(record.weights.astype(np.float64))


def _before_last(record: Chain, op: str, X: np.ndarray, error: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    for stage in record.stages[:-1]:
        family = family_of(stage)
        error = family.bound(stage, stage.feeds(op), X, error)
        X = family.reference(stage, stage.feeds(op), X)
    return X, error


def describe(record: Record) -> dict[str, Any]:
    """Facts for people."""
    facts = [family_of(member).describe(member) for member in record.made_of]
    how = "chain" if isinstance(record, Chain) else "answers" if isinstance(record, Answers) else f"parallel ({record.join})"  # type: ignore[attr-defined]
    described = {"kind": f"{how} of {len(facts)}"}
    for number, fact in enumerate(facts):
        described[f"{'stage' if isinstance(record, Chain) else 'member'} {number}"] = ", ".join(f"{k} {v}" for k, v in fact.items())
    return described
