"""Agreement with scikit-learn on all rows of real data, one line per estimator and data set. Usage: python tools/agreement.py

Every family on digits, breast_cancer, wine, iris, diabetes and the watch recordings (where the package `seglearn` is installed).
Half of the rows train, all of them are compared: classes, and every number against its stated bound. Exits with 1 on any difference.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn import datasets
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor, VotingClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CLASSIFIERS = {
    "DecisionTree": DecisionTreeClassifier(random_state=0),
    "RandomForest": RandomForestClassifier(20, random_state=0),
    "ExtraTrees": ExtraTreesClassifier(20, random_state=0),
    "StandardScaler + RandomForest": make_pipeline(StandardScaler(), RandomForestClassifier(20, random_state=0)),
    "StandardScaler + MLP": make_pipeline(StandardScaler(), MLPClassifier((20,), max_iter=300, random_state=0)),
    "MinMaxScaler(clip) + MLP, a chain": make_pipeline(MinMaxScaler(clip=True), MLPClassifier((20,), max_iter=300, random_state=0)),
    "GaussianNB": GaussianNB(),
    "soft vote of forest and GaussianNB": VotingClassifier(
        [("forest", RandomForestClassifier(10, random_state=0)), ("bayes", GaussianNB())], voting="soft"
    ),
    "GaussianMixture": make_pipeline(StandardScaler(), GaussianMixture(4, reg_covar=1e-3, random_state=0)),
}
REGRESSORS = {
    "DecisionTree": DecisionTreeRegressor(random_state=0),
    "RandomForest": RandomForestRegressor(20, random_state=0),
    "ExtraTrees": ExtraTreesRegressor(20, random_state=0),
    "StandardScaler + MLP": make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(20,), max_iter=300, random_state=0)),
    "GaussianMixture": CLASSIFIERS["GaussianMixture"],
}


def data_sets() -> Iterator[tuple[str, Any, np.ndarray, np.ndarray]]:
    """Name, estimators, rows, targets."""
    for name in ("digits", "breast_cancer", "wine", "iris"):
        yield name, CLASSIFIERS, *getattr(datasets, f"load_{name}")(return_X_y=True)
    yield "diabetes", REGRESSORS, *datasets.load_diabetes(return_X_y=True)
    try:
        import seglearn  # noqa: F401
    except ImportError:
        print("watch: left out, the package seglearn is not installed", file=sys.stderr)
        return
    yield "watch", CLASSIFIERS, *_watch()


def _watch() -> tuple[np.ndarray, np.ndarray]:
    sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "watch"))
    import recordings

    windows = recordings.load()
    return windows.features.astype(np.float64), windows.labels


def main() -> int:
    """Print the table."""
    warnings.filterwarnings("ignore", module="sklearn")
    table = Table("data", "estimator", "input", "rows", "agreement", "ties", "largest difference", "bound")
    wrong = 0
    for data, estimators, X, y in data_sets():
        for name, estimator in estimators.items():
            fitted = clone(estimator).fit(X[::2], y[::2])
            whole = np.array_equal(X, np.rint(X)) and np.max(np.abs(X)) < 2**15
            for kind in ("float32", "int16") if whole else ("float32",):
                report = emlearn.convert(fitted, input=kind).verify(X)
                wrong += not report.ok
                numbers = (f"{report.agreement:.4f}", str(report.ties), f"{report.max_error:.2g}", f"{report.bound:.2g}")
                table.add_row(data, name, kind, str(report.rows), *numbers)
    Console(width=140).print(table)
    print(f"{table.row_count - wrong} of {table.row_count} equal")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
