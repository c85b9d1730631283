"""Models of models, Pipelines, columns side by side, votes, stacks and searches.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import compose, dummy, ensemble, model_selection, multiclass, multioutput, preprocessing
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .data import Draw, Kind
from .recipe import Recipe, of

_SMALL: dict[str, Any] = {"most_features": 7}


def _scores(draw: Draw) -> Any:
    """A classifier with probabilities."""
    model = draw.one_of([GaussianNB(), LogisticRegression(max_iter=50), DecisionTreeClassifier(max_depth=4, random_state=draw.seed)])
    return make_pipeline(draw.one_of([StandardScaler(), RobustScaler()]), model)


def _classifier(draw: Draw) -> Any:
    return _scores(draw) if draw.chance(0.7) else make_pipeline(StandardScaler(), LinearSVC(random_state=draw.seed))


def _regressor(draw: Draw) -> Any:
    return make_pipeline(
        draw.one_of([StandardScaler(), MinMaxScaler()]),
        draw.one_of([LinearRegression(), Ridge(draw.power(-2, 2)), SVR(gamma=0.1), DecisionTreeRegressor(max_depth=4, random_state=0)]),
    )


def _three(draw: Draw, make: Callable[[Draw], Any]) -> list[tuple[str, Any]]:
    return [(f"m{k}", make(draw)) for k in range(draw.whole(2, 3))]


def _over(cls: Callable[..., Any], inner: Callable[[Draw], Any], target: str, **space: Any) -> Recipe:
    """A class over one model."""

    def estimator(draw: Draw) -> Any:
        made = cls(inner(draw), **{name: draw.one_of(values) for name, values in space.items()})
        return made.set_params(random_state=draw.seed) if "random_state" in made.get_params(deep=False) else made

    return Recipe(estimator, Kind(target, **_SMALL))


def _target(draw: Draw) -> Any:
    if draw.chance(0.4):
        function, inverse = draw.one_of([(np.log, np.exp), (np.log1p, np.expm1), (np.sqrt, np.square)])
        return compose.TransformedTargetRegressor(_regressor(draw), func=function, inverse_func=inverse)
    scaler = draw.one_of([StandardScaler(), MinMaxScaler(), RobustScaler()])
    return compose.TransformedTargetRegressor(_regressor(draw), transformer=scaler)


DECIDED: dict[str, Recipe] = {
    "OneVsRestClassifier": _over(multiclass.OneVsRestClassifier, _classifier, "classes"),
    "OneVsOneClassifier": _over(multiclass.OneVsOneClassifier, _classifier, "classes"),
    "OutputCodeClassifier": _over(multiclass.OutputCodeClassifier, _classifier, "classes", code_size=[1.5, 3]),
    "CalibratedClassifierCV": _over(
        CalibratedClassifierCV, _classifier, "classes", method=["sigmoid", "isotonic"], cv=[2, 3], ensemble=[True, False]
    ),
    "TransformedTargetRegressor": Recipe(_target, Kind("positive", **_SMALL)),
    "IsotonicRegression": of(
        IsotonicRegression, "value", "one", scaled=0.3, increasing=[True, False, "auto"], out_of_bounds=["clip", "nan"]
    ),
    "DummyClassifier": of(dummy.DummyClassifier, "classes", strategy=["most_frequent", "prior"]),
    "DummyRegressor": of(dummy.DummyRegressor, "values", strategy=["mean", "median"]),
}
if hasattr(model_selection, "FixedThresholdClassifier"):  # since scikit-learn 1.5
    DECIDED |= {
        "FixedThresholdClassifier": _over(model_selection.FixedThresholdClassifier, _scores, "two", threshold=[0.1, 0.4, 0.8]),
        "TunedThresholdClassifierCV": _over(model_selection.TunedThresholdClassifierCV, _scores, "two", cv=[2], thresholds=[15]),
    }


def _transformer(draw: Draw) -> Any:
    return draw.one_of(
        [StandardScaler(), MinMaxScaler(clip=True), PCA(1), PolynomialFeatures(2, include_bias=False), SelectKBest(k=1), "passthrough"]
    )


def _columns(draw: Draw) -> Any:
    parts = [("a", _transformer(draw), [2, 0]), ("b", _transformer(draw), [1]), ("c", "drop", [])]
    weights = {"a": draw.one_of([0.5, -2.0])} if draw.chance(0.3) and parts[0][1] != "passthrough" else None
    return compose.ColumnTransformer(parts, remainder=draw.one_of(["drop", "passthrough"]), transformer_weights=weights, sparse_threshold=0)


def _union(draw: Draw) -> Any:
    parts = [("a", _transformer(draw)), ("b", _transformer(draw)), ("c", StandardScaler())]
    return FeatureUnion(parts, transformer_weights={"c": 0.5} if draw.chance(0.3) else None)


def _pipeline(draw: Draw) -> Any:
    steps = [draw.one_of([StandardScaler(), RobustScaler(), MinMaxScaler(clip=True)])]
    steps += draw.one_of([[], [PCA(2)], [SelectKBest(k=2)], [PolynomialFeatures(2)], [_columns(draw)], [_union(draw)]])
    last = draw.one_of(
        [LogisticRegression(max_iter=50), GaussianNB(), KNeighborsClassifier(3), DecisionTreeClassifier(max_depth=4, random_state=0)]
    )
    return Pipeline([(f"s{k}", step) for k, step in enumerate([*steps, last])])


def _projected(draw: Draw) -> Any:
    """A scaler, a projection, and what counts in integers behind it."""
    few = draw.whole(2, 3)
    projection = draw.one_of([PCA(few), PCA(few, whiten=True), TruncatedSVD(few, random_state=draw.seed), LinearDiscriminantAnalysis()])
    last = draw.one_of(
        [
            LogisticRegression(max_iter=50),
            LinearSVC(random_state=draw.seed),
            GaussianNB(),
            KNeighborsClassifier(draw.whole(1, 5)),
            NearestCentroid(),
            SVC(gamma=0.1),
        ]
    )
    return make_pipeline(draw.one_of([StandardScaler(), RobustScaler(), MinMaxScaler()]), projection, last)


def _behind(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    """The transformer alone, or a classifier behind it."""
    return lambda draw: make(draw) if draw.chance(0.5) else make_pipeline(make(draw), _scores(draw))


def _function(draw: Draw) -> Any:
    functions = [None, np.log, np.log1p, np.sqrt, np.square, np.abs, np.log2, np.log10, np.reciprocal, np.negative, np.deg2rad]
    return preprocessing.FunctionTransformer(draw.one_of(functions))


def _voting(draw: Draw) -> Any:
    return ensemble.VotingClassifier(_three(draw, _scores), voting=draw.one_of(["soft", "hard"]))


def _stacked(draw: Draw) -> Any:
    return ensemble.StackingClassifier(_three(draw, _scores), _scores(draw), cv=2, passthrough=draw.chance(0.5))


def _stacked_values(draw: Draw) -> Any:
    return ensemble.StackingRegressor(_three(draw, _regressor), _regressor(draw), cv=2, passthrough=draw.chance(0.5))


def _chain(cls: Any, make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    return lambda draw: cls(make(draw), order=draw.one_of([None, "random"]), random_state=draw.seed)


def _search(cls: Any) -> Callable[[Draw], Any]:
    def estimator(draw: Draw) -> Any:
        model = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=draw.seed))
        options = {"random_state": draw.seed} if "random_state" in cls.__init__.__code__.co_varnames else {}
        options |= {"n_iter": 2} if cls is model_selection.RandomizedSearchCV else {}
        return cls(model, {"decisiontreeclassifier__max_depth": [1, 3, 5]}, cv=2, **options)

    return estimator


def _frozen(draw: Draw) -> Any:
    """Fitted before it is frozen: on the same rows, by a Pipeline of its own."""
    return _Freezes(_scores(draw))


class _Freezes:
    """Fits a model, then freezes it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: np.ndarray, y: Any) -> Any:
        return importlib.import_module("sklearn.frozen").FrozenEstimator(self.model.fit(X, y))


