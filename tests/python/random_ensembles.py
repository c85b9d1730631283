"""Random ensembles for property tests: every class, loss, label, weight, raw type and scaler that there is.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
from emlearn.families.ensembles.hist import Grown
from hypothesis import assume
from hypothesis import strategies as st
from random_trees import LABELS, SCALERS, Case, features, raw_rows, with_holes
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomTreesEmbedding,
)
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
ADABOOST = (AdaBoostClassifier, AdaBoostRegressor)
BAGGING = (BaggingClassifier, BaggingRegressor)
TAKES_NAN = (*HISTOGRAMS, *BAGGING, IsolationForest, RandomTreesEmbedding)


@dataclasses.dataclass
class EnsembleCase(Case):
    """A case whose trees are found wherever an ensemble keeps them, their features numbered as the ensemble's."""

    @property
    def trees(self) -> list[Any]:
        last = self.estimator[-1] if isinstance(self.estimator, Pipeline) else self.estimator
        if isinstance(last, HISTOGRAMS):
            return [Grown.of(predictor) for iteration in last._predictors for predictor in iteration]
        members = [member.tree_ for member in np.ravel(last.estimators_)]
        if not hasattr(last, "estimators_features_") or (isinstance(last, IsolationForest) and last.max_features == 1.0):
            return members
        columns = zip(members, last.estimators_features_, strict=True)
        return [_Splits(np.where(tree.feature >= 0, own[np.maximum(tree.feature, 0)], -1), tree.threshold) for tree, own in columns]


@dataclasses.dataclass
class _Splits:
    feature: np.ndarray
    threshold: np.ndarray


@st.composite
def ensembles(draw: st.DrawFn, kinds: tuple[type, ...]) -> EnsembleCase:
    """A case; its numbers come from one drawn seed, its shape from choices that shrink."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cls = draw(st.sampled_from(kinds))
    n_rows, n_features = draw(st.integers(8, 60)), draw(st.integers(1, 6))
    missing = cls in TAKES_NAN and draw(st.booleans())
    raw, arguments = raw_rows(draw, rng, n_rows, n_features, missing)
    X = features(raw, arguments)
    in_training = missing and cls not in (IsolationForest, RandomTreesEmbedding) and draw(st.booleans())
    y = _targets(draw, rng, cls, n_rows)
    estimator = cls(random_state=int(rng.integers(2**31)), **_options(draw, cls, y))
    if missing:
        X, raw = with_holes(rng, raw, arguments)
    steps = [(f"s{k}", draw(st.sampled_from(SCALERS))()) for k in range(draw(st.sampled_from([0, 0, 1])))]
    seen = ~np.isnan(X).any(axis=1) if not in_training else np.ones(n_rows, bool)
    if np.count_nonzero(seen) < 4 or len(np.unique(y[seen])) < 2:
        seen[:], X, raw = True, np.nan_to_num(X), np.where(raw == raw, raw, 0)
        arguments.pop("missing", None)
        X = features(raw, arguments)
    model: Any = Pipeline([*steps, ("model", estimator)]) if steps else estimator
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's on constant features and the like
        try:
            model.fit(X[seen], y[seen])
        except ValueError as refusal:  # AdaBoost's, of a first tree that is worse than chance
            assume("worse than random" not in str(refusal))
            raise
    return EnsembleCase(model, raw, arguments, X)


def _targets(draw: st.DrawFn, rng: np.random.Generator, cls: type, n: int) -> np.ndarray:
    if "Classifier" in cls.__name__:
        labels = LABELS[draw(st.sampled_from([name for name in LABELS if name != "bools"]))](draw(st.integers(2, 4)))
        return labels[np.concatenate([np.arange(len(labels)), rng.integers(0, len(labels), n - len(labels))])]
    return {"normal": rng.normal(size=n), "counts": rng.poisson(2, n) + 1.0, "large": np.abs(rng.normal(size=n)) * 1e6 + 1e3}[
        draw(st.sampled_from(["normal", "counts", "large"]))
    ]


def _options(draw: st.DrawFn, cls: type, y: np.ndarray) -> dict[str, Any]:
    depth = draw(st.sampled_from([1, 2, 3, 5]))
    n = draw(st.integers(1, 8))
    positive = y.dtype.kind == "f" and bool(np.all(y > 0))
    if cls is GradientBoostingClassifier:
        losses = ["log_loss"] + (["exponential"] if len(np.unique(y)) == 2 else [])
        return {"n_estimators": n, "max_depth": depth, "loss": draw(st.sampled_from(losses)), **_boosting(draw)}
    if cls is GradientBoostingRegressor:
        loss = draw(st.sampled_from(["squared_error", "absolute_error", "huber", "quantile"]))
        return {"n_estimators": n, "max_depth": depth, "loss": loss, **_boosting(draw)}
    if cls in HISTOGRAMS:
        options = {"max_iter": n, "max_depth": depth, "min_samples_leaf": draw(st.sampled_from([1, 3])), "learning_rate": 0.3}
        if cls is HistGradientBoostingRegressor:
            loss = draw(st.sampled_from(["squared_error", "absolute_error", "quantile"] + (["poisson", "gamma"] if positive else [])))
            options |= {"loss": loss} | ({"quantile": 0.3} if loss == "quantile" else {})
        return options
    if cls in ADABOOST:
        tree = DecisionTreeClassifier if cls is AdaBoostClassifier else DecisionTreeRegressor
        return {"n_estimators": n, "estimator": tree(max_depth=depth), "learning_rate": draw(st.sampled_from([1.0, 0.3]))}
    if cls in BAGGING:
        options = {"max_features": draw(st.sampled_from([1.0, 0.5])), "max_samples": draw(st.sampled_from([0.3, 1.0]))}
        return {"n_estimators": n, "bootstrap_features": draw(st.booleans()), **options}
    if cls is IsolationForest:
        options = {"max_features": draw(st.sampled_from([1.0, 0.5])), "max_samples": draw(st.sampled_from([1, 2, 0.5, "auto"]))}
        return {"n_estimators": n, "contamination": draw(st.sampled_from(["auto", 0.1, 0.3])), **options}
    return {"n_estimators": n, "max_depth": depth}


def _boosting(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "learning_rate": draw(st.sampled_from([0.1, 1.0])),
        "subsample": draw(st.sampled_from([1.0, 0.7])),
        "init": draw(st.sampled_from([None, None, "zero"])),
    }
