"""What ``emlearn.compress`` gives on five data sets, against this library's own tables and LightGBM's: the table of docs/compress.md.

    python tools/measure_compression.py

Half of the rows train a LightGBM model of 50 rounds, a quarter are the data of ``compress``, a quarter tell what is lost.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import emlearn
import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_friedman1
from sklearn.model_selection import train_test_split

DATA = {
    "digits": (load_digits(return_X_y=True), "uint8"),
    "breast cancer": (load_breast_cancer(return_X_y=True), "float32"),
    "wine": (load_wine(return_X_y=True), "float32"),
    "diabetes": (load_diabetes(return_X_y=True), "float32"),
    "Friedman 1": (make_friedman1(2000, noise=1.0, random_state=0), "float32"),
}

ROUNDS = 50


def main() -> None:
    warnings.filterwarnings("ignore", category=UserWarning)
    columns = "data", "LightGBM's arrays, B", "its text, B", "ours, B", "compressed, B", "ours / compressed", "LightGBM / compressed"
    print("".join(f"| {column} " for column in (*columns, "score", "changed")) + "|")
    print("|---" * (len(columns) + 2) + "|")
    for name, ((X, y), dtype) in DATA.items():
        print(row(name, X, y, dtype), flush=True)


def row(name: str, X: np.ndarray, y: np.ndarray, dtype: str) -> str:
    """One line of the table."""
    is_class = y.dtype.kind in "iu"
    X_train, X_rest, y_train, y_rest = train_test_split(X, y, test_size=0.5, random_state=0)
    X_data, X_test, _, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=0)
    kind = lightgbm.LGBMClassifier if is_class else lightgbm.LGBMRegressor
    estimator = kind(n_estimators=ROUNDS, n_jobs=1, verbose=-1).fit(X_train, y_train)
    model = emlearn.convert(estimator, input=dtype, optimize="size")
    found = emlearn.compress(model, X_data, max_loss=0.01)
    before, after = (each.verify(X_test, y_test) for each in (model, found.model))
    assert before.ok and after.ok
    old, new = model.predict(X_test), found.model.predict(X_test)
    changed = (
        f"{100 * np.mean(old != new):.1f} %" if is_class else f"R² {1 - np.sum((new - old) ** 2) / np.sum((old - old.mean()) ** 2):.3f}"
    )
    arrays, text = layout(estimator)
    return (
        f"| {name} | {arrays:,} | {text:,} | {found.given_bytes:,} | {found.table_bytes:,} | {found.ratio:.1f} "
        f"| {arrays / found.table_bytes:.0f} | {before.score:.3f} → {after.score:.3f} | {changed} |"
    )


def layout(estimator: Any) -> tuple[int, int]:
    """Bytes of the arrays that LightGBM's own predictor reads, and of its text file.

    Per split the feature and two children in 4 bytes each, the threshold in 8, the kind in 1; per leaf the value in 8.
    """
    dump = estimator.booster_.dump_model()
    leaves = [tree["num_leaves"] for tree in dump["tree_info"]]
    return sum(21 * (count - 1) + 8 * count for count in leaves), len(estimator.booster_.model_to_string().encode())


if __name__ == "__main__":
    main()
