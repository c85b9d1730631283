"""What Pipelines are in integers, and what that saves; writes the table of docs/models/compose.md.

    python tools/integer_pipelines.py [--target cortex-m0plus] [--check]

Each Pipeline is fitted on every other of wine's rows, whose 13 features are whole counts of 4000 per range, converted in each arithmetic
with these rows as calibration, and ``"int16"`` and ``"exact"`` are compiled and run on the emulated chip, and compared with scikit-learn.
``--check``: only converts, and fails where the stages are not those that the page says.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.families.compose.columns import flat
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).parent))

from fold_pipelines import Figures, cost, table

MARKS = "<!-- Pipelines in integers: tools/integer_pipelines.py -->", "<!-- end of Pipelines in integers -->"

HEAD = """| steps | with `numeric="int16"` | int8, int32 | exact: flash, B | cycles | int16: flash, B | cycles |
|---|---|---|--:|--:|--:|--:|"""

#: As a reader would write them, and how they are made.
PIPELINES: dict[str, Callable[[], list[Any]]] = {
    "StandardScaler, KNeighborsClassifier(3)": lambda: [StandardScaler(), KNeighborsClassifier(3)],
    "RobustScaler, KNeighborsRegressor(3)": lambda: [RobustScaler(), KNeighborsRegressor(3)],
    "StandardScaler, NearestCentroid": lambda: [StandardScaler(), NearestCentroid()],
    "MinMaxScaler, KMeans(3)": lambda: [MinMaxScaler(), KMeans(3, n_init=1, random_state=0)],
    "StandardScaler, LocalOutlierFactor": lambda: [StandardScaler(), LocalOutlierFactor(novelty=True)],
    "StandardScaler, LogisticRegression": lambda: [StandardScaler(), LogisticRegression()],
    "StandardScaler, PCA(4), LogisticRegression": lambda: [StandardScaler(), PCA(4), LogisticRegression()],
    "StandardScaler, PCA(4), KNeighborsClassifier(3)": lambda: [StandardScaler(), PCA(4), KNeighborsClassifier(3)],
    "StandardScaler, PCA(4), NearestCentroid": lambda: [StandardScaler(), PCA(4), NearestCentroid()],
    "StandardScaler, PCA(4, whiten), GaussianNB": lambda: [StandardScaler(), PCA(4, whiten=True), GaussianNB()],
    "StandardScaler, GaussianNB": lambda: [StandardScaler(), GaussianNB()],
    "StandardScaler, SVC(rbf)": lambda: [StandardScaler(), SVC()],
    "StandardScaler, SVC(poly)": lambda: [StandardScaler(), SVC(kernel="poly")],
    "StandardScaler, SVC(sigmoid, gamma=0.02)": lambda: [StandardScaler(), SVC(kernel="sigmoid", gamma=0.02)],
    "MinMaxScaler(clip), KNeighborsClassifier(3)": lambda: [MinMaxScaler(clip=True), KNeighborsClassifier(3)],
    "MinMaxScaler(clip), PCA(4), NearestCentroid": lambda: [MinMaxScaler(clip=True), PCA(4), NearestCentroid()],
    "MinMaxScaler(clip), LogisticRegression": lambda: [MinMaxScaler(clip=True), LogisticRegression()],
    "StandardScaler, KNeighborsClassifier(3, p=3)": lambda: [StandardScaler(), KNeighborsClassifier(3, p=3)],
    "StandardScaler, PCA(3), SVC(rbf)": lambda: [StandardScaler(), PCA(3), SVC()],
    "StandardScaler, PCA(3), SVC(linear)": lambda: [StandardScaler(), PCA(3), SVC(kernel="linear")],
    "StandardScaler, LinearDiscriminantAnalysis, SVC(rbf)": lambda: [StandardScaler(), LinearDiscriminantAnalysis(), SVC()],
    "StandardScaler, PCA(2), MLPClassifier(20)": lambda: [
        StandardScaler(), PCA(2), MLPClassifier((20,), max_iter=200, random_state=0),
    ],
    "PCA(2), Ridge": lambda: [PCA(2), Ridge()],
    "StandardScaler": lambda: [StandardScaler()],
}  # fmt: skip


def fitted(name: str) -> tuple[Any, np.ndarray, dict[str, Any]]:
    """The Pipeline, wine's rows as counts, and what tells the units."""
    X, y = load_wine(return_X_y=True)
    scale = np.ptp(X, axis=0) / 4000
    raw = np.rint(X / scale).astype(np.int16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks that stop early
        return make_pipeline(*PIPELINES[name]()).fit(raw[::2] * scale, y[::2]), raw, {"input": "int16", "input_scale": scale}


def converted(name: str, numeric: str) -> emlearn.Model | None:
    """In that arithmetic; None where it is refused."""
    estimator, raw, arguments = fitted(name)
    try:
        return emlearn.convert(estimator, numeric=numeric, calibration=None if numeric == "exact" else raw[::2], **arguments)
    except emlearn.UnsupportedError:
        return None


def answered(name: str, numeric: str) -> str:
    """Whether it can be had: "in part" where a stage takes floats."""
    model = converted(name, numeric)
    if model is None:
        return "no"
    return "yes" if all(np.issubdtype(stage.input, np.integer) for stage in flat(model.record)) else "in part"


def described(model: emlearn.Model) -> str:
    """Its stages, with the type of what each gives to the next."""
    *before, last = flat(model.record)
    return ", ".join([*(f"{type(stage).__name__.lower()} to {stage.task.dtype}" for stage in before), type(last).__name__.lower()])


def _row(name: str) -> tuple[str, Figures]:
    model = converted(name, "int16")
    assert model is not None
    others = ", ".join(answered(name, numeric) for numeric in ("int8", "int32"))

    def figures(target: str) -> str:
        rows, exact = fitted(name)[1][1::4], converted(name, "exact")
        assert exact is not None
        before, after = cost(exact, rows, target), cost(model, rows, target)
        return f"{before.flash:,} | {before.cycles:,.0f} | {after.flash:,} | {after.cycles:,.0f}"

    return f"| {name} | {described(model)} | {others} |", figures


def main(arguments: list[str]) -> int:
    return table(arguments, (__doc__ or "").splitlines()[0], MARKS, HEAD, PIPELINES, _row)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
