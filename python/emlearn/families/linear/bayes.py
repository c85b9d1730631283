"""scikit-learn's naive Bayes classifiers over counts, whose joint log-likelihoods are linear, read into a Linear.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.naive_bayes import ComplementNB, MultinomialNB

from ...errors import InvalidInputError
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


READERS: dict[type, Callable[[Any], Record]] = {MultinomialNB: read_multinomial, ComplementNB: read_complement}
