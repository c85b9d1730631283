"""The middle form of a linear model.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ...inputs import largest_size
from ...record import Record
from . import terms
from .digits import Digits

#: What the scores of classes become in ``predict_proba``; of a regressor, in ``predict``.
LINKS = ("identity", "exp", "softmax", "one_vs_rest", "clipped", "none")


@dataclasses.dataclass(frozen=True, eq=False)
class Affine:
    """``y = W x + b`` over the raw values, and how scikit-learn's own sums round.

    Attributes
    ----------
    weights : ndarray of shape (n_rows, n_features), float64
        W, after folding.
    bias : ndarray of shape (n_rows,), float64
        b, after folding.
    size : ndarray of shape (n_rows, n_features), float64
    shift : ndarray of shape (n_rows,), float64
        scikit-learn's float64 answer is within gamma(n) (size |x| + shift) of y: what it adds and subtracts on the way, by magnitude.
    columns : ndarray of shape (n_terms,), int64
        The features that are read: those with a weight that is not zero. All of them until ``finish``.
    table : ndarray of shape (n_terms, n_rows), or empty
        Set by ``finish``: the weights of the columns as the device has them, feature by feature: float32, int8, int16 or int32.
    offset : ndarray of shape (n_rows,), or empty
        Set by ``finish``: the bias as the device has it, float32 or int32.
    unit : ndarray of shape (n_rows,), float32
        Of integers: what one means. A sum of integers times its unit is the row's value. Ones for float32.
    bias_unit : int
        Of integers: how many units of the sum one of ``offset`` is, a power of two.
    sum_type : {"float32", "int32", "int64"}
        What the device adds up in.
    is_compact : bool
        Whether code is to be small rather than fast: one loop over all rows, with the sums in memory.
    """

    weights: np.ndarray
    bias: np.ndarray
    size: np.ndarray
    shift: np.ndarray
    columns: np.ndarray
    table: np.ndarray
    offset: np.ndarray
    unit: np.ndarray
    bias_unit: int = 1
    sum_type: str = "float32"
    is_compact: bool = False

    @classmethod
    def of(cls, weights: np.ndarray, bias: np.ndarray, size: np.ndarray | None = None, shift: np.ndarray | None = None) -> Affine:
        """From W and b, and the magnitudes behind them where these are not |W| and |b|."""
        weights, bias = np.asarray(weights, np.float64), np.asarray(bias, np.float64)
        size = np.abs(weights) if size is None else size
        shift = np.abs(bias) if shift is None else shift
        unit = np.ones(len(bias), np.float32)
        return cls(weights, bias, size, shift, np.arange(weights.shape[1]), np.zeros((0, len(bias))), np.zeros(0), unit)

    @property
    def n_rows(self) -> int:
        return len(self.bias)

    @property
    def held(self) -> np.ndarray:
        """The device's weights in float64, in units of the row's value, shape (n_rows, n_features)."""
        full = np.zeros(self.weights.shape)
        full[:, self.columns] = self.table.astype(np.float64).T * self.unit[:, None].astype(np.float64)
        return full

    @property
    def held_bias(self) -> np.ndarray:
        """The device's bias likewise, shape (n_rows,)."""
        return self.offset.astype(np.float64) * self.bias_unit * self.unit.astype(np.float64)

    @property
    def is_integer(self) -> bool:
        return self.sum_type != "float32"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Affine):
            return NotImplemented
        pairs = [(np.asarray(getattr(self, f.name)), np.asarray(getattr(other, f.name))) for f in dataclasses.fields(self)]
        return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Linear(Record):
    """Scores ``s = W x + b`` of classes, labels or outputs, and what is asked of them.

    A classifier of K classes has K - 1 rows, each the difference between a class and the first one, whose own score counts as zero:
    the largest of them is the class, and for two classes that is scikit-learn's own one row and its sign.

    Attributes
    ----------
    scores : Affine
        Regressor: one row per output. Classifier: class k less class 0 for k = 1 to K - 1. Multilabel: one row per label.
        Detector: one row. Transformer: one row per output column.
    first : Affine or None
        The one row of class 0, where ``decision_function`` or probabilities need all K scores: s[k] = scores[k - 1] + first.
    projection : Affine or None
        ``transform`` of a classifier or regressor that has one.
    link : str
        One of ``LINKS``: of a regressor, identity or exp. Of a classifier, how probabilities come from scores: softmax, one_vs_rest
        (the logistic function of each, divided by their sum), clipped ((1 + s) / 2 within 0 and 1, divided by their sum), none.
    has_decision : bool
        Whether there is a ``decision_function``.
    level : float
        A detector's ``score_samples`` less its ``decision_function``.
    estimator : str
        The estimator's class, for messages.
    roundings : int
        How often a term of scikit-learn's sums is rounded beside the sum itself.
    above : ndarray of shape (n_features,), or empty
        Where not empty, x is 1 for a raw value above the feature's entry, else 0. float64, of features, until ``absorb``; then in
        the input's dtype, of raw values.
    starts : ndarray of shape (n_features + 1,), uint16, or empty
        Where not empty, features are categories 0, 1, ..., each a term of its own: those of feature f are starts[f] to starts[f + 1], and
        the one that it has is 1, the others 0 (all of them, where it has none of these).
    digits : Digits, optional
        Of a transformer before a stage that counts in integers: how sums become its whole numbers.
    """

    scores: Affine
    first: Affine | None
    projection: Affine | None
    link: str
    has_decision: bool
    level: float
    estimator: str
    roundings: int
    above: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    starts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint16))
    digits: Digits | None = None

    @property
    def ops(self) -> tuple[str, ...]:
        kind = self.task.kind
        if kind == "detector":
            return super().ops
        found = ["transform"] if kind == "transformer" else ["predict"]
        if kind == "classifier" and self.link != "none":
            found.append("predict_proba")
        if self.has_decision:
            found.append("decision_function")
        if self.projection is not None:
            found.append("transform")
        return tuple(found)

    @property
    def gap_op(self) -> str:
        return "decision_function" if self.has_decision or self.task.kind == "detector" else "predict_proba"

    @property
    def needed(self) -> np.ndarray:
        if self.is_categorical:
            return np.arange(self.n_features)
        return np.unique(np.concatenate([part.columns for part in self.parts.values()]))

    @property
    def is_binary(self) -> bool:
        """Whether a term is 1 for a feature above a threshold, else 0."""
        return self.above.size > 0

    @property
    def is_categorical(self) -> bool:
        """Whether a term is 1 for a category that a feature has, else 0."""
        return self.starts.size > 0

    @property
    def takes_integers(self) -> bool:
        """Whether terms are whole numbers."""
        return self.is_binary or self.is_categorical or bool(np.issubdtype(self.input, np.integer))

    @property
    def largest(self) -> int:
        """The largest size of an integer term."""
        if self.is_binary or self.is_categorical:
            return 1
        return largest_size(self.input)

    def terms(self, X: np.ndarray) -> np.ndarray:
        """What is multiplied by the weights, for raw values X, in its own shape."""
        if self.is_categorical:
            return terms.categories(X, self.starts)
        return terms.above(X, self.above) if self.is_binary else X

    def doubt(self, X: np.ndarray, error: np.ndarray | None) -> np.ndarray | None:
        """By how much these may be off, where X may by `error`."""
        if error is None or not (self.is_binary or self.is_categorical):
            return error
        return terms.between(X, self.starts, error) if self.is_categorical else terms.near(X, self.above, error)

    @property
    def parts(self) -> dict[str, Affine]:
        """Its maps by the name of their tables."""
        named = {"scores": self.scores, "first": self.first, "projection": self.projection}
        return {name: part for name, part in named.items() if part is not None}


