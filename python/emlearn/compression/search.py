"""``compress``: the fewest bytes within a stated loss.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import InvalidInputError
from ..families.ensembles.encode import encoded as encoded_sums
from ..families.ensembles.record import Boosted
from ..families.trees.encode import encoded as encoded_forest
from ..families.trees.record import Forest
from ..model import Model
from .compressor import Compressor, Setting

#: Values of leaves that are tried; for the shares of classes, whole numbers to one, and one.
_VALUES, _SHARES = (64, 32, 16, 8, 4), (16, 8, 4, 2)

#: Bits of thresholds that are tried where they have more.
_THRESHOLD_BITS = (16, 12, 8, 4)

#: Thresholds and leaves, smallest first, whose splits are made fewer.
_MOST_PRUNED = 5

#: Of one comparison and its jump in generated code.
_CODE_BYTES = 8

#: Every third row is left aside: it tells what is lost.
_ASIDE = 3


@dataclasses.dataclass(frozen=True)
class CompressionStep:
    """One model that was tried.

    Attributes
    ----------
    what : str
    table_bytes : int
    loss : float
        On the rows that were left aside; see :class:`Compression`.
    """

    what: str
    table_bytes: int
    loss: float

    def __str__(self) -> str:
        return f"{self.table_bytes:,} B, loss {self.loss:.4f}: {self.what}"


@dataclasses.dataclass(frozen=True)
class Compression:
    """What :func:`emlearn.compress` returns.

    Attributes
    ----------
    model : Model
        The smallest that was found, or the given one; its ``verify`` compares it with the new trees in float64.
    loss : float
        What is lost on the rows that were left aside, every third: with y, of the score (accuracy, R^2 of values); without, the share of
        answers that change, or 1 less the R^2 of the new values against the old.
    changed : float
        The share of those rows whose class changes; of values the largest change.
    worst : float
        A bound, over all rows that there are, of what a sum of the trees (of a forest: the probability of a class) changes by.
    table_bytes, given_bytes : int
        Of the tables, against those of the given model with ``optimize="size"``.
    steps : tuple of CompressionStep
        All that was tried, in order; the first is the given model.
    """

    model: Model
    loss: float
    changed: float
    worst: float
    table_bytes: int
    given_bytes: int
    steps: tuple[CompressionStep, ...]

    @property
    def ratio(self) -> float:
        """How many times smaller the tables are."""
        return self.given_bytes / self.table_bytes if self.given_bytes != self.table_bytes else 1.0

    def __str__(self) -> str:
        made = self.model.head.estimator.rpartition(" with ")[2] if self.ratio > 1 else "nothing smaller was found"
        of = "class changes in a share" if self.model.record.task.kind == "classifier" else "values change by up to"
        return "\n".join(
            [
                f"{self.table_bytes:,} B of tables instead of {self.given_bytes:,} ({self.ratio:.2f} times fewer): {made}",
                f"on rows left aside: loss {self.loss:.4f}, {of} {self.changed:.4g}; at worst a sum changes by {self.worst:.4g}",
            ]
        )

    __repr__ = __str__


def compress(model: Any, data: Any, *, max_loss: float = 0.01, **arguments: Any) -> Compression:
    """The same trees with fewer splits, narrower thresholds and leaves of fewer values, as small as a stated loss allows.

    Thresholds move within the gaps that `data` leave, to where fewer bits hold them all; the splits go first that say least; and leaves
    are chosen again, together, from a few values, so that what one tree loses others make good. This changes the model: it is opt-in.

    Parameters
    ----------
    model : Model or estimator
        Boosted trees of any library, or a decision tree or forest of one output, also behind scalers; an estimator is converted first, with
        the further `arguments` of :func:`emlearn.convert`.
    data : array-like of shape (n_samples, n_features), or (X, y)
        Raw rows like those that the device will see, best such that the estimator was not trained on, with y or without. Two thirds of them
        make the new trees, every third tells what they lose.
    max_loss : float
        What may be lost, as :attr:`Compression.loss` counts it: 0.01 is a point of accuracy, or a hundredth of the answers.

    Returns
    -------
    Compression

    Raises
    ------
    UnsupportedError
        The model is not made of such trees.
    InvalidInputError
        An argument has an impossible value.
    """
    from ..convert import convert

    if not isinstance(model, Model):
        model = convert(model, **arguments)
    elif arguments:
        raise InvalidInputError(f"{', '.join(arguments)}: these go with an estimator; the model has been converted already")
    number = isinstance(max_loss, (int, float, np.number)) and not isinstance(max_loss, (bool, np.bool_))
    if not number or not 0 <= max_loss <= 1:
        raise InvalidInputError(f"max_loss={max_loss!r}: give a number from 0 to 1, such as 0.01 for a point of accuracy")
    raw, y = _data(model, data)
    return _Search(model, raw, y, float(max_loss)).run()


def _data(model: Model, data: Any) -> tuple[np.ndarray, np.ndarray | None]:
    X, y = data if isinstance(data, tuple) and len(data) == 2 else (data, None)
    if X is None:
        raise InvalidInputError("data= takes raw rows like those that the device will see, X or (X, y)")
    try:
        raw = model.input.check(X)
    except InvalidInputError as error:
        raise InvalidInputError(f"data=: {error}") from None
    if len(raw) < 2 * _ASIDE:
        raise InvalidInputError(f"data= has {len(raw)} rows: give {2 * _ASIDE} at least, and better some hundred")
    if y is not None and len(np.asarray(y)) != len(raw):
        raise InvalidInputError(f"data=: X has {len(raw)} rows and y {len(np.asarray(y))}: give one y per row")
    return raw, None if y is None else np.asarray(y)


class Aside:
    """Rows that are left aside, and what models lose on them."""

    def __init__(self, model: Model, raw: np.ndarray, y: np.ndarray | None) -> None:
        self.raw, self.is_class = raw, model.record.task.kind == "classifier"
        self.given = model.predict(raw)
        self.expected = self.given if y is None else y.reshape(self.given.shape)
        self.best = self.score(self.given)

    def score(self, answers: np.ndarray) -> float:
        """Accuracy, or R^2; where the expected values are all alike, 1 for those that are right."""
        if self.is_class:
            return float(np.mean(answers == self.expected))
        off = float(np.sum((answers - self.expected) ** 2))
        spread = float(np.sum((self.expected - np.mean(self.expected, axis=0)) ** 2))
        return 1 - off / spread if spread else float(off == 0)

    def loss(self, model: Model) -> float:
        return self.best - self.score(model.predict(self.raw))

    def changed(self, model: Model) -> float:
        answers = model.predict(self.raw)
        return float(np.mean(answers != self.given) if self.is_class else np.max(np.abs(answers - self.given)))


def split(n_rows: int) -> np.ndarray:
    """Which rows are left aside."""
    return np.arange(n_rows) % _ASIDE == _ASIDE - 1


def settings(compressor: Compressor) -> Iterator[Setting]:
    """What is tried with all splits: thresholds and leaves, in fewer and fewer bits."""
    counts = _VALUES if isinstance(compressor.trees, Boosted) else _SHARES
    for bits in (None, *[bits for bits in _THRESHOLD_BITS if bits < compressor.threshold_bits]):
        for values in (None, *counts):
            yield Setting(compressor.n_splits, bits, values)


def table_bytes(model: Model) -> int:
    """Of the tables; of nodes that are generated code also about what their comparisons take."""
    record = model.record
    if not isinstance(record, Forest | Boosted):
        return int(model.report().total_bytes)
    nodes = encoded_sums(record).nodes if isinstance(record, Boosted) else encoded_forest(record).nodes
    return int(model.report().total_bytes) + (_CODE_BYTES * record.n_nodes if nodes.form == "code" else 0)


class _Search:
    def __init__(self, model: Model, raw: np.ndarray, y: np.ndarray | None, max_loss: float) -> None:
        aside = split(len(raw))
        self.given = model.again(optimize="size") if model.estimator is not None else model
        self.compressor = Compressor(model, raw[~aside])
        self.aside = Aside(self.given, raw[aside], None if y is None else y[aside])
        self.max_loss = max_loss
        self.given_bytes = table_bytes(self.given)
        self.steps = [CompressionStep("as it is", self.given_bytes, 0.0)]
        self.best: tuple[int, float, Setting | None, Model] = (self.given_bytes, 0.0, None, self.given)

    def run(self) -> Compression:
        n, whole = self.compressor.n_splits, []
        for setting in settings(self.compressor) if n else ():
            if self._try(setting):
                whole.append((self.steps[-1].table_bytes, setting))
        for _, setting in sorted(whole, key=lambda found: found[0])[:_MOST_PRUNED]:
            self._fewest(setting)
        size, loss, chosen, model = self.best
        worst = 0.0 if chosen is None else self.compressor.worst(chosen)
        return Compression(model, loss, self.aside.changed(model), worst, size, self.given_bytes, tuple(self.steps))

    def _fewest(self, setting: Setting) -> None:
        """The fewest splits within the loss, by bisection: fewer hardly ever lose less."""
        if setting.values is None and not isinstance(self.compressor.trees, Boosted):
            return  # new leaves of a forest would be no counts
        low, high = 0, setting.splits  # high is within the loss
        while high - low > max(1, setting.splits // 50):
            middle = (low + high) // 2
            if self._try(dataclasses.replace(setting, splits=middle)):
                high = middle
            else:
                low = middle

    def _try(self, setting: Setting) -> bool:
        made = self.compressor.make(setting)
        size, loss = table_bytes(made), self.aside.loss(made)
        self.steps.append(CompressionStep(self.compressor.describe(setting), size, loss))
        within = loss <= self.max_loss + 1e-12 and not math.isnan(loss)
        if within and (size, loss) < self.best[:2]:
            self.best = (size, loss, setting, made)
        return within
