"""Random models of CatBoost, by what they are fitted to.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import boosters
import catboost
import numpy as np

#: Losses by what they are fitted to.
KINDS = {
    "Logloss": "2", "Focal:focal_alpha=0.5;focal_gamma=1.0": "2", "MultiClassOneVsAll": "3",
    "RMSPE": "positive", "CrossEntropy": "2", "MultiClass": "3", "RMSE": "value", "MAE": "value", "Quantile:alpha=0.3": "value",
    "Poisson": "positive", "Tweedie:variance_power=1.5": "positive", "MultiRMSE": "targets", "YetiRank": "3", "QueryRMSE": "3",
}  # fmt: skip

QUIET = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No"}
_RANKING = ("YetiRank", "QueryRMSE")


def with_categories(X):
    """Rows as CatBoost takes them: categories as integers, missing ones as text."""
    rows = X.astype(object)
    for column in boosters.CATEGORICAL:
        rows[:, column] = ["nan" if np.isnan(value) else int(value) for value in X[:, column]]
    return rows


def random_model(rng, loss):
    """A fitted estimator and its rows."""
    categories = rng.random() < 0.4
    X, y = boosters.data(rng, KINDS[loss], categories=categories)
    rows = with_categories(X) if categories else X
    options = {
        **QUIET, "iterations": int(rng.integers(1, 10)), "depth": int(rng.integers(1, 6)), "loss_function": loss,
        "learning_rate": float(rng.choice([0.1, 0.5])), "random_seed": int(rng.integers(1000)), "nan_mode": str(rng.choice(["Min", "Max"])),
    }  # fmt: skip
    if categories:
        options |= {"cat_features": list(boosters.CATEGORICAL), "one_hot_max_size": 255}
    if loss not in ("MultiRMSE", *_RANKING):
        options["grow_policy"] = str(rng.choice(["SymmetricTree", "Depthwise", "Lossguide"]))
    if loss in _RANKING:
        return catboost.CatBoostRanker(**options).fit(rows, y, group_id=np.repeat(np.arange(len(X) // 20), 20)), X
    if not KINDS[loss].isdigit():
        return catboost.CatBoostRegressor(**options).fit(rows, y), X
    if loss == "Logloss":
        y = np.array(["no", "yes"])[y]
    return catboost.CatBoostClassifier(**options).fit(rows, y), X
