"""Random linear models: scikit-learn estimators whose weights were put in, not learned; and what is asked of all.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
from emlearn.families import linear
from emlearn.gaps import gaps
from emlearn.report.verify import expected_answers
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, RidgeClassifier, SGDClassifier, SGDOneClassSVM
from sklearn.svm import LinearSVC

#: Kind -> the estimator, and whether its weights have one row per class (of more than two), output or label.
KINDS = {
    "regressor": (Ridge, "one"),
    "regressor of several": (Ridge, "several"),
    "log link": (PoissonRegressor, "one"),
    "two classes": (LogisticRegression, "two"),
    "softmax": (LogisticRegression, "several"),
    "no probabilities": (LinearSVC, "several"),
    "one vs rest, two": (lambda: SGDClassifier(loss="log_loss"), "two"),
    "one vs rest": (lambda: SGDClassifier(loss="log_loss"), "several"),
    "clipped, two": (lambda: SGDClassifier(loss="modified_huber"), "two"),
    "clipped": (lambda: SGDClassifier(loss="modified_huber"), "several"),
    "multilabel": (RidgeClassifier, "labels"),
    "detector": (SGDOneClassSVM, "one"),
}


def model(kind: str, n_features: int, seed: int, size: float = 1.0, sparsity: float = 0.0) -> Any:
    """An estimator of the kind with normal weights of standard deviation `size`, a share of its features without any."""
    rng = np.random.default_rng(seed)
    make, rows = KINDS[kind]
    n = int(rng.integers(3, 7)) if rows in ("several", "labels") else 1
    # Fitted on something first, so that all that scikit-learn checks is there.
    n_rows = 24
    X = rng.normal(size=(n_rows, n_features))
    if rows == "one":
        y: Any = rng.random(n_rows)
    elif rows == "labels":
        y = np.arange(n_rows * n).reshape(n_rows, n) % 3 % 2
    elif make is Ridge:
        y = rng.random((n_rows, n))
    else:
        y = np.arange(n_rows) % (2 if rows == "two" else n)
    estimator = make().fit(X, y)
    coef = rng.normal(0, size, np.shape(np.atleast_2d(estimator.coef_)))
    coef[:, rng.random(n_features) < sparsity] = 0
    estimator.coef_ = coef.reshape(np.shape(estimator.coef_))
    bias = "offset_" if kind == "detector" else "intercept_"
    shape = np.shape(getattr(estimator, bias))
    setattr(estimator, bias, rng.normal(0, size, shape) if shape else float(rng.normal(0, size)))
    return estimator


@st.composite
def models(draw: st.DrawFn) -> Any:
    """Any kind, weights from tiny to large, dense or sparse."""
    return model(
        draw(st.sampled_from(list(KINDS))),
        draw(st.integers(1, 30)),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.sampled_from([1e-6, 0.1, 1.0, 30.0])),
        draw(st.sampled_from([0.0, 0.5, 0.95, 1.0])),
    )


def check(converted: emlearn.Model, raw: np.ndarray) -> None:
    """Kernel and reference within the bound of scikit-learn, and its classes outside the margin."""
    record = converted.record
    with np.errstate(all="ignore"):  # scikit-learn's own, in exp
        expected = expected_answers(converted, converted.input.features(raw, np.float64))
    for op in record.ops:
        answers = linear.run(record, op, raw), linear.reference(record, op, raw)
        if op == "predict" and record.task.is_discrete:
            margin, gap = linear.margin(record, raw), gaps(record, expected)
            assert margin.shape[0] == gap.shape[0] and not np.any(np.isnan(margin))
            for answer in answers:
                assert answer.dtype == np.int32
                assert np.all((answer == expected[op]) | (gap <= margin))
            continue
        bound = linear.bound(record, op, raw)
        assert bound.shape == expected[op].shape and not np.any(np.isnan(bound))
        for answer in answers:
            assert answer.dtype == np.float32
            with np.errstate(invalid="ignore"):
                error = np.abs(answer.astype(np.float64) - expected[op])
            assert np.all(error[np.isfinite(bound)] <= bound[np.isfinite(bound)]), op