_halving = importlib.import_module("sklearn.model_selection._search_successive_halving")
_CLASSES, _VALUE = Kind("classes", **_SMALL), Kind("value", **_SMALL)

#: Of no class of their own.
PROJECTED = Recipe(_projected, _CLASSES)

COMPOSED: dict[str, Recipe] = {
    "Pipeline": Recipe(_pipeline, _CLASSES),
    "ColumnTransformer": Recipe(_behind(_columns), _CLASSES),
    "FeatureUnion": Recipe(_behind(_union), _CLASSES),
    "FunctionTransformer": Recipe(_function, Kind("none", "positive")),
    "VotingClassifier": Recipe(_voting, _CLASSES),
    "VotingRegressor": Recipe(lambda draw: ensemble.VotingRegressor(_three(draw, _regressor)), _VALUE),
    "StackingClassifier": Recipe(_stacked, _CLASSES),
    "StackingRegressor": Recipe(_stacked_values, _VALUE),
    "BaggingClassifier": _over(ensemble.BaggingClassifier, _scores, "classes", n_estimators=[2, 3], max_features=[0.7, 1.0]),
    "BaggingRegressor": _over(ensemble.BaggingRegressor, _regressor, "value", n_estimators=[2, 3], max_features=[0.7, 1.0]),
    "MultiOutputClassifier": _over(multioutput.MultiOutputClassifier, _scores, "labels"),
    "MultiOutputRegressor": _over(multioutput.MultiOutputRegressor, _regressor, "values"),
    "ClassifierChain": Recipe(_chain(multioutput.ClassifierChain, _scores), Kind("labels", **_SMALL)),
    "RegressorChain": Recipe(_chain(multioutput.RegressorChain, _regressor), Kind("values", **_SMALL)),
    "SelfTrainingClassifier": _over(SelfTrainingClassifier, _scores, "some"),
    "GridSearchCV": Recipe(_search(model_selection.GridSearchCV), _CLASSES),
    "RandomizedSearchCV": Recipe(_search(model_selection.RandomizedSearchCV), _CLASSES),
    "HalvingGridSearchCV": Recipe(_search(_halving.HalvingGridSearchCV), _CLASSES),
    "HalvingRandomSearchCV": Recipe(_search(_halving.HalvingRandomSearchCV), _CLASSES),
}
if importlib.util.find_spec("sklearn.frozen"):  # since scikit-learn 1.6
    COMPOSED["FrozenEstimator"] = Recipe(_frozen, _CLASSES)
