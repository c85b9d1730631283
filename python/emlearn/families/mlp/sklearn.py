"""scikit-learn's multilayer perceptrons, read into an Mlp.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Task
from .record import HIDDEN, OUTPUT, Mlp


def read_mlp(estimator: Any) -> Mlp:
    """A perceptron: ``coefs_``, ``intercepts_``, ``activation``, ``out_activation_``, and ``classes_`` of a classifier."""
    name = type(estimator).__name__
    hidden, output = estimator.activation, estimator.out_activation_
    for attribute, value, known in (("activation", hidden, HIDDEN), ("out_activation_", output, OUTPUT)):
        if value not in known:
            raise UnsupportedError(f"{name}.{attribute}={value!r} has no kernel: fit with one of {', '.join(known)}")
    layers = []
    for k, (coef, intercept) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        check_finite(name, **{f"coefs_[{k}]": coef, f"intercepts_[{k}]": intercept})
        layers.append((np.asarray(coef, dtype=np.float64).T, np.asarray(intercept, dtype=np.float64)))
    return Mlp.of(_task(estimator), layers, hidden, output)


def _task(estimator: Any) -> Task:
    n_outputs = int(estimator.n_outputs_)
    if not hasattr(estimator, "classes_"):
        return Task("regressor", n_outputs)
    if estimator.out_activation_ == "logistic" and n_outputs > 1:
        return Task("multilabel", n_outputs)
    n_classes = len(estimator.classes_)
    if n_classes < 2:
        raise UnsupportedError(
            f"{type(estimator).__name__} was fitted on the one class {str(estimator.classes_[0])!r} and can answer nothing else, "
            "though its predict_proba has two columns: fit it on rows of at least two classes"
        )
    return Task("classifier", 1, (n_classes,))


READERS = {MLPClassifier: read_mlp, MLPRegressor: read_mlp}
