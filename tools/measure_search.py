"""What the flash scorer adds to a search: the figures of docs/fit-to.md.

    python tools/measure_search.py [--candidates 50]

Up to 200 candidates, or so many of them, in one process: the CPU time of the scorer's calls over that of all the rest of the same search.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
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


class Timed:
    """A scorer, and the CPU time that its calls took."""

    def __init__(self, scorer: Any) -> None:
        self.scorer, self.seconds = scorer, 0.0

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        start = time.process_time()
        found = float(self.scorer(estimator, X, y))
        self.seconds += time.process_time() - start
        return found


def shares(estimator: Any, grid: dict[str, list[Any]], cv: int, every_fold: bool, candidates: int) -> tuple[float, float]:
    """What the scorer takes, as a share of the rest, and the seconds of the rest."""
    timed = Timed(emlearn.scorers.flash("cortex-m0plus", input="uint8", every_fold=every_fold))
    n = min(candidates, len(ParameterGrid(grid)))
    scoring = {"accuracy": "accuracy", "flash": timed}
    search = RandomizedSearchCV(estimator, grid, n_iter=n, cv=cv, scoring=scoring, refit=False, random_state=0)
    start = time.process_time()
    search.fit(*load_digits(return_X_y=True))
    rest = time.process_time() - start - timed.seconds
    return timed.seconds / rest, rest


def main() -> None:
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    most = parser.parse_args().candidates
    for estimator, grid, cv in SEARCHES:
        name = f"{min(most, len(ParameterGrid(grid)))} of {type(estimator).__name__}"
        shares(estimator, {key: values[:1] for key, values in grid.items()}, 2, True, 1)  # to warm up
        for every_fold in (False, True):
            share, rest = shares(estimator, grid, cv, every_fold, most)
            print(f"{name}, cv={cv}, every_fold={every_fold}: {100 * share:.1f} % of the {rest:.1f} s of CPU without", flush=True)


if __name__ == "__main__":
    main()
