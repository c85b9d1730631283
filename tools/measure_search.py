"""What the flash scorer adds to a search: the figures of docs/fit-to.md.

    python tools/measure_search.py

Up to 200 candidates with and without the scorer, in one process; ratios of its CPU time, each search once to warm up.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import emlearn
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import ParameterGrid, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier

CANDIDATES = 200

FOREST = {"n_estimators": list(range(5, 55, 5)), "max_depth": [4, 6, 8, 10, 12], "min_samples_leaf": [1, 2, 4, 8]}
SEARCHES: list[tuple[Any, dict[str, list[Any]], int]] = [
    (RandomForestClassifier(random_state=0), FOREST, 5),
    (MLPClassifier(random_state=0, max_iter=60), {"hidden_layer_sizes": [(n,) for n in range(4, 44, 4)]}, 5),
    (GradientBoostingClassifier(random_state=0), {"n_estimators": [2, 4, 6, 8, 10], "max_depth": [2, 3]}, 2),
]


def seconds(estimator: Any, grid: dict[str, list[Any]], cv: int, scoring: dict[str, Any]) -> float:
    """CPU time of a search."""
    n = min(CANDIDATES, len(ParameterGrid(grid)))
    search = RandomizedSearchCV(estimator, grid, n_iter=n, cv=cv, scoring=scoring, refit=False, random_state=0)
    start = time.process_time()
    search.fit(*load_digits(return_X_y=True))
    return time.process_time() - start


def main() -> None:
    warnings.filterwarnings("ignore")
    for estimator, grid, cv in SEARCHES:
        name = f"{min(CANDIDATES, len(ParameterGrid(grid)))} of {type(estimator).__name__}"
        seconds(estimator, {key: values[:1] for key, values in grid.items()}, 2, {"accuracy": "accuracy"})
        plain = seconds(estimator, grid, cv, {"accuracy": "accuracy"})
        for every_fold in (True, False):
            flash = emlearn.scorers.flash("cortex-m0plus", input="uint8", every_fold=every_fold)
            ratio = seconds(estimator, grid, cv, {"accuracy": "accuracy", "flash": flash}) / plain
            print(f"{name}, cv={cv}, every_fold={every_fold}: {ratio:.3f} times the {plain:.1f} s of CPU without", flush=True)


if __name__ == "__main__":
    main()
