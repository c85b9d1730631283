"""Scalers, imputers, selectors, and features made of features.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import feature_selection, impute, kernel_approximation, neural_network, preprocessing
from sklearn.tree import DecisionTreeClassifier

from .data import Draw, Kind, power
from .recipe import Recipe, of

BOTH = (True, False)


def _by_tree(make: Any) -> Recipe:
    """A selector that asks a tree which features count."""
    return Recipe(lambda draw: make(draw, DecisionTreeClassifier(max_depth=3, random_state=draw.seed)), Kind("classes"), 0.3)


def _rfe(draw: Draw, tree: Any) -> Any:
    return feature_selection.RFE(tree, n_features_to_select=draw.whole(1, 3), step=draw.one_of([1, 2]))


def _rfecv(draw: Draw, tree: Any) -> Any:
    return feature_selection.RFECV(tree, step=2, cv=2, min_features_to_select=draw.whole(1, 3))


def _from_model(draw: Draw, tree: Any) -> Any:
    return feature_selection.SelectFromModel(tree, threshold=draw.one_of(["mean", "median", None]))


def _one_by_one(draw: Draw, tree: Any) -> Any:
    return feature_selection.SequentialFeatureSelector(tree, n_features_to_select=draw.whole(1, 2), cv=2, direction="forward")


def _univariate(draw: Draw) -> Any:
    mode, param = draw.one_of([("k_best", 2), ("percentile", 40), ("fpr", 0.3)])
    return feature_selection.GenericUnivariateSelect(mode=mode, param=param)


_ALPHA: dict[str, Any] = {"alpha": [0.9, 0.99]}

COLUMNS: dict[str, Recipe] = {
    "StandardScaler": of(preprocessing.StandardScaler, with_mean=BOTH, with_std=BOTH),
    "MinMaxScaler": of(preprocessing.MinMaxScaler, feature_range=[(0, 1), (-1, 1), (-3, 7)], clip=BOTH),
    "MaxAbsScaler": of(preprocessing.MaxAbsScaler),
    "RobustScaler": of(preprocessing.RobustScaler, with_centering=BOTH, with_scaling=BOTH, unit_variance=BOTH),
    "SimpleImputer": of(
        impute.SimpleImputer, "none", "holes", scaled=0.3, strategy=["mean", "median", "most_frequent", "constant"], add_indicator=BOTH
    ),
    "GenericUnivariateSelect": Recipe(_univariate, Kind("classes"), 0.3),
    "SelectKBest": of(feature_selection.SelectKBest, "classes", k=[1, 2, 3]),
    "SelectPercentile": of(feature_selection.SelectPercentile, "classes", percentile=[30, 60]),
    "SelectFpr": of(feature_selection.SelectFpr, "classes", **_ALPHA),
    "SelectFdr": of(feature_selection.SelectFdr, "classes", **_ALPHA),
    "SelectFwe": of(feature_selection.SelectFwe, "classes", **_ALPHA),
    "SelectFromModel": _by_tree(_from_model),
    "RFE": _by_tree(_rfe),
    "RFECV": _by_tree(_rfecv),
    "SequentialFeatureSelector": _by_tree(_one_by_one),
    "VarianceThreshold": of(feature_selection.VarianceThreshold, threshold=[0.0, 1e-3]),
}


def _quantiles(draw: Draw) -> Any:
    return preprocessing.QuantileTransformer(
        n_quantiles=draw.whole(5, 40), output_distribution=draw.one_of(["uniform", "normal"]), random_state=draw.seed
    )


_UNKNOWN: dict[str, Any] = {"handle_unknown": ["ignore", "infrequent_if_exist"], "min_frequency": [None, 5]}
_WAVES: dict[str, Any] = {"n_components": [1, 6, 20]}

MADE: dict[str, Recipe] = {
    "PowerTransformer": of(
        preprocessing.PowerTransformer, "none", "positive", scaled=0.0, method=["yeo-johnson", "box-cox"], standardize=BOTH
    ),
    "QuantileTransformer": Recipe(_quantiles, Kind(), 0.3),
    "SplineTransformer": of(
        preprocessing.SplineTransformer, n_knots=[2, 4, 7], degree=[1, 2, 3, 4], include_bias=BOTH,
        knots=["uniform", "quantile"], extrapolation=["constant", "linear", "continue"],
    ),
    "AdditiveChi2Sampler": of(kernel_approximation.AdditiveChi2Sampler, "none", "positive", scaled=0.0, sample_steps=[1, 2, 3]),
    "RBFSampler": of(kernel_approximation.RBFSampler, "none", "near", gamma=power(-2, 0), **_WAVES),
    "SkewedChi2Sampler": of(kernel_approximation.SkewedChi2Sampler, "none", "positive", scaled=0.0, skewedness=[0.5, 2.0], **_WAVES),
    "Binarizer": of(preprocessing.Binarizer, threshold=[0.0, 0.1, 3.0]),
    "Normalizer": of(preprocessing.Normalizer, norm=["l1", "l2", "max"]),
    "PolynomialFeatures": of(
        preprocessing.PolynomialFeatures, kind={"most_features": 6}, degree=[1, 2, 3], interaction_only=BOTH, include_bias=BOTH
    ),
    "MissingIndicator": of(impute.MissingIndicator, "none", "holes", scaled=0.0, features=["missing-only", "all"]),
    "KBinsDiscretizer": of(
        preprocessing.KBinsDiscretizer, n_bins=[2, 3, 6], encode=["ordinal", "onehot", "onehot-dense"],
        strategy=["uniform", "quantile", "kmeans"],
    ),
    "OneHotEncoder": of(preprocessing.OneHotEncoder, "none", "whole", scaled=0.0, drop=[None, "first", "if_binary"], **_UNKNOWN),
    "TargetEncoder": of(preprocessing.TargetEncoder, "classes", "whole", scaled=0.0, smooth=["auto", 1.0], cv=[2]),
    "BernoulliRBM": of(neural_network.BernoulliRBM, scaled=0.7, n_components=[1, 4, 9], n_iter=[3]),
    "OrdinalEncoder": of(
        preprocessing.OrdinalEncoder, "none", "whole", scaled=0.0, handle_unknown=["use_encoded_value"], unknown_value=[-1, np.nan, 99]
    ),
}  # fmt: skip
