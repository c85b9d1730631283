"""What only LightGBM has: zeros as missing values; and what is refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import UnsupportedError
from sklearn.datasets import load_iris

lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed: pip install lightgbm")


def test_zeros_as_missing_values_where_a_threshold_says_it():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (300, 4)).astype(float)  # nothing below zero: on its side of a threshold zero has no neighbours
    y = (X[:, 0] > 0) * 1.0 + X[:, 1]
    estimator = lightgbm.LGBMRegressor(n_estimators=4, zero_as_missing=True, n_jobs=1, verbose=-1).fit(X, y)
    model = emlearn.convert(estimator, input="float64")
    assert model.verify(boosters.probes(model, X, rng)).ok


def test_what_cannot_be_converted_says_why():
    X, y = load_iris(return_X_y=True)
    options = {"n_estimators": 2, "n_jobs": 1, "verbose": -1}
    with pytest.raises(UnsupportedError, match="linear models in its leaves"):
        emlearn.convert(lightgbm.LGBMRegressor(linear_tree=True, **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="'multiclassova' of a regressor"):
        emlearn.convert(lightgbm.LGBMRegressor(objective="multiclassova", num_class=3, **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="regression sqrt"):
        emlearn.convert(lightgbm.LGBMRegressor(reg_sqrt=True, **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="zero_as_missing"):
        centred = X - X.mean(axis=0)
        centred[::3] = 0
        emlearn.convert(lightgbm.LGBMRegressor(zero_as_missing=True, **{**options, "n_estimators": 20}).fit(centred, y))


#: All objectives of LightGBM's documentation, and what those that are refused say.
OBJECTIVES = {
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie"), ""),
    **dict.fromkeys(("binary", "multiclass", "multiclassova", "cross_entropy", "lambdarank", "rank_xendcg"), ""),
    "cross_entropy_lambda": "LightGBM objective 'cross_entropy_lambda': known are binary, cross_entropy,",
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_of_the_library_is_read_or_refused_by_name(objective):
    X, y = load_iris(return_X_y=True)
    options = {"objective": objective, "num_leaves": 3, "num_threads": 1, "verbose": -1}
    options |= {"num_class": 3} if objective.startswith("multiclass") else {}
    y = y if "multi" in objective or "rank" in objective else (y > 0).astype(int) if objective.startswith(("b", "c")) else y + 1.0
    booster = lightgbm.train(options, lightgbm.Dataset(X, y, group=[50, 100] if "rank" in objective else None), 2)
    if not (message := OBJECTIVES[objective]):
        assert emlearn.convert(booster).verify(X).ok
        return
    with pytest.raises(UnsupportedError, match=message):
        emlearn.convert(booster)