def drop_unread(part: Affine, record: Linear) -> Affine:
    """Only the features that have a weight, if that is smaller: each then takes an index. Categories are an index themselves."""
    if record.is_categorical:
        return part
    read = np.flatnonzero(np.any(part.table != 0, axis=1))
    index = 1 if part.weights.shape[1] <= 256 else 2
    if (len(part.columns) - len(read)) * part.table[:1].nbytes <= index * len(read):
        return part
    return dataclasses.replace(part, columns=read, table=np.ascontiguousarray(part.table[read]))


def each_part(record: Linear, change: Callable[[Affine], Affine]) -> Linear:
    return dataclasses.replace(
        record,
        scores=change(record.scores),
        first=None if record.first is None else change(record.first),
        projection=None if record.projection is None else change(record.projection),
    )


def describe(record: Linear) -> dict[str, Any]:
    """Facts for people, in order."""
    facts: dict[str, Any] = {"kind": f"linear {record.task.kind}"}
    if record.link != "none":
        facts["link"] = record.link.replace("_", " ")
    if record.scores.is_integer:
        facts["arithmetic"] = f"{record.scores.table.dtype.name} weights, {record.scores.sum_type} sums: no overflow for any raw value"
    if record.digits is not None:
        facts["columns"] = f"0..{record.digits.top}, {record.task.dtype}"
    if record.is_categorical:
        facts["categories"] = int(record.starts[-1])
    facts["features read"] = f"{len(record.needed)} of {record.n_features}"
    facts["weights and biases"] = sum(part.table.size + part.offset.size for part in record.parts.values())
    return facts
