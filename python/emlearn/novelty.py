"""Telling rows like those of the training from others: a threshold on any model's score, with a bound on its false alarms.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import cpp
from .errors import InvalidInputError, UnsupportedError
from .record import Record, Task

if TYPE_CHECKING:
    from .model import Model

#: The operations that may score a row, the first that a model has by default; the larger, the more normal.
SCORES = ("score_samples", "decision_function")


@dataclasses.dataclass(frozen=True)
class Novelty:
    """A row is novel where its score is below `threshold`.

    Attributes
    ----------
    op : {"score_samples", "decision_function", "predict_proba"}
        The score; of ``predict_proba`` the largest.
    threshold : float
        A float32: one of the calibration scores.
    false_alarm_rate : float
        With probability `confidence` over the choice of calibration rows, at most this share of normal rows is told to be novel.
    confidence : float
    expected_rate : float
        The mean share of normal rows that are told to be novel, over all choices of calibration rows; an upper bound where scores are tied.
    n_rows : int
        Calibration rows.
    """

    op: str
    threshold: float
    false_alarm_rate: float
    confidence: float
    expected_rate: float
    n_rows: int

    def __str__(self) -> str:
        return (
            f"novel where {self.op} < {self.threshold:.6g}: with confidence {self.confidence:g} at most {self.false_alarm_rate:.3g} "
            f"of normal rows, {self.expected_rate:.3g} on average (from {self.n_rows} rows)"
        )


def calibrate_threshold(
    model: Model, X: Any, false_alarm_rate: float = 0.01, *, confidence: float = 0.95, score: str | None = None
) -> Novelty:
    """The largest threshold on the model's score that keeps false alarms below a rate.

    The threshold is the k-th smallest of n scores. Whatever their distribution, the share of normal rows below it is at most that of
    a Beta(k, n - k + 1) variable (order statistics of independent rows), so k is the largest with
    P(Binomial(n, false_alarm_rate) >= k) >= confidence: an exact bound, not an estimate.

    Parameters
    ----------
    model : Model
        A mixture, a detector, or any model with one of the scores.
    X : array-like of shape (n_samples, n_features)
        Raw rows of normal operation, independent of each other and of those that the model was fitted on.
    false_alarm_rate : float
        The share of normal rows that may be told to be novel.
    confidence : float
        The probability, over the choice of X, with which that holds.
    score : {"score_samples", "decision_function", "predict_proba"}, optional
        The first of these that the model has; ``predict_proba`` (the largest probability) only where asked for.

    Returns
    -------
    Novelty

    Raises
    ------
    InvalidInputError
        Too few rows for this rate and confidence (the message says how many), or a rate that is none.
    UnsupportedError
        The model has no score.
    """
    for name, value in (("false_alarm_rate", false_alarm_rate), ("confidence", confidence)):
        if not 0 < value < 1:
            raise InvalidInputError(f"{name}={value!r} must lie between 0 and 1, such as {0.01 if name != 'confidence' else 0.95}")
    op = _score_of(model.record, score)
    scores = np.sort(scores_of(model, op, model.input.check(X)))
    if np.any(np.isnan(scores)):
        raise InvalidInputError("X has rows whose score is not a number: leave out rows with missing values")
    n = len(scores)
    k = _rank(n, false_alarm_rate, confidence)
    if k == 0:
        needed = math.ceil(math.log(1 - confidence) / math.log1p(-false_alarm_rate))
        raise InvalidInputError(
            f"X has {n} rows, and false_alarm_rate={false_alarm_rate:g} with confidence={confidence:g} needs at least {needed}: "
            "give more rows, or a larger rate"
        )
    return Novelty(op, float(scores[k - 1]), false_alarm_rate, confidence, k / (n + 1), n)


def _rank(n: int, rate: float, confidence: float) -> int:
    """The largest k with P(Binomial(n, rate) >= k) >= confidence; 0 where there is none."""
    from scipy.stats import binom

    k = np.arange(n + 1)
    return int(k[binom.sf(k - 1, n, rate) >= confidence].max())


def _score_of(record: Record, asked: str | None) -> str:
    if asked is not None and asked not in (*SCORES, "predict_proba"):
        raise InvalidInputError(f"score={asked!r} is unknown: choose one of {', '.join((*SCORES, 'predict_proba'))}")
    found = [op for op in (SCORES if asked is None else (asked,)) if op in record.ops]
    if not found:
        raise UnsupportedError(
            f"this {record.task.kind} has {', '.join(record.ops)}, and no {asked or 'score'}: use a mixture or an outlier detector, "
            "or score='predict_proba' of a classifier"
        )
    if found[0] != "predict_proba" and record.task.width(found[0]) != 1:
        raise UnsupportedError(
            f"{found[0]} has {record.task.width(found[0])} values per row, and a score is one: use score='predict_proba'"
        )
    return found[0]


def scores_of(model: Model, op: str, raw: np.ndarray) -> np.ndarray:
    """The device's float32 score of each row."""
    return model.answer(op, raw).max(axis=1)


