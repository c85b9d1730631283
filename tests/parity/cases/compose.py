"""Pipelines, columns side by side, votes, and wrappers of one model.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Case = tuple[Any, np.ndarray]


def _fit(estimator: Any, X: np.ndarray, y: np.ndarray) -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y), X


def _clipped_network(seed: int) -> Case:
    X, y = load_wine(return_X_y=True)
    network = MLPClassifier((9,), activation="tanh", max_iter=60, random_state=seed)
    return _fit(make_pipeline(RobustScaler(), MinMaxScaler(clip=True), network), X, y)


def _clipped_bayes(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))[:200]
    return make_pipeline(MinMaxScaler(clip=True), GaussianNB()).fit(X[order], y[order]), X


def _soft(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    members = [
        ("trees", RandomForestClassifier(5, random_state=seed)),
        ("network", make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=60, random_state=seed))),
        ("bayes", GaussianNB()),
    ]
    return _fit(VotingClassifier(members, voting="soft", weights=[1, 2, 0.5]), X, np.array(["a", "b", "c"])[y])


def _soft_trees(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    members = [
        ("f", RandomForestClassifier(5, max_depth=7, random_state=seed)),
        ("e", make_pipeline(StandardScaler(), ExtraTreesClassifier(5, random_state=seed))),
    ]
    return _fit(VotingClassifier(members, voting="soft"), X, y)


def _hard(seed: int) -> Case:
    X, y = load_wine(return_X_y=True)
    members = [
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=seed)),
        ("bayes", make_pipeline(StandardScaler(), GaussianNB())),
        ("forest", RandomForestClassifier(5, max_depth=2, random_state=seed)),
        ("gone", "drop"),
    ]
    return _fit(VotingClassifier(members, weights=[0.1, 0.2, 0.3, 9]), X, y)


def _columns(last: Callable[[int], Any]) -> Callable[[int], Case]:
    """Holes filled and columns scaled each in its own way, some dropped, some kept as they are."""

    def make(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        X[np.random.default_rng(seed).random(X.shape) < 0.05] = np.nan
        X[:, 6:8] = load_wine().data[:, 6:8]
        columns = ColumnTransformer(
            [
                ("a", make_pipeline(SimpleImputer(), StandardScaler()), [5, 0, 3]),
                ("b", make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(clip=True)), slice(1, 3)),
                ("c", "drop", [4]),
                ("d", "passthrough", np.arange(13) == 6),
                ("e", FunctionTransformer(), [7]),
            ],
            transformer_weights={"a": -0.3, "d": 2.0},
        )
        return _fit(make_pipeline(columns, last(seed)), X, y)

    return make


def _selected_network(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    return _fit(make_pipeline(StandardScaler(), SelectKBest(k=4), MLPClassifier((5,), max_iter=60, random_state=seed)), X, y)


def _union(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    union = FeatureUnion([("a", StandardScaler()), ("b", SelectKBest(k=1)), ("c", "drop")], transformer_weights={"a": 0.5})
    return _fit(make_pipeline(union, GaussianNB()), X, y)


def _grid(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    tree = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=seed))
    return _fit(GridSearchCV(tree, {"decisiontreeclassifier__max_depth": [1, 3]}, cv=2), X, y)


def _random_search(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    return _fit(RandomizedSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, n_iter=1, cv=2, random_state=seed), X, y)


def _frozen(seed: int) -> Case:
    from sklearn.frozen import FrozenEstimator

    X, y = load_iris(return_X_y=True)
    return FrozenEstimator(DecisionTreeClassifier(random_state=seed).fit(X, y)), X


def _net(seed: int) -> Any:
    return make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=60, random_state=seed))


def _values(seed: int) -> Any:
    return make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(5,), max_iter=60, random_state=seed))


def _models(make: Callable[[int], Any], kind: str) -> Callable[[int], Case]:
    """An estimator of models on wine's classes, on labels or on outputs made of its features, or on diabetes."""

    def fitted(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        labels = np.column_stack([X[:, 0] > 13, X[:, 1] > 2, X[:, 2] > 2.3]).astype(int)
        if kind in ("value", "values"):
            X, y = load_diabetes(return_X_y=True)
        order = np.random.default_rng(seed).permutation(len(X))[: 2 * len(X) // 3]
        targets = {
            "classes": np.array(["red", "rose", "white"])[y] if kind == "classes" else y,
            "two": y == 1,
            "labels": labels,
            "outputs": np.column_stack([np.array([5, 6, 9])[y % 3], labels[:, 0]]) if kind == "outputs" else y,
            "value": y,
            "values": np.column_stack([y, np.sqrt(y), X[:, 0] * y]),
            "some": np.where(np.arange(len(X)) % 5 == 0, -1, y),
        }[kind]
        return _fit(make(seed), X[order], targets[order])[0], X

    return fitted


def _halving(seed: int, random: bool = False) -> Any:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV

    search = HalvingRandomSearchCV if random else HalvingGridSearchCV
    return search(DecisionTreeClassifier(random_state=seed), {"max_depth": [1, 2, 3, 4, 5]}, random_state=seed)


def _two(seed: int) -> list[tuple[str, Any]]:
    return [("b", make_pipeline(StandardScaler(), GaussianNB())), ("f", RandomForestClassifier(4, max_depth=3, random_state=seed))]


def _two_values(seed: int) -> list[tuple[str, Any]]:
    return [("n", _values(seed)), ("t", DecisionTreeRegressor(max_depth=4, random_state=seed))]


CASES: dict[str, Callable[[int], Case]] = {
    "projected": _models(lambda s: make_pipeline(StandardScaler(), PCA(3), LogisticRegression(max_iter=200)), "classes"),
    "projected network": _models(lambda s: make_pipeline(PCA(6, whiten=True), _net(s)), "classes"),
    "discriminant before a tree": _models(
        lambda s: make_pipeline(LinearDiscriminantAnalysis(), DecisionTreeClassifier(max_depth=4)), "classes"
    ),
    "selected products": _models(
        lambda s: make_pipeline(
            StandardScaler(), PolynomialFeatures(2, include_bias=False), SelectKBest(k=6), LogisticRegression(max_iter=200)
        ),
        "classes",
    ),
    "halving search": _models(lambda s: _halving(s), "two"),
    "random halving search": _models(lambda s: _halving(s, random=True), "two"),
    "clipped network": _clipped_network,
    "clipped bayes": _clipped_bayes,
    "soft vote": _soft,
    "soft vote of trees": _soft_trees,
    "hard vote": _hard,
    "columns before a forest": _columns(lambda seed: RandomForestClassifier(5, random_state=seed)),
    "columns before bayes": _columns(lambda seed: GaussianNB()),
    "selection before a network": _selected_network,
    "union": _union,
    "grid search": _grid,
    "random search": _random_search,
    "mean of values": _models(lambda s: VotingRegressor(_two_values(s), weights=[1, 2]), "value"),
    "stacked": _models(lambda s: StackingClassifier(_two(s), MLPClassifier((4,), max_iter=50, random_state=s), cv=2), "classes"),
    "stacked on the row": _models(lambda s: StackingClassifier(_two(s), GaussianNB(), cv=2, passthrough=True), "two"),
    "stacked classes": _models(lambda s: StackingClassifier(_two(s), DecisionTreeClassifier(), cv=2, stack_method="predict"), "classes"),
    "stacked values": _models(lambda s: StackingRegressor(_two_values(s), _values(s), cv=2, passthrough=True), "value"),
    "stacked values, tree": _models(lambda s: StackingRegressor(_two_values(s), DecisionTreeRegressor(max_depth=4), cv=2), "value"),
    "outputs": _models(lambda s: MultiOutputClassifier(_net(s)), "outputs"),
    "outputs, trees": _models(lambda s: MultiOutputClassifier(DecisionTreeClassifier(max_depth=3)), "outputs"),
    "outputs, values": _models(lambda s: MultiOutputRegressor(_values(s)), "values"),
    "chained": _models(lambda s: ClassifierChain(_net(s), order=[2, 0, 1]), "labels"),
    "chained forests": _models(lambda s: ClassifierChain(RandomForestClassifier(3, max_depth=3, random_state=s)), "labels"),
    "chained values": _models(lambda s: RegressorChain(_values(s), order=[1, 2, 0]), "values"),
    "self-trained": _models(lambda s: SelfTrainingClassifier(make_pipeline(StandardScaler(), GaussianNB())), "some"),
    "bagged": _models(lambda s: BaggingClassifier(_net(s), 3, max_features=0.6, random_state=s), "classes"),
    "bagged values": _models(lambda s: BaggingRegressor(_values(s), 3, max_features=4, random_state=s), "value"),
}
if importlib.util.find_spec("sklearn.frozen"):
    CASES["frozen"] = _frozen
