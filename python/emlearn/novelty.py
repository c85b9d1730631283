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
from .inputs import Input
from .record import Record, Task

if TYPE_CHECKING:
    from .answers import Answers
    from .model import Model

#: The operations that may score a row, the first that a model has by default; the larger, the more normal.
SCORES = ("score_samples", "decision_function")

#: Scores that are made of an operation's values, and of which: see :class:`Novelty`.
MADE_OF = {"predict_proba": "predict_proba", "distance": "transform", "reconstruction": "predict"}


@dataclasses.dataclass(frozen=True)
class Novelty:
    """A row is novel where its score is below `threshold`.

    Attributes
    ----------
    op : {"score_samples", "decision_function", "predict_proba", "distance", "reconstruction"}
        The score; of ``predict_proba`` the largest. ``distance``: minus the distance from the nearest cluster's centre;
        ``reconstruction``: minus the sum of squares of the features less what the model, fitted on (X, X), predicts for them.
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
        A mixture, a detector, clusters, a regressor that reconstructs its features, or any model with one of the scores.
    X : array-like of shape (n_samples, n_features)
        Raw rows of normal operation, independent of each other and of those that the model was fitted on.
    false_alarm_rate : float
        The share of normal rows that may be told to be novel.
    confidence : float
        The probability, over the choice of X, with which that holds.
    score : {"score_samples", "decision_function", "distance", "reconstruction", "predict_proba"}, optional
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
        if not isinstance(value, (int, float, np.number)) or not 0 < value < 1:
            raise InvalidInputError(f"{name}={value!r} must lie between 0 and 1, such as {0.01 if name != 'confidence' else 0.95}")
    if not hasattr(model, "record"):
        raise InvalidInputError(f"model={model!r} is no converted model: give what emlearn.convert(estimator) returns")
    op = _score_of(model.record, score)
    raw = model.input.check(X)
    scores = np.sort(scores_of(model, op, raw))
    if np.any(np.isnan(scores)) or (np.any(np.isnan(raw)) and not _takes_nan(model.estimator)):
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


def _takes_nan(estimator: Any) -> bool:
    """Whether missing values are values to it; what a device answers to them otherwise is no score."""
    tags = getattr(estimator, "__sklearn_tags__", None)
    return tags is not None and bool(tags().input_tags.allow_nan)


def _rank(n: int, rate: float, confidence: float) -> int:
    """The largest k with P(Binomial(n, rate) >= k) >= confidence; 0 where there is none."""
    from scipy.stats import binom

    k = np.arange(n + 1)
    return int(k[binom.sf(k - 1, n, rate) >= confidence].max())


def _score_of(record: Record, asked: str | None) -> str:
    known = (*SCORES, *MADE_OF)
    if asked is not None and asked not in known:
        raise InvalidInputError(f"score={asked!r} is unknown: choose one of {', '.join(known)}")
    offered = [op for op in SCORES if op in record.ops]
    if record.task.kind == "clusterer" and "transform" in record.ops:
        offered.append("distance")
    if record.task.kind == "regressor" and record.task.n_outputs == record.n_features > 1:
        offered.append("reconstruction")
    if asked == "predict_proba" and asked in record.ops:
        offered.append(asked)
    found = offered if asked is None else [op for op in offered if op == asked]
    if not found:
        raise UnsupportedError(
            f"this {record.task.kind} has {', '.join(record.ops)}, and no {asked or 'score'}: use a mixture, an outlier detector, "
            "clusters, a regressor fitted on (X, X), or score='predict_proba' of a classifier"
        )
    if found[0] in SCORES and record.task.width(found[0]) != 1:
        raise UnsupportedError(
            f"{found[0]} has {record.task.width(found[0])} values per row, and a score is one: use score='predict_proba'"
        )
    return found[0]


def scores_of(model: Answers, op: str, raw: np.ndarray) -> np.ndarray:
    """The device's float32 score of each row."""
    values = model.answer(MADE_OF.get(op, op), raw)
    if op == "distance":
        return -values.min(axis=1)
    if op != "reconstruction":
        return values.max(axis=1)
    source, total = model.input, np.zeros(len(raw), np.float32)
    features = raw.astype(np.float32)
    if not source.is_identity:
        features = features * source.scale.astype(np.float32) + source.offset.astype(np.float32)
    for i in range(features.shape[1]):
        total += (features[:, i] - values[:, i]) ** 2
    return -total


