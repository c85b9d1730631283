"""``fit_to``: the smallest loss that meets a budget; what loses nothing first, then narrower numbers, then fewer values, splits and trees.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError, UnsupportedError
from ..options import OPTIMIZE
from ..registry import family_of, shortens
from .budget import Budget
from .candidates import Search, Step
from .compressed import compress_to, move_thresholds
from .prune import prune
from .shorter import Shorter, shorter

if TYPE_CHECKING:
    from ..model import Model


@dataclasses.dataclass(frozen=True)
class Fit:
    """What :meth:`emlearn.Model.fit_to` returns.

    Attributes
    ----------
    model : Model
        The one that meets the budget with the best score found; where none does, the one that exceeds it least.
    step : Step
        The same in `steps`.
    steps : tuple of Step
        All that were tried, in order; the first is the model as it was given.
    budget : str
    """

    model: Model
    step: Step
    steps: tuple[Step, ...]
    budget: str

    @property
    def ok(self) -> bool:
        """Whether the budget is met."""
        return self.step.meets

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"ok": self.ok, "budget": self.budget, "chosen": self.step.what, "steps": [dataclasses.asdict(step) for step in self.steps]}

    def __str__(self) -> str:
        given, found = self.steps[0], self.step
        verdict = "the budget is met" if self.ok else "the budget cannot be met: this is the least"
        change = f"score {found.score - given.score:+.4f} against the model as it was given ({given.cost}, score {given.score:.4f})"
        return "\n".join([f"budget: {self.budget}", *map(str, self.steps), f"{verdict}: {found.what}; {found.cost}; {change}"])

    __repr__ = __str__


def fit_to(model: Model, *, data: Any, target: Any, flash: Any = None, ram: Any = None, cycles: Any = None) -> Fit:
    """See :meth:`emlearn.Model.fit_to`."""
    budget = Budget.make(target, flash=flash, ram=ram, cycles=cycles)
    raw, y = _data(model, data)
    search = Search(budget, raw, y)
    search.try_("as it is", model)
    if not search.met:
        for mode in OPTIMIZE:
            if mode != model.arguments["optimize"] and not search.met:
                search.try_(f"optimize={mode!r}", model.again(optimize=mode))
    if not search.met:
        _narrower(search, model)
    if not search.met and budget.flash is not None:
        move_thresholds(search, model)
    if not search.met and budget.flash is not None:
        compress_to(search, model)
    if not search.met and budget.flash is not None:
        prune(search, model)
    if not search.met:
        _fewer(search, search.best()[0])
    found, step = search.best()
    return Fit(found, step, tuple(step for _, step in search.tried), str(budget))


def _data(model: Model, data: Any) -> tuple[np.ndarray, np.ndarray]:
    if model.estimator is None or not model.arguments:
        raise InvalidInputError("the model has no estimator to convert again: convert it from one")
    if model.record.ops[0] != "predict" or model.record.task.kind not in ("classifier", "regressor"):
        raise InvalidInputError(f"fit_to is for classifiers and regressors, whose score can be told; this is a {model.record.task.kind}")
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise InvalidInputError("data= takes two arrays, (X, y): rows that the model was not trained on, and their labels or values")
    raw, y = model.input.check(data[0]), np.asarray(data[1])
    if len(raw) == 0 or len(y) != len(raw):
        raise InvalidInputError(f"data=: X has {len(raw)} rows and y {len(y)}: give one y per row, and one row at least")
    _check_targets(model, y)
    return raw, y


def _check_targets(model: Model, y: np.ndarray) -> None:
    """Refuse labels that the model cannot answer and values that are none: no score would say anything."""
    task = model.record.task
    if y.size != len(y) * task.n_outputs:
        raise InvalidInputError(f"data=: y has shape {y.shape}, and the model {task.n_outputs} outputs: give one column for each")
    if task.kind == "classifier":
        for column, labels in zip(y.reshape(len(y), -1).T, model.head.classes, strict=True):
            unknown = sorted({str(label) for label in set(column.tolist()) - set(labels.tolist())})
            if unknown:
                raise InvalidInputError(
                    f"data=: y has labels that the model was not fitted with ({', '.join(unknown[:5])}): leave these rows out, "
                    "or give labels as the estimator has them"
                )
    elif y.dtype.kind not in "fiub" or not np.all(np.isfinite(y)):
        raise InvalidInputError("data=: y holds values that are no finite numbers: leave these rows out")


def _narrower(search: Search, model: Model) -> None:
    """Quantised arithmetics, widest first; leaves with the fewest bits that change no answer."""
    numeric = family_of(model.record).NUMERIC if model.arguments["numeric"] == "exact" else ()
    for name in [each for each in ("int32", "int16", "int8") if each in numeric]:
        _attempt(search, model, f"numeric={name!r}", numeric=name)
    if model.arguments["leaf_bits"] is None and shortens(model.record):
        _attempt(search, model, "leaf_bits='auto'", leaf_bits="auto")


def _attempt(search: Search, model: Model, what: str, **arguments: str) -> None:
    """Try what needs calibration, unless the budget is met; nothing where this model cannot be made so."""
    if search.met:
        return
    try:
        made = model.again(**arguments, calibration=search.raw, optimize="size")
    except (InvalidInputError, UnsupportedError):
        return
    search.try_(what, made)


def _fewer(search: Search, model: Model) -> None:
    """The most trees that meet the budget, by bisection: fewer trees never cost more."""
    way = shorter(model.estimator, model.input.features(search.raw, model.record.fed), search.y, search.orders)
    if way is None:
        return
    low, high = 0, way.count  # low meets the budget (or is nothing), high does not
    guess = _first_guess(search, way)
    while high - low > 1:
        n = min(max(guess, low + 1), high - 1)
        if search.try_(f"optimize={model.arguments['optimize']!r}, {n} of {way.count} {way.unit}", _again(model, way.take(n))):
            low = n
        else:
            high = n
        guess = (low + high) // 2


def _first_guess(search: Search, way: Shorter) -> int:
    """As if the cost were in proportion to the trees."""
    excess = min(search.excess)
    return int(way.count / excess) if math.isfinite(excess) else way.count // 2


def _again(model: Model, estimator: Any) -> Model:
    from ..convert import convert

    return convert(estimator, **model.arguments)
