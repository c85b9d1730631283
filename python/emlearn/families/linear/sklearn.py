"""scikit-learn's linear models, read into a Linear.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.svm import LinearSVC, LinearSVR

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Record
from ...registry import read
from . import bayes, make, projections
from .record import Affine, Linear


def coefficients(estimator: Any, intercept: str = "intercept_") -> Affine:
    """``coef_`` and ``intercept_`` (dense or made sparse, of one or several outputs) as one row per output or class."""
    name = type(estimator).__name__
    coef, bias = make.dense(estimator.coef_), make.dense(getattr(estimator, intercept))
    check_finite(name, **{"coef_": coef, intercept: bias})
    weights = np.atleast_2d(coef)
    return Affine.of(weights, np.broadcast_to(np.ravel(bias), (len(weights),)))


def read_regressor(estimator: Any) -> Linear:
    """X @ coef_.T + intercept_."""
    scores = coefficients(estimator)
    return make.regressor(type(estimator).__name__, scores, is_column=np.ndim(estimator.coef_) > 1 and len(scores.bias) == 1)


def read_flat_regressor(estimator: Any) -> Linear:
    """The same, of an estimator whose ``coef_`` has one row, or whose ``predict`` answers one number per row whatever its shape."""
    return make.regressor(type(estimator).__name__, coefficients(estimator))


def read_log_link(estimator: Any) -> Linear:
    """exp(X @ coef_ + intercept_)."""
    return make.regressor(type(estimator).__name__, coefficients(estimator), "exp")


def read_tweedie(estimator: Any) -> Linear:
    """A logarithmic or no link: ``link``, or ``power`` where that is "auto"."""
    is_log = estimator.link == "log" or (estimator.link == "auto" and estimator.power > 0)
    return make.regressor(type(estimator).__name__, coefficients(estimator), "exp" if is_log else "identity")


def read_ransac(estimator: Any) -> Record:
    """The estimator that was fitted on the inliers: ``estimator_``."""
    try:
        record = read(estimator.estimator_)
    except UnsupportedError as error:
        raise UnsupportedError(f"estimator_ of the {type(estimator).__name__}: {error}") from None
    if record.task.kind != "regressor":
        raise UnsupportedError(f"estimator_ of the {type(estimator).__name__} is a {record.task.kind}, not a regressor")
    return record


def read_classifier(estimator: Any) -> Linear:
    """``coef_``, ``intercept_``, ``classes_``; no probabilities."""
    return make.classifier(type(estimator).__name__, coefficients(estimator), estimator.classes_, "none")


def read_logistic(estimator: Any) -> Linear:
    """Probabilities are the softmax of the scores; of two classes, the logistic function of the one score."""
    return make.classifier(type(estimator).__name__, coefficients(estimator), estimator.classes_, "softmax")


def read_sgd_classifier(estimator: Any) -> Linear:
    """``loss`` decides whether there are probabilities, and which."""
    link = {"log_loss": "one_vs_rest", "modified_huber": "clipped"}.get(estimator.loss, "none")
    return make.classifier(type(estimator).__name__, coefficients(estimator), estimator.classes_, link)


def read_ridge_classifier(estimator: Any) -> Linear:
    """One class, or several labels at once where it was fitted on an indicator matrix."""
    scores = coefficients(estimator)
    if estimator._label_binarizer.y_type_.startswith("multilabel"):
        return make.multilabel(type(estimator).__name__, scores)
    return make.classifier(type(estimator).__name__, scores, estimator.classes_, "none")


def read_sgd_detector(estimator: Any) -> Linear:
    """X @ coef_ - offset_; ``score_samples`` is ``offset_`` more."""
    scores = coefficients(estimator, "offset_")
    scores = Affine.of(scores.weights, -scores.bias)
    return make.detector(type(estimator).__name__, scores, float(np.ravel(estimator.offset_)[0]))


_REGRESSORS = (
    linear_model.ARDRegression,
    linear_model.BayesianRidge,
    linear_model.ElasticNet,
    linear_model.ElasticNetCV,
    linear_model.HuberRegressor,
    linear_model.Lars,
    linear_model.LarsCV,
    linear_model.Lasso,
    linear_model.LassoCV,
    linear_model.LassoLars,
    linear_model.LassoLarsCV,
    linear_model.LassoLarsIC,
    linear_model.LinearRegression,
    linear_model.MultiTaskElasticNet,
    linear_model.MultiTaskElasticNetCV,
    linear_model.MultiTaskLasso,
    linear_model.MultiTaskLassoCV,
    linear_model.OrthogonalMatchingPursuit,
    linear_model.OrthogonalMatchingPursuitCV,
    linear_model.QuantileRegressor,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.TheilSenRegressor,
)

#: scikit-learn 1.10 is going to be without these.
_OLD = {"PassiveAggressiveRegressor": read_flat_regressor, "PassiveAggressiveClassifier": read_classifier}

READERS: dict[type, Callable[[Any], Record]] = {
    **dict.fromkeys(_REGRESSORS, read_regressor),
    **{getattr(linear_model, name): reader for name, reader in _OLD.items() if hasattr(linear_model, name)},
    linear_model.SGDRegressor: read_flat_regressor,
    LinearSVR: read_flat_regressor,
    linear_model.PoissonRegressor: read_log_link,
    linear_model.GammaRegressor: read_log_link,
    linear_model.TweedieRegressor: read_tweedie,
    linear_model.RANSACRegressor: read_ransac,
    linear_model.LogisticRegression: read_logistic,
    linear_model.LogisticRegressionCV: read_logistic,
    linear_model.SGDClassifier: read_sgd_classifier,
    linear_model.Perceptron: read_classifier,
    LinearSVC: read_classifier,
    linear_model.RidgeClassifier: read_ridge_classifier,
    linear_model.RidgeClassifierCV: read_ridge_classifier,
    linear_model.SGDOneClassSVM: read_sgd_detector,
    **projections.READERS,
    **bayes.READERS,
}