def functions(novelty: Novelty | None, reject: float | None, task: Task, offers: tuple[str, ...], source: Input) -> str:
    """The C++ of ``score``, ``is_novel`` and ``predict_or_reject``; "" where none is asked for."""
    text, input_type = [], source.c_type
    if novelty is not None:
        check_novelty(novelty)
        op = MADE_OF.get(novelty.op, novelty.op)
        if op not in offers or (novelty.op == "reconstruction" and task.n_outputs != source.n_features):
            raise InvalidInputError(f"novelty= is for {novelty.op}, and the model has {', '.join(offers)}: calibrate on this model")
        tables, result = _result(novelty.op, task.width(op), source)
        threshold = cpp.literal(novelty.threshold, "float32")
        text += [
            *tables,
            "",
            f"/// How normal a row is, the larger the more: {_SAID.get(novelty.op, novelty.op)}.",
            f"inline float score(const {input_type}* features) {{",
            f"  float values[{task.width(op)}];",
            f"  {op}(features, values);",
            *result,
            "}",
            "",
            f"/// {cpp.comment_text(str(novelty))}.",
            f"inline bool is_novel(const {input_type}* features) {{ return !(score(features) >= {threshold}); }}",
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
            f"  return values[best] >= {cpp.literal(reject, 'float32')} ? best : -1;",
            "}",
        ]
    return "\n".join([*text, ""]) if text else ""


_SAID = {
    "predict_proba": "predict_proba, the largest",
    "distance": "minus the distance from the nearest centre",
    "reconstruction": "minus the sum of squares of the features less their reconstruction",
}


def _result(op: str, width: int, source: Input) -> tuple[list[str], list[str]]:
    """Tables that the score needs, and the statements that make it of `values`."""
    if op == "distance":
        least = f"  for (int k = 1; k < {width}; ++k) least = values[k] < least ? values[k] : least;"
        return [], ["  float least = values[0];", least, "  return -least;"]
    if op != "reconstruction":
        return [], [f"  return values[{f'::emlearn::join::largest(values, {width})' if op == 'predict_proba' else '0'}];"]
    tables, feature = [], "static_cast<float>(features[i])"
    if not source.is_identity:
        names = [("scale", source.scale), ("offset", source.offset)]
        arrays = [(name, cpp.array_literal(values.astype(np.float32))) for name, values in names]
        tables = [
            "",
            "namespace detail {",
            "/// feature = raw * scale + offset.",
            "template <class = void> struct units {",
            *(f"  static constexpr float {name}[{width}] EMLEARN_FLASH = {values};" for name, values in arrays),
            "};",
            "#if __cplusplus < 201703L",
            *(f"template <class T> constexpr float units<T>::{name}[{width}];" for name, _ in arrays),
            "#endif",
            "}  // namespace detail",
        ]
        feature += " * ::emlearn::flash::read(detail::units<>::scale + i) + ::emlearn::flash::read(detail::units<>::offset + i)"
    loop = f"  for (int i = 0; i < {width}; ++i) {{"
    return tables, [
        "  float sum = 0.0f;",
        loop,
        f"    const float off = {feature} - values[i];",
        "    sum += off * off;",
        "  }",
        "  return -sum;",
    ]


def check_novelty(novelty: Any) -> None:
    """Refuse what is no threshold of :func:`calibrate_threshold`, which also says of which score."""
    if not isinstance(novelty, Novelty):
        raise InvalidInputError(f"novelty={novelty!r} is no threshold: give what emlearn.calibrate_threshold(model, X) returns")


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
