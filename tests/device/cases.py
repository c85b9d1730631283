"""One converted model for each shape that a header can have: every family, kind of task, operation and kind of label.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import emlearn
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDOneClassSVM
from sklearn.mixture import GaussianMixture
from sklearn.multiclass import OneVsOneClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Case = tuple[emlearn.Model, np.ndarray]

#: By name, a function that gives the model and rows to try it on.
CASES: dict[str, Callable[[], Case]] = {}


def case(name: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    def register(make: Callable[[], Case]) -> Callable[[], Case]:
        @functools.cache
        def quiet() -> Case:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # networks that stop before they have converged
                return make()

        CASES[name] = quiet
        return quiet

    return register


def fitted(estimator: Any, X: np.ndarray, y: Any = None, **options: Any) -> Case:
    return emlearn.convert(estimator.fit(X, y), **options), X


def iris() -> tuple[np.ndarray, np.ndarray]:
    return load_iris(return_X_y=True)


def coarse_iris() -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, some of which may be categories."""
    X, y = iris()
    return np.rint(10 * X), y


@case("tree with string labels")
def _() -> Case:
    X, y = iris()
    return fitted(DecisionTreeClassifier(random_state=0), X, load_iris().target_names[y])


@case("tree with missing values")
def _() -> Case:
    X, y = iris()
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    return fitted(DecisionTreeClassifier(random_state=0), X, y)


@case("tree with two outputs")
def _() -> Case:
    X, y = iris()
    return fitted(DecisionTreeClassifier(max_depth=4, random_state=0), X, np.column_stack([y + 5, y % 2]))


@case("tree regressor with two outputs")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(DecisionTreeRegressor(max_depth=5, random_state=0), X, np.column_stack([y, -2 * y]))


@case("forest on integers")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(RandomForestClassifier(10, max_depth=8, random_state=0), X, y, input="int16")


@case("forest in half bytes")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(RandomForestClassifier(10, max_depth=8, random_state=0), X, y, input="int16", optimize="size")


@case("forest as code")
def _() -> Case:
    X, y = load_wine(return_X_y=True)
    return fitted(RandomForestClassifier(6, min_samples_leaf=4, random_state=0), X, y, optimize="speed")


@case("forest regressor as code")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(RandomForestRegressor(4, max_depth=5, random_state=0), X, y, optimize="speed")


@case("forest of two classes in bytes")
def _() -> Case:
    X, y = load_wine(return_X_y=True)
    return fitted(RandomForestClassifier(6, min_samples_leaf=4, random_state=0), X, y > 0, optimize="size")


@case("forest on bytes")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(ExtraTreesClassifier(5, max_depth=6, random_state=0), X, y, input="uint8")


@case("forest regressor")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(RandomForestRegressor(5, max_depth=4, random_state=0), X, y)


@case("scaled tree on raw counts")
def _() -> Case:
    X, y = iris()
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0)).fit(X, y)
    return emlearn.convert(model, input="int16", input_scale=0.01), np.rint(X * 100)


@case("boosting on integers")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(GradientBoostingClassifier(n_estimators=2, max_depth=3, random_state=0), X, y, input="int16")


@case("boosted regressor behind a logarithm")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(HistGradientBoostingRegressor(loss="poisson", max_iter=4, max_depth=3, random_state=0), X, y)


@case("boosting with categories")
def _() -> Case:
    X, y = coarse_iris()
    options = {"categorical_features": [1, 3], "max_iter": 3, "min_samples_leaf": 5, "random_state": 0}
    return fitted(HistGradientBoostingClassifier(**options), X, y, input="uint8")


if importlib.util.find_spec("xgboost"):

    @case("XGBoost with categories")
    def _() -> Case:
        import xgboost

        X, y = coarse_iris()
        options = {"n_estimators": 3, "max_depth": 3, "n_jobs": 1, "max_cat_to_onehot": 5}
        return fitted(xgboost.XGBClassifier(**options, enable_categorical=True, feature_types=["q", "c", "q", "c"]), X, y, input="uint8")


if importlib.util.find_spec("lightgbm"):

    @case("LightGBM with categories")
    def _() -> Case:
        import lightgbm

        X, y = coarse_iris()
        estimator = lightgbm.LGBMClassifier(n_estimators=3, num_leaves=6, n_jobs=1, verbose=-1, min_data_per_group=1, cat_smooth=0)
        return emlearn.convert(estimator.fit(X, y, categorical_feature=[1, 3]), input="uint8", missing=255), X


