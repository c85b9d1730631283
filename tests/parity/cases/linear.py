"""Linear models of every class: regressors and their links, classifiers and their probabilities, detectors, scaled Pipelines.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.cluster import FeatureAgglomeration
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine, make_multilabel_classification
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.svm import LinearSVC, LinearSVR

Case = tuple[Any, np.ndarray]


def _fit(estimator: Any, X: np.ndarray, y: Any) -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)  # scikit-learn 1.8 deprecates some, and changes defaults of others
        return estimator.fit(X, y), X


def _seeded(make: Callable[[], Any], seed: int, scaler: Callable[[], Any] | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        estimator = make()
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    return make_pipeline(scaler(), estimator) if scaler else estimator


def _some(load: Callable[..., Any], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that change with the seed."""
    X, y = load(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))[: max(150, len(X) // 3)]
    return X[order], y[order]


def _regressor(make: Callable[[], Any], scaler: Callable[[], Any] | None = None, n_outputs: int = 1) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = _some(load_diabetes, seed)
        y = np.column_stack([y, y[::-1], y - X[:, 2] * 100])[:, :n_outputs] if n_outputs > 1 else y
        return _fit(_seeded(make, seed, scaler), X, y)

    return case


def _classifier(make: Callable[[], Any], load: Callable[..., Any], scaler: Callable[[], Any] | None = None) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = _some(load, seed)
        return _fit(_seeded(make, seed, scaler), X, y)

    return case


def _named(seed: int) -> Case:
    X, y = _some(load_iris, seed)
    return _fit(make_pipeline(StandardScaler(), linear_model.LogisticRegression()), X, np.array(["setosa", "versicolor", "virginica"])[y])


def _sparse(seed: int) -> Case:
    X, y = _some(load_digits, seed)
    estimator, _ = _fit(linear_model.SGDClassifier(penalty="l1", alpha=1e-2, random_state=seed), X, y)
    return estimator.sparsify(), X


def _multilabel(seed: int) -> Case:
    X, y = make_multilabel_classification(200, 9, n_classes=4, random_state=seed)
    return _fit(linear_model.RidgeClassifier(), X, y)


def _detector(seed: int) -> Case:
    X, _ = _some(load_wine, seed)
    return _fit(make_pipeline(StandardScaler(), linear_model.SGDOneClassSVM(nu=0.2, random_state=seed)), X, None)


def _categorical(n_classes: int, **parameters: Any) -> Callable[[int], Case]:
    """Features of different numbers of categories, and rows whose last category may be one that no row of the fit has."""

    def case(seed: int) -> Case:
        rng = np.random.default_rng(seed)
        most = np.array([2, 5, 9, 3, 1])
        y = rng.integers(0, n_classes, 200)
        X = np.minimum(rng.poisson(1 + y[:, None] * np.array([0.2, 1.0, 2.0, 0.5, 0.0]), (200, 5)), most - 1)
        X[0] = most - 1
        estimator = CategoricalNB(**parameters).fit(X, y)
        return estimator, rng.integers(0, np.maximum(estimator.n_categories_, 1), (300, 5)).astype(float)

    return case


def _two_targets(make: Callable[[], Any]) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = _some(load_diabetes, seed)
        return _fit(make(), X[:, :6], np.column_stack([y, X[:, 7]]))

    return case


CASES: dict[str, Callable[[int], Case]] = {
    "ARDRegression": _regressor(linear_model.ARDRegression),
    "BayesianRidge": _regressor(linear_model.BayesianRidge, RobustScaler),
    "ElasticNet": _regressor(lambda: linear_model.ElasticNet(alpha=1e-3)),
    "ElasticNetCV": _regressor(lambda: linear_model.ElasticNetCV(cv=3), StandardScaler),
    "HuberRegressor": _regressor(linear_model.HuberRegressor),
    "Lars": _regressor(lambda: linear_model.Lars(n_nonzero_coefs=5)),
    "LarsCV": _regressor(lambda: linear_model.LarsCV(cv=3)),
    "Lasso": _regressor(lambda: linear_model.Lasso(alpha=8), StandardScaler),
    "LassoCV": _regressor(lambda: linear_model.LassoCV(cv=3), MinMaxScaler),
    "LassoLars": _regressor(lambda: linear_model.LassoLars(alpha=0.1)),
    "LassoLarsCV": _regressor(lambda: linear_model.LassoLarsCV(cv=3)),
    "LassoLarsIC": _regressor(linear_model.LassoLarsIC),
    "LinearRegression": _regressor(linear_model.LinearRegression, MaxAbsScaler),
    "LinearRegression, three outputs": _regressor(linear_model.LinearRegression, StandardScaler, 3),
    "LinearRegression, no intercept": _regressor(lambda: linear_model.LinearRegression(fit_intercept=False, positive=True)),
    "LinearSVR": _regressor(lambda: LinearSVR(C=10), StandardScaler),
    "MultiTaskElasticNet": _regressor(lambda: linear_model.MultiTaskElasticNet(alpha=1e-2), None, 2),
    "MultiTaskElasticNetCV": _regressor(lambda: linear_model.MultiTaskElasticNetCV(cv=3), StandardScaler, 2),
    "MultiTaskLasso": _regressor(lambda: linear_model.MultiTaskLasso(alpha=8), StandardScaler, 3),
    "MultiTaskLassoCV": _regressor(lambda: linear_model.MultiTaskLassoCV(cv=3), None, 2),
    "OrthogonalMatchingPursuit": _regressor(lambda: linear_model.OrthogonalMatchingPursuit(n_nonzero_coefs=2)),
    "OrthogonalMatchingPursuitCV": _regressor(lambda: linear_model.OrthogonalMatchingPursuitCV(cv=3)),
    "PassiveAggressiveRegressor": _regressor(linear_model.PassiveAggressiveRegressor, StandardScaler),
    "QuantileRegressor": _regressor(lambda: linear_model.QuantileRegressor(quantile=0.7, alpha=1e-3), StandardScaler),
    "RANSACRegressor": _regressor(linear_model.RANSACRegressor, StandardScaler),
    "Ridge": _regressor(linear_model.Ridge),
    "Ridge, two outputs": _regressor(linear_model.Ridge, None, 2),
    "RidgeCV": _regressor(linear_model.RidgeCV, StandardScaler),
    "SGDRegressor": _regressor(lambda: linear_model.SGDRegressor(average=True), StandardScaler),
    "TheilSenRegressor": _regressor(lambda: linear_model.TheilSenRegressor(max_subpopulation=200)),
    "GammaRegressor": _regressor(linear_model.GammaRegressor, StandardScaler),
    "PoissonRegressor": _regressor(linear_model.PoissonRegressor),
    "TweedieRegressor, log": _regressor(lambda: linear_model.TweedieRegressor(power=1.5, alpha=0.1), StandardScaler),
    "TweedieRegressor, identity": _regressor(linear_model.TweedieRegressor),
    "LinearSVC": _classifier(lambda: LinearSVC(C=0.1), load_digits),
    "LinearSVC, two classes": _classifier(LinearSVC, load_breast_cancer, StandardScaler),
    "LogisticRegression": _classifier(lambda: linear_model.LogisticRegression(max_iter=30), load_digits, MinMaxScaler),
    "LogisticRegression, names": _named,
    "LogisticRegression, liblinear": _classifier(lambda: linear_model.LogisticRegression(solver="liblinear"), load_breast_cancer),
    "LogisticRegressionCV": _classifier(lambda: linear_model.LogisticRegressionCV(Cs=2, cv=2), load_wine, StandardScaler),
    "PassiveAggressiveClassifier": _classifier(linear_model.PassiveAggressiveClassifier, load_wine, StandardScaler),
    "Perceptron": _classifier(linear_model.Perceptron, load_digits),
    "RidgeClassifier": _classifier(linear_model.RidgeClassifier, load_wine),
    "RidgeClassifier, multilabel": _multilabel,
    "RidgeClassifierCV": _classifier(linear_model.RidgeClassifierCV, load_breast_cancer, RobustScaler),
    "SGDClassifier, hinge, sparse": _sparse,
    "SGDClassifier, log_loss": _classifier(lambda: linear_model.SGDClassifier(loss="log_loss"), load_wine, StandardScaler),
    "SGDClassifier, log_loss, raw": _classifier(lambda: linear_model.SGDClassifier(loss="log_loss"), load_iris),
    "SGDClassifier, modified_huber": _classifier(lambda: linear_model.SGDClassifier(loss="modified_huber"), load_iris, StandardScaler),
    "SGDClassifier, modified_huber, two": _classifier(
        lambda: linear_model.SGDClassifier(loss="modified_huber"), load_breast_cancer, StandardScaler
    ),
    "SGDOneClassSVM": _detector,
    "PCA": _classifier(lambda: PCA(5), load_digits),
    "PCA, whitened": _classifier(lambda: PCA(4, whiten=True), load_wine, StandardScaler),
    "IncrementalPCA": _classifier(lambda: IncrementalPCA(3, whiten=True), load_breast_cancer, StandardScaler),
    "TruncatedSVD": _classifier(lambda: TruncatedSVD(6), load_digits),
    "FastICA": _classifier(lambda: FastICA(3, whiten="unit-variance"), load_wine, StandardScaler),
    "FastICA, not whitened": _classifier(lambda: FastICA(whiten=False), load_iris),
    "FactorAnalysis": _classifier(lambda: FactorAnalysis(3), load_wine, StandardScaler),
    "FeatureAgglomeration": _classifier(lambda: FeatureAgglomeration(5), load_wine, StandardScaler),
    "FeatureAgglomeration, sums": _classifier(lambda: FeatureAgglomeration(4, pooling_func=np.sum), load_wine),
    "GaussianRandomProjection": _classifier(lambda: GaussianRandomProjection(6), load_digits),
    "SparseRandomProjection": _classifier(lambda: SparseRandomProjection(6), load_digits, StandardScaler),
    "SparseRandomProjection, dense": _classifier(lambda: SparseRandomProjection(3, dense_output=True), load_wine),
    "NeighborhoodComponentsAnalysis": _classifier(lambda: NeighborhoodComponentsAnalysis(2, max_iter=5), load_iris),
    "LinearDiscriminantAnalysis": _classifier(LinearDiscriminantAnalysis, load_wine),
    "LinearDiscriminantAnalysis, two classes": _classifier(LinearDiscriminantAnalysis, load_breast_cancer, StandardScaler),
    "LinearDiscriminantAnalysis, eigen": _classifier(
        lambda: LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto", n_components=1), load_iris
    ),
    "LinearDiscriminantAnalysis, lsqr": _classifier(lambda: LinearDiscriminantAnalysis(solver="lsqr"), load_wine, RobustScaler),
    "PLSRegression": _regressor(PLSRegression),
    "PLSRegression, three outputs": _regressor(PLSRegression, StandardScaler, 3),
    "PLSCanonical": _two_targets(PLSCanonical),
    "CCA": _two_targets(CCA),
    "PLSSVD": _two_targets(PLSSVD),
    "MultinomialNB": _classifier(MultinomialNB, load_digits),
    "MultinomialNB, two classes": _classifier(MultinomialNB, load_breast_cancer, MinMaxScaler),
    "BernoulliNB": _classifier(lambda: BernoulliNB(binarize=7.5), load_digits),
    "BernoulliNB, two classes": _classifier(BernoulliNB, load_breast_cancer, StandardScaler),
    "BernoulliNB, not binarized": _classifier(lambda: BernoulliNB(binarize=None), load_iris, MinMaxScaler),
    "CategoricalNB": _categorical(4),
    "CategoricalNB, two classes": _categorical(2, alpha=1e-3, min_categories=[2, 7, 9, 4, 3]),
    "CategoricalNB, priors": _categorical(3, class_prior=[0.2, 0.5, 0.3], fit_prior=False),
    "ComplementNB": _classifier(lambda: ComplementNB(norm=True), load_digits, MaxAbsScaler),
}
