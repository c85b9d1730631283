"""Scorers of what a model costs on a chip, for scikit-learn's searches, and a bar that shows how far a search has come.

Each is ``scorer(estimator, X, y)``, picklable, and follows scikit-learn's rule that greater is better: bytes and cycles are negative, as
in ``neg_mean_squared_error``. Pass them beside the others: ``GridSearchCV(..., scoring={"accuracy": "accuracy", "flash":
emlearn.scorers.flash("cortex-m0plus", input="int16")}, refit="accuracy")``; :func:`emlearn.pareto` picks what no other candidate beats.
Flash and RAM are those of :meth:`emlearn.Model.estimate`, which takes some hundredths of a second, unless `measured` asks for a build.
Small forests are fitted as fast as that: one fold of each candidate is converted, and speaks for the others, unless `every_fold` asks
for all.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .convert import convert
from .fit.budget import Budget
from .report.estimate import calibrated

#: What the first folds of candidates cost, by scorer and all that tells candidates apart; the oldest are forgotten.
_FIRST_FOLDS: dict[tuple[str, str, int], float] = {}

_MOST_FOLDS = 1000


@dataclasses.dataclass(frozen=True)
class CostScorer:
    """Minus what the converted estimator's first operation costs.

    Attributes
    ----------
    what : {"flash", "ram", "cycles"}
    target : str
    arguments : mapping
        Of :func:`emlearn.convert`.
    measured : bool
        Whether flash and RAM are those of a build; cycles always are.
    every_fold : bool
        Whether each fitted estimator is converted; else one of those with the same parameters, class and about as many rows to score on.
    token : str
        Tells scorers apart, also in other processes: what one has found is not taken for what another asks.
    """

    what: str
    target: str
    arguments: Mapping[str, Any]
    measured: bool = False
    every_fold: bool = False
    token: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex, repr=False)

    @property
    def estimated(self) -> bool:
        """Whether the score is an estimate."""
        return not self.measured and self.what != "cycles" and self.target in calibrated()

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        """The score: -inf where the model does not fit the chip and nobody knows by how much.

        X are raw values of the type that the model is converted with; its first rows are run for RAM and cycles.
        """
        if self.every_fold or not hasattr(estimator, "get_params"):  # by which candidates are told apart
            return self._score(estimator, X)
        key = self.token, _candidate(estimator), np.shape(X)[0].bit_length()
        if key not in _FIRST_FOLDS:
            while len(_FIRST_FOLDS) >= _MOST_FOLDS:
                del _FIRST_FOLDS[next(iter(_FIRST_FOLDS))]
            _FIRST_FOLDS[key] = self._score(estimator, X)
        return _FIRST_FOLDS[key]

    def _score(self, estimator: Any, X: Any) -> float:
        model = convert(estimator, **self.arguments)
        if self.estimated:
            found = model.estimate(self.target)
            return -float(found.flash if self.what == "flash" else found.ram + found.stack)
        budget = Budget.make(self.target, **{self.what: 1})
        rows = np.zeros((1, model.input.n_features), model.input.dtype) if self.what == "flash" else model.input.check(X)
        return -float(getattr(budget.measure(model, rows), self.what))


def _candidate(estimator: Any) -> str:
    """The class and its parameters, without the seed of each fold's own random numbers."""
    return f"{type(estimator)} {sorted(estimator.get_params().items(), key=lambda item: item[0])!r}"


def flash(target: str, *, measured: bool = False, every_fold: bool = False, **arguments: Any) -> CostScorer:
    """Minus the bytes of flash on `target`.

    Parameters
    ----------
    target : str
        Such as ``"cortex-m0plus"``.
    measured : bool
        Build each candidate with the target's compiler, which takes some tenths of a second; by default they are estimated.
    every_fold : bool
        Convert the estimator of each fold. By default what is found for one fold counts for all folds of a candidate, the first that is
        scored (in several processes: in each), since fits of small forests take no longer than conversions. Make a scorer for each search.
    **arguments
        Of :func:`emlearn.convert`.
    """
    return _scorer("flash", target, arguments, measured, every_fold)


def ram(target: str, *, measured: bool = False, every_fold: bool = False, **arguments: Any) -> CostScorer:
    """Minus the bytes of RAM, static and stack at its deepest; arguments as for :func:`flash`."""
    return _scorer("ram", target, arguments, measured, every_fold)


def cycles(target: str, *, every_fold: bool = False, **arguments: Any) -> CostScorer:
    """Minus the cycles of the slowest of the first rows, always measured (instructions where the emulator of `target` counts no cycles)."""
    return _scorer("cycles", target, arguments, True, every_fold)


def _scorer(what: str, target: str, arguments: Mapping[str, Any], measured: bool, every_fold: bool) -> CostScorer:
    Budget.make(target, **{what: 1})  # refuses an unknown target before a search begins
    return CostScorer(what, target, dict(arguments), measured, every_fold)


@contextlib.contextmanager
def progress() -> Iterator[None]:
    """A bar on a terminal for the searches inside: ``with emlearn.scorers.progress(): search.fit(X, y)``."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from sklearn.model_selection import _search

    columns = TextColumn("fits"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("fits", total=0)
        with _counting(_search, lambda more, done: bar.update(task, total=(bar.tasks[0].total or 0) + more, advance=done)):
            yield


@contextlib.contextmanager
def _counting(module: Any, tell: Any) -> Iterator[None]:
    """`tell(more to do, done)` for each fit of the searches of `module`, which is where they find joblib's Parallel."""
    whole = module.Parallel

    class Counting(whole):  # type: ignore[misc, valid-type]
        """Fits are told as they are given out and as they come back."""

        def __call__(self, iterable: Iterable[Any]) -> Any:
            tasks, self._told = list(iterable), 0
            tell(len(tasks), 0)
            found = super().__call__(tasks)
            tell(0, len(tasks) - self._told)
            return found

        def print_progress(self) -> None:
            super().print_progress()
            done = self.n_completed_tasks
            tell(0, done - self._told)
            self._told = done

    module.Parallel = Counting
    try:
        yield
    finally:
        module.Parallel = whole
