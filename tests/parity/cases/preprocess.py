"""Features made of features, alone and before models.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris, load_wine
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import AdditiveChi2Sampler, RBFSampler, SkewedChi2Sampler
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.tree import DecisionTreeClassifier

Case = tuple[Any, np.ndarray]


def _case(make: Callable[[], Any], rows: Callable[[int], np.ndarray], y: np.ndarray | None = None) -> Callable[[int], Case]:
    def fitted(seed: int) -> Case:
        X = rows(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bins that are merged
            return make().fit(X, y), X

    return fitted


def _wine(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(load_wine().data)


def _tenths(seed: int) -> np.ndarray:
    """Iris in tenths of a centimetre: whole numbers."""
    return np.rint(load_iris().data * 10)


def _holes(seed: int) -> np.ndarray:
    X = load_wine().data
    X[np.random.default_rng(seed).random(X.shape) < 0.1] = np.nan
    return X


def _mixed() -> Any:
    columns = ColumnTransformer([("s", StandardScaler(), [0, 2]), ("c", OneHotEncoder(handle_unknown="ignore"), [3])])
    return make_pipeline(columns, DecisionTreeClassifier(random_state=0))


CASES: dict[str, Callable[[int], Case]] = {
    "logarithm": _case(lambda: FunctionTransformer(np.log1p), _wine),
    "root": _case(lambda: FunctionTransformer(np.sqrt), _wine),
    "binarizer": _case(lambda: Binarizer(threshold=1.7), _wine),
    "normalizer": _case(lambda: make_pipeline(StandardScaler(), Normalizer()), _wine),
    "normalizer, l1": _case(lambda: Normalizer("l1"), _wine),
    "polynomial": _case(lambda: PolynomialFeatures(3), lambda seed: load_iris().data),
    "powers": _case(lambda: PowerTransformer(), _wine),
    "powers of positive features": _case(lambda: PowerTransformer("box-cox", standardize=False), _wine),
    "quantiles": _case(lambda: QuantileTransformer(n_quantiles=30), _wine),
    "normal quantiles": _case(lambda: QuantileTransformer(n_quantiles=30, output_distribution="normal"), _wine),
    "splines": _case(lambda: SplineTransformer(extrapolation="linear"), _wine),
    "splines before a regression": _case(
        lambda: make_pipeline(StandardScaler(), SplineTransformer(4, degree=2), LogisticRegression(max_iter=500)),
        _tenths,
        load_iris().target,
    ),
    "waves": _case(lambda: make_pipeline(StandardScaler(), RBFSampler(gamma=0.1, n_components=12, random_state=0)), _wine),
    "waves before a regression": _case(
        lambda: make_pipeline(StandardScaler(), RBFSampler(n_components=12, random_state=0), LogisticRegression()),
        _tenths,
        load_iris().target,
    ),
    "skewed waves": _case(lambda: SkewedChi2Sampler(n_components=12, random_state=0), _wine),
    "additive waves": _case(lambda: AdditiveChi2Sampler(), _wine),
    "additive waves before a regression": _case(
        lambda: make_pipeline(MinMaxScaler(), AdditiveChi2Sampler(sample_steps=3), LogisticRegression(max_iter=300)),
        _tenths,
        load_iris().target,
    ),
    "bins": _case(lambda: KBinsDiscretizer(4, encode="ordinal", strategy="uniform"), _wine),
    "bins, one-hot": _case(lambda: KBinsDiscretizer(3, encode="onehot", strategy="kmeans"), _wine),
    "one-hot": _case(lambda: OneHotEncoder(drop="first", min_frequency=5), _tenths),
    "ordinal": _case(lambda: OrdinalEncoder(), _tenths),
    "mean targets": _case(lambda: TargetEncoder(random_state=0), _tenths, load_iris().target > 0),
    "mean targets of classes": _case(
        lambda: make_pipeline(TargetEncoder(random_state=0), LogisticRegression(max_iter=300)), _tenths, load_iris().target
    ),
    "units": _case(lambda: make_pipeline(MinMaxScaler(), BernoulliRBM(6, n_iter=5, random_state=0)), _wine),
    "missing": _case(lambda: MissingIndicator(), _holes),
    "filled and told": _case(lambda: SimpleImputer(add_indicator=True), _holes),
    "categories before a tree": _case(_mixed, _tenths, load_iris().target),
    "products before a regression": _case(
        lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=300)), _tenths, load_iris().target
    ),
}
