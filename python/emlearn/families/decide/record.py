"""The rule that makes one answer of several.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...record import Record

#: By name, what each rule does.
RULES = {
    "rest": "the class whose model is surest",
    "threshold": "a score against a threshold",
    "labels": "each label's score against a threshold",
    "pairs": "votes of models for pairs of classes",
    "code": "the nearest code word",
    "sigmoid": "scores to probabilities by sigmoids",
    "isotonic": "scores to probabilities by isotonic curves",
    "curve": "an isotonic curve over one feature",
    "constant": "the same for every row",
    "target": "the inverse of the target's transform",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Decide(Record):
    """The last stage behind models' answers a[0], a[1], ... (float32).

    * ``rest``: predict = the first largest a; predict_proba = a / sum a (a itself where the sum is 0); of two classes there is one a:
      predict = a >= table[0], predict_proba = (1 - a, a);
    * ``threshold``: predict = classes[sign a[0] >= table[0]]; predict_proba and decision_function as they come;
    * ``labels``: predict[k] = a[k] >= table[0];
    * ``pairs``: of K classes, a has the class (0 or 1) that each of K (K - 1) / 2 models sees, then each one's confidence;
      decision_function[k] = votes for k + s / (3 (|s| + 1)), s the sum of confidences for k; predict = the first largest,
      for two classes decision_function >= table[0];
    * ``code``: predict = the first k with the smallest |a - table[k]|;
    * ``sigmoid``: p[k] = 1 / (1 + exp(a[k] table[k] + table[K + k])), then p / sum p (1 / K where all are 0), for one a (1 - p, p);
    * ``isotonic``: p[k] is interpolated between knots; then likewise;
    * ``curve``: predict and transform = a[0] interpolated between knots; NaN outside of table[0] and table[1], where there are such;
    * ``constant``: predict or predict_proba = table;
    * ``target``: predict = function(a table[0] + table[1]).

    Attributes
    ----------
    rule : str
        A key of ``RULES``.
    table : ndarray, float32
    knots : ndarray of shape (2, n_knots), float32
        Of isotonic curves, one curve after the other: x and y.
    starts : ndarray of shape (n_curves + 1,), uint16
        Where each curve's knots begin.
    order : tuple of int
        The two classes of ``threshold``: below, and from the threshold on.
    sign : float
        1 or -1.
    function : str
        Of ``target``, a key of :data:`emlearn.functions.FUNCTIONS`.
    offers : tuple of str
        The operations.
    exact_table : ndarray, float64
        `table` before it was rounded; only bounds look at it.
    """

    rule: str
    table: np.ndarray
    offers: tuple[str, ...]
    exact_table: np.ndarray
    knots: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((2, 0), np.float32))
    starts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint16))
    order: tuple[int, int] = (0, 1)
    sign: float = 1.0
    function: str = "identity"

    @property
    def ops(self) -> tuple[str, ...]:
        return self.offers

    @property
    def needed(self) -> np.ndarray:
        return np.arange(0 if self.rule == "constant" else self.n_features)

    @property
    def is_single(self) -> bool:
        """Whether one score stands for two classes that exclude each other."""
        return self.rule == "rest" and self.n_features == 1

    @property
    def n_classes(self) -> int:
        """Classes, or labels."""
        return self.task.n_outputs if self.task.kind == "multilabel" else sum(self.task.n_classes)
