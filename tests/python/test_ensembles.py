"""Ensembles equal scikit-learn's: random estimators, losses, labels, raw types, scalers and missing values, and rows on every threshold.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import emlearn
import numpy as np
from emlearn.families.ensembles import kernels
from emlearn.registry import bulk_of, family_of
from hypothesis import event, given, settings
from random_ensembles import ADABOOST, BAGGING, BOOSTING, HISTOGRAMS, EnsembleCase, ensembles
from random_trees import features
from sklearn.ensemble import IsolationForest, RandomTreesEmbedding
from sklearn.pipeline import Pipeline
from test_trees_boundaries import rows_at

few = settings(max_examples=max(1, settings.default.max_examples // 3))


def check(case: EnsembleCase) -> emlearn.Model:
    """Reference, kernels and estimator agree on the training rows and on rows at every threshold; returns the model."""
    model = emlearn.convert(case.estimator, **case.arguments)
    family = family_of(model.record)
    assert model.record.routes_missing in (False, True)
    rows = np.concatenate([case.raw, accepted(case, rows_at(case, np.random.default_rng(0)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scikit-learn's own, where a sum overflows its link
        report = model.verify(rows)
    assert report.ok, report
    for op in model.record.ops:
        got, want = family.run(model.record, op, rows), family.reference(model.record, op, rows)
        np.testing.assert_array_equal(bulk_of(model.record, op)(rows), got)
        if op == "predict" and model.record.task.is_discrete:
            np.testing.assert_array_equal(got, want)
        else:
            bound = family.bound(model.record, op, rows)
            assert np.all((np.abs(got.astype(np.float64) - want) <= bound) | (got == want))
    return model


def accepted(case: EnsembleCase, raw: np.ndarray) -> np.ndarray:
    """The rows that stay finite on the way to the trees: scikit-learn refuses the others."""
    X = features(raw, case.arguments)
    fine = np.ones(len(X), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):
        for _, step in case.estimator.steps[:-1] if isinstance(case.estimator, Pipeline) else []:
            X = X if step == "passthrough" else step.transform(np.where(np.isinf(X), 0, X))
            fine &= ~np.isinf(X).any(axis=1)
        fine &= ~np.isinf(X.astype(np.float32)).any(axis=1)
    return raw[fine]


@few
@given(ensembles(BOOSTING))
def test_boosting(case: EnsembleCase) -> None:
    event(type(case.estimator).__name__)
    assert kernels.valid(check(case).record)


@few
@given(ensembles(HISTOGRAMS))
def test_histograms(case: EnsembleCase) -> None:
    event(type(case.estimator).__name__)
    assert kernels.valid(check(case).record)


@few
@given(ensembles(ADABOOST))
def test_adaboost(case: EnsembleCase) -> None:
    event(type(case.estimator).__name__)
    assert kernels.valid(check(case).record)


@few
@given(ensembles((IsolationForest,)))
def test_isolation(case: EnsembleCase) -> None:
    assert kernels.valid(check(case).record)


@few
@given(ensembles((RandomTreesEmbedding,)))
def test_embeddings(case: EnsembleCase) -> None:
    assert kernels.valid(check(case).record)


@few
@given(ensembles(BAGGING))
def test_bagging(case: EnsembleCase) -> None:
    check(case)


def test_what_no_row_reaches_is_no_threshold() -> None:
    """Two values isolate at once: no path is as long as those of random rows, so that every row is an outlier."""
    X = np.repeat([[0.0], [1.0]], [17, 23], axis=0)
    for n_estimators in (1, 3, 5, 10):
        estimator = IsolationForest(n_estimators=n_estimators, random_state=0).fit(X)
        model = emlearn.convert(estimator)
        assert model.verify(X).ok
        np.testing.assert_array_equal(model.predict(X), np.full(40, -1))
