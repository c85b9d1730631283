"""Scorers of what a model costs on a chip, for scikit-learn's searches.

Each is ``scorer(estimator, X, y)``, picklable, and follows scikit-learn's rule that greater is better: bytes and cycles are negative, as
in ``neg_mean_squared_error``. Pass them beside the others: ``GridSearchCV(..., scoring={"accuracy": "accuracy", "flash":
emlearn.scorers.flash("cortex-m0plus", input="int16")}, refit="accuracy")``; :func:`emlearn.pareto` picks what no other candidate beats.
Where the compiler of `target` is not installed, flash and RAM are those of :meth:`emlearn.Model.estimate`.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from .convert import convert
from .fit.budget import Budget
from .report.estimate import calibrated
from .targets import catalog


@dataclasses.dataclass(frozen=True)
class CostScorer:
    """Minus what the converted estimator's first operation costs.

    Attributes
    ----------
    what : {"flash", "ram", "cycles"}
    target : str
    arguments : mapping
        Of :func:`emlearn.convert`.
    """

    what: str
    target: str
    arguments: Mapping[str, Any]

    @property
    def estimated(self) -> bool:
        """Whether the score is an estimate, as the target's compiler is not installed."""
        missing = any(tool.find() is None for tool in catalog.find(self.target).tools)
        return missing and self.what != "cycles" and self.target in calibrated()

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        """The score: -inf where the model does not fit the chip and nobody knows by how much.

        X are raw values of the type that the model is converted with; its first rows are run for RAM and cycles.
        """
        model = convert(estimator, **self.arguments)
        if self.estimated:
            found = model.estimate(self.target)
            return -float(found.flash if self.what == "flash" else found.ram + found.stack)
        budget = Budget.make(self.target, **{self.what: 1})
        rows = np.zeros((1, model.input.n_features), model.input.dtype) if self.what == "flash" else model.input.check(X)
        return -float(getattr(budget.measure(model, rows), self.what))


def flash(target: str, **arguments: Any) -> CostScorer:
    """Minus the bytes of flash on `target`; `arguments` are those of :func:`emlearn.convert`."""
    return _scorer("flash", target, arguments)


def ram(target: str, **arguments: Any) -> CostScorer:
    """Minus the bytes of RAM, static and stack at its deepest."""
    return _scorer("ram", target, arguments)


def cycles(target: str, **arguments: Any) -> CostScorer:
    """Minus the cycles of the slowest of the first rows (instructions where the emulator of `target` counts no cycles)."""
    return _scorer("cycles", target, arguments)


def _scorer(what: str, target: str, arguments: Mapping[str, Any]) -> CostScorer:
    Budget.make(target, **{what: 1})  # refuses an unknown target before a search begins
    return CostScorer(what, target, dict(arguments))
