"""For each class a way to make random estimators of it: hyper-parameters, data, and a scaler before it or none.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from . import distances, features, linear, models, probabilities
from .recipe import Recipe, fitted

#: Family -> class's name -> recipe. Trees, boosted trees and networks have campaigns of their own.
RECIPES: dict[str, dict[str, Recipe]] = {
    "linear": linear.RECIPES,
    "gaussian": probabilities.GAUSSIANS,
    "gaussian_process": probabilities.PROCESSES,
    "neighbors": distances.NEIGHBORS,
    "svm": distances.MACHINES,
    "scaler": features.COLUMNS,
    "preprocess": features.MADE,
    "decide": models.DECIDED,
    "compose": models.COMPOSED,
}

#: Family -> what is counted apart beside its classes.
KINDS: dict[str, dict[str, Recipe]] = {"compose": {"Pipeline with a projection": models.PROJECTED}}

__all__ = ["KINDS", "RECIPES", "Recipe", "fitted"]