if importlib.util.find_spec("catboost"):

    @case("CatBoost with categories")
    def _() -> Case:
        import catboost

        X, y = coarse_iris()
        options = {"iterations": 4, "depth": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
        estimator = catboost.CatBoostClassifier(**options, cat_features=[1, 3], one_hot_max_size=255)
        return emlearn.convert(estimator.fit(X.astype(int).astype(object), y), input="uint8"), X


@case("isolation forest")
def _() -> Case:
    return fitted(IsolationForest(n_estimators=5, max_samples=32, contamination=0.1, random_state=0), iris()[0])


@case("weighted votes of trees")
def _() -> Case:
    return fitted(AdaBoostClassifier(n_estimators=6, random_state=0), *iris())


@case("weighted median of trees")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(AdaBoostRegressor(n_estimators=5, random_state=0), X, y)


@case("embedding by leaves")
def _() -> Case:
    return fitted(RandomTreesEmbedding(n_estimators=3, max_depth=3, random_state=0), iris()[0])


@case("network")
def _() -> Case:
    X, y = iris()
    return fitted(make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=60, random_state=0)), X, y)


@case("binary network")
def _() -> Case:
    X, y = iris()
    return fitted(MLPClassifier((6, 5), activation="tanh", max_iter=60, random_state=0), X, y > 0)


@case("multilabel network")
def _() -> Case:
    X, y = iris()
    return fitted(MLPClassifier((6,), activation="logistic", max_iter=60, random_state=0), X, np.column_stack([y > 0, y > 1]).astype(int))


@case("network regressor with two outputs")
def _() -> Case:
    X, y = iris()
    return fitted(MLPRegressor(hidden_layer_sizes=(6,), max_iter=60, random_state=0), X, np.column_stack([y, 1.5 - y]))


@case("network in bytes")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(
        MLPClassifier((24,), max_iter=30, random_state=0), X, y, input="int16", numeric="int8", calibration=X[::3], optimize="speed"
    )


@case("network regressor in halfwords")
def _() -> Case:
    X, y = iris()
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6, 7), activation="tanh", max_iter=60, random_state=0))
    return fitted(pipeline, X, np.column_stack([y, 1.5 - y]), numeric="int16", calibration=X[::3])


@case("naive Bayes")
def _() -> Case:
    return fitted(GaussianNB(), *load_wine(return_X_y=True))


@case("mixture")
def _() -> Case:
    return fitted(GaussianMixture(3, random_state=0), iris()[0])


@case("logistic regression")
def _() -> Case:
    return fitted(make_pipeline(StandardScaler(), LogisticRegression()), *load_wine(return_X_y=True))


@case("linear classifier on bytes")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(LinearSVC(C=0.01), X[:600], y[:600], input="uint8")


@case("linear classifier in integers")
def _() -> Case:
    X, y = load_digits(return_X_y=True)
    return fitted(LinearSVC(C=0.01), X[:600], y[:600], input="int16", numeric="int16")


@case("linear regressor in wide integers")
def _() -> Case:
    X, y = iris()
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    return emlearn.convert(model, input="int16", input_scale=0.01, numeric="int32"), np.rint(X * 100)


@case("linear regressor with two outputs")
def _() -> Case:
    X, y = load_diabetes(return_X_y=True)
    return fitted(LinearRegression(), X[:100], np.column_stack([y, -2 * y])[:100])


@case("linear detector")
def _() -> Case:
    return fitted(make_pipeline(StandardScaler(), SGDOneClassSVM(random_state=0)), load_wine().data)


@case("soft vote")
def _() -> Case:
    X, y = iris()
    members = [("tree", DecisionTreeClassifier(max_depth=3, random_state=0)), ("bayes", GaussianNB())]
    return fitted(VotingClassifier(members, voting="soft"), X, y)


@case("columns filled and encoded before trees")
def _() -> Case:
    X, y = iris()
    X = np.rint(10 * X)
    X[::9, 0] = np.nan
    numbers = make_pipeline(SimpleImputer(), MinMaxScaler(clip=True))
    columns = ColumnTransformer([("n", numbers, [2, 0]), ("c", OneHotEncoder(handle_unknown="ignore"), [3])])
    return fitted(make_pipeline(columns, RandomForestClassifier(3, max_depth=4, random_state=0)), X, y)


@case("products and norms before a network")
def _() -> Case:
    steps = make_pipeline(PolynomialFeatures(2, include_bias=False), Normalizer(), SelectKBest(k=5), MLPClassifier((4,), max_iter=50))
    return fitted(steps, *iris())


@case("stacked models on bytes")
def _() -> Case:
    X, y = iris()
    members = [("t", DecisionTreeClassifier(max_depth=3, random_state=0)), ("b", GaussianNB())]
    final = MLPClassifier((4,), max_iter=50, random_state=0)
    return fitted(StackingClassifier(members, final, cv=2, passthrough=True), np.rint(10 * X), y, input="uint8")


@case("calibrated pairs")
def _() -> Case:
    return fitted(CalibratedClassifierCV(OneVsOneClassifier(GaussianNB()), method="isotonic", cv=2), *iris())


@case("chain of models")
def _() -> Case:
    X, y = iris()
    return fitted(ClassifierChain(GaussianNB(), order=[2, 0, 1]), X, np.column_stack([X[:, 0] > 5.8, X[:, 1] > 3, y == 1]).astype(int))
