"""scikit-learn's naive Bayes classifiers over counts, whose joint log-likelihoods are linear, read into a Linear.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB

from ...errors import InvalidInputError, UnsupportedError
from ...record import Record
from . import make
from .record import Affine, Linear


def _classifier(estimator: Any, scores: Affine) -> Linear:
    name = type(estimator).__name__
    bad = int(np.count_nonzero(~np.isfinite(scores.weights)) + np.count_nonzero(~np.isfinite(scores.bias)))
    if bad:
        raise InvalidInputError(
            f"{name}.feature_log_prob_ or class_log_prior_ make {bad} weights that are not finite (logarithms of zero): "
            "fit with alpha > 0, and on rows of every class"
        )
    return make.classifier(name, scores, estimator.classes_, "softmax", has_decision=False)


def read_multinomial(estimator: Any) -> Linear:
    """X @ feature_log_prob_.T + class_log_prior_."""
    return _classifier(estimator, Affine.of(estimator.feature_log_prob_, estimator.class_log_prior_))


def read_complement(estimator: Any) -> Linear:
    """X @ feature_log_prob_.T; priors are not looked at."""
    return _classifier(estimator, Affine.of(estimator.feature_log_prob_, np.zeros(len(estimator.feature_log_prob_))))


def read_bernoulli(estimator: Any) -> Linear:
    """X @ (feature_log_prob_ - n).T + class_log_prior_ + sums of n = log(1 - exp(feature_log_prob_)); X is 1 above ``binarize``, else 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        negative = np.log(1 - np.exp(estimator.feature_log_prob_))
        weights, bias = estimator.feature_log_prob_ - negative, estimator.class_log_prior_ + negative.sum(axis=1)
    shift = np.abs(estimator.class_log_prior_) + np.abs(negative).sum(axis=1)
    record = _classifier(estimator, Affine.of(weights, bias, np.abs(weights), shift))
    if estimator.binarize is None:
        return record
    return dataclasses.replace(record, above=np.full(record.n_features, float(estimator.binarize)))


def read_categorical(estimator: Any) -> Linear:
    """feature_log_prob_ (per feature: classes x categories) at the category of each feature, and class_log_prior_."""
    tables = estimator.feature_log_prob_
    starts = np.cumsum([0] + [table.shape[1] for table in tables])
    if starts[-1] >= 1 << 16:
        raise UnsupportedError(f"CategoricalNB has {starts[-1]} categories in all, and 65535 fit: group the rare ones")
    record = _classifier(estimator, Affine.of(np.hstack(tables), estimator.class_log_prior_))
    return dataclasses.replace(record, n_features=len(tables), starts=starts.astype(np.uint16))


READERS: dict[type, Callable[[Any], Record]] = {
    MultinomialNB: read_multinomial,
    ComplementNB: read_complement,
    BernoulliNB: read_bernoulli,
    CategoricalNB: read_categorical,
}