def functions(novelty: Novelty | None, reject: float | None, task: Task, offers: tuple[str, ...], input_type: str) -> str:
    """The C++ of ``score``, ``is_novel`` and ``predict_or_reject``; "" where none is asked for."""
    text = []
    if novelty is not None:
        if novelty.op not in offers:
            raise InvalidInputError(f"novelty= is for {novelty.op}, and the model has {', '.join(offers)}: calibrate on this model")
        width = task.width(novelty.op)
        largest = f"values[::emlearn::join::largest(values, {width})]" if novelty.op == "predict_proba" else "values[0]"
        threshold = cpp.literal(novelty.threshold, "float32")
        text += [
            "",
            f"/// How normal a row is, the larger the more: {novelty.op}{', the largest' if novelty.op == 'predict_proba' else ''}.",
            f"inline float score(const {input_type}* features) {{",
            f"  float values[{width}];",
            f"  {novelty.op}(features, values);",
            f"  return {largest};",
            "}",
            "",
            f"/// {cpp.comment_text(str(novelty))}.",
            f"inline bool is_novel(const {input_type}* features) {{ return score(features) < {threshold}; }}",
        ]
    if reject is not None:
        check_reject(reject, task, offers)
        n = task.n_classes[0]
        text += [
            "",
            f"/// The index of the most probable class, or -1 where its probability is below {reject:g}.",
            f"inline int predict_or_reject(const {input_type}* features) {{",
            f"  float values[{n}];",
            "  predict_proba(features, values);",
            f"  const int best = ::emlearn::join::largest(values, {n});",
            f"  return values[best] < {cpp.literal(reject, 'float32')} ? -1 : best;",
            "}",
        ]
    return "\n".join([*text, ""]) if text else ""


def check_reject(reject: Any, task: Task, offers: tuple[str, ...]) -> float:
    """The threshold of a reject option.

    Raises
    ------
    InvalidInputError
        No probability.
    UnsupportedError
        The model is no classifier with one output and probabilities.
    """
    if not isinstance(reject, (int, float, np.number)) or not 0 < float(reject) <= 1:
        raise InvalidInputError(f"reject={reject!r} must be a probability above 0 and up to 1, such as 0.8")
    if task.kind != "classifier" or task.n_outputs != 1 or "predict_proba" not in offers:
        raise UnsupportedError("a reject option needs a classifier with one output and predict_proba")
    return float(reject)


@dataclasses.dataclass
class Debounce:
    """Answers over time, a new one taken up only after it came `needed` times in a row: ``emlearn/debounce.hpp`` in Python.

    Attributes
    ----------
    needed : int
    now : int
        The settled answer; what it is set to is where it begins.
    """

    needed: int
    now: int = 0
    _next: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.needed, (int, np.integer)) or not 1 <= self.needed <= 255:
            raise InvalidInputError(f"needed={self.needed!r} must be a whole number from 1 to 255")

    def update(self, answer: int) -> int:
        """The settled answer after one more."""
        answer = int(answer)
        if answer == self.now:
            self._count = 0
            return self.now
        self._count = self._count + 1 if answer == self._next and self._count else 1
        self._next = answer
        if self._count >= self.needed:
            self.now, self._count = answer, 0
        return self.now
