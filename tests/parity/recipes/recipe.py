"""A way to make random estimators of one class, and to fit them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from .data import Data, Draw, Kind, make

SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler)

#: So many draws in a row that scikit-learn refuses to fit are too many.
_TRIES = 20


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Random estimators of one class.

    Attributes
    ----------
    estimator : callable
        From choices to an estimator that is not fitted.
    kind : Kind
        Of the data.
    scaled : float
        The share of fits with a scaler before the estimator.
    """

    estimator: Callable[[Draw], Any]
    kind: Kind
    scaled: float = 0.0


def of(
    cls: type,
    target: str = "none",
    features: str = "any",
    /,
    *,
    scaled: float = 0.4,
    kind: dict[str, Any] | None = None,
    **space: Any,
) -> Recipe:
    """A class with each hyper-parameter of `space` drawn from a list, or by a function of the choices."""

    def estimator(draw: Draw) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # classes and values that newer versions deprecate
            made = cls(**{name: values(draw) if callable(values) else draw.one_of(values) for name, values in space.items()})
        return made.set_params(random_state=draw.seed) if "random_state" in made.get_params() else made

    return Recipe(estimator, Kind(**{"target": target, "features": features, **(kind or {})}), scaled)


def fitted(recipe: Recipe, seed: int) -> tuple[Any, Data]:
    """An estimator fitted on random data; what scikit-learn refuses to fit is drawn again."""
    for again in range(_TRIES):
        draw = Draw(seed + 1_000_003 * again)
        data = make(draw, recipe.kind)
        estimator = recipe.estimator(draw)
        if draw.chance(recipe.scaled):
            estimator = make_pipeline(draw.one_of(SCALERS)(), estimator)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # no convergence, constant features: not our subject
            try:
                return estimator.fit(data.X, data.y), data
            except (ValueError, np.linalg.LinAlgError, FloatingPointError):
                continue
    raise ValueError(f"scikit-learn fits none of {_TRIES} draws")
