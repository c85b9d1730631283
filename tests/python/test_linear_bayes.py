"""Naive Bayes over bits and categories: thresholds in raw values, headers, refusals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn._kernels import linear as kernels
from emlearn.families import linear
from emlearn.families.linear.kernels import valid
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from hypothesis import given
from hypothesis import strategies as st
from linear_models import check
from mlp_networks import raw_rows
from sklearn.datasets import load_wine
from sklearn.naive_bayes import BernoulliNB, CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

seeds = st.integers(0, 2**32 - 1)


@given(st.sampled_from(list(C_TYPES)), st.sampled_from(["exact", "int8", "int16", "int32"]), seeds)
def test_binary_features(dtype: str, numeric: str, seed: int) -> None:
    """Thresholds in raw values, by search: also where a feature falls, or is the same for every raw value."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    X = rng.normal(size=(40, n))
    scale, offset = rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-5, 2, n), rng.normal(size=n) * 10.0 ** rng.integers(-2, 5)
    pipeline = make_pipeline(MinMaxScaler((-1, 2), clip=bool(seed % 2)), BernoulliNB(binarize=abs(rng.normal()))).fit(X, np.arange(40) % 3)
    converted = emlearn.convert(pipeline, input=dtype, input_scale=scale, input_offset=offset, numeric=numeric)
    assert isinstance(converted.record, linear.Linear) and valid(converted.record)
    rows = raw_rows(dtype, n, seed)
    near = converted.record.above[None, :]
    step = 1 if "int" in dtype else 0
    with np.errstate(over="ignore"):
        below = np.nextafter(near, -np.inf) if not step else np.where(near > np.iinfo(dtype).min, near - 1, near)
        over = np.nextafter(near, np.inf) if not step else np.where(near < np.iinfo(dtype).max, near + 1, near)
    rows = np.concatenate([rows, near, below, over]).astype(dtype)
    check(converted, rows[np.all(np.isfinite(rows), axis=1)])


def test_binary_headers() -> None:
    X, y = load_wine(return_X_y=True)
    for estimator, options in (
        (BernoulliNB(binarize=2.0), {}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {"input": "int16", "numeric": "int16"}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {"numeric": "int8"}),
    ):
        converted = emlearn.convert(estimator.fit(np.rint(X), y), **options)
        report = converted.verify(np.rint(X), compile=True)
        assert report.ok, str(report)


def test_probabilities_of_zero_are_refused() -> None:
    X = np.array([[0, 1], [0, 1], [1, 0], [1, 0]])
    with np.errstate(divide="ignore"):
        estimator = BernoulliNB(alpha=0, force_alpha=True).fit(X, [0, 0, 1, 1])
    with pytest.raises(emlearn.InvalidInputError, match="fit with alpha > 0"):
        emlearn.convert(estimator)


def _categorical(seed: int) -> tuple[Any, np.ndarray]:
    rng = np.random.default_rng(seed)
    most = rng.integers(1, 12, int(rng.integers(1, 9)))
    X = rng.integers(0, most, (60, len(most)))
    estimator = CategoricalNB(alpha=10.0 ** rng.integers(-9, 2), min_categories=[int(n) + 1 for n in most])
    return estimator.fit(X, np.arange(60) % rng.integers(2, 6)), rng.integers(0, most, (80, len(most)))


@given(st.sampled_from(list(C_TYPES)), st.sampled_from(["exact", "int8", "int16", "int32"]), seeds)
def test_categories(dtype: str, numeric: str, seed: int) -> None:
    estimator, X = _categorical(seed)
    converted = emlearn.convert(estimator, input=dtype, numeric=numeric)
    assert isinstance(converted.record, linear.Linear) and valid(converted.record)
    check(converted, X.astype(dtype))


def test_numbers_are_cut_to_categories_as_scikit_learn_cuts_them() -> None:
    estimator, X = _categorical(7)
    rows = X + np.random.default_rng(0).uniform(-0.9, 0.99, X.shape)
    rows[np.trunc(rows) < 0] = 0
    for dtype in ("float32", "float64"):
        check(emlearn.convert(estimator, input=dtype), rows.astype(dtype))


def test_unknown_categories_count_for_nothing() -> None:
    """scikit-learn raises; a device cannot."""
    estimator, X = _categorical(3)
    known, unknown = X[:4].copy(), X[:4].copy()
    for f, table in enumerate(estimator.feature_log_prob_):
        unknown[:, f] = table.shape[1] + f
    for dtype in C_TYPES:
        converted = emlearn.convert(estimator, input=dtype)
        with pytest.raises(IndexError):
            estimator.predict(unknown)
        prior = np.exp(estimator.class_log_prior_)
        np.testing.assert_allclose(converted.predict_proba(unknown), np.tile(prior / prior.sum(), (4, 1)), rtol=1e-5)
        np.testing.assert_allclose(converted.predict_proba(known), estimator.predict_proba(known), rtol=1e-4)
    extreme = np.array([[np.nan], [np.inf], [-np.inf], [3e38], [-1.0]], np.float32) * np.ones(X.shape[1], np.float32)
    assert np.all(np.isfinite(emlearn.convert(estimator).predict_proba(extreme)))


def test_categories_behind_a_scale_are_a_stage_of_their_own() -> None:
    estimator, X = _categorical(5)
    converted = emlearn.convert(estimator, input="int16", input_scale=0.5)
    assert isinstance(converted.record, Chain)
    assert converted.verify(2 * X).ok


def test_headers_of_categories() -> None:
    estimator, X = _categorical(11)
    for options in ({}, {"input": "uint8", "numeric": "int8"}, {"input": "int16"}, {"input": "int8", "optimize": "size"}):
        report = emlearn.convert(estimator, **options).verify(X, compile=True)
        assert report.ok and report.agreement == 1, str(report)


def test_binding_refuses_categories_that_do_not_fit() -> None:
    table, bias, columns = np.ones((3, 2), np.float32), np.zeros(2, np.float32), np.arange(3, dtype=np.uint16)
    x, starts = np.array([[0, 1]], np.float32), np.array([0, 1, 3], np.uint16)
    assert kernels.category_sums("float32", table, bias, columns, 1, 0, x, starts).tolist() == [[2, 2]]
    for wrong in ([0, 1, 2], [1, 1, 3], [0, 4, 3], []):
        with pytest.raises(ValueError, match=r"not valid|no entry"):
            kernels.category_sums("float32", table, bias, columns, 1, 0, x, np.array(wrong, np.uint16))


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus"])
def test_chips_find_the_categories(target: str) -> None:
    from emlearn import targets

    estimator, X = _categorical(11)
    try:
        assert emlearn.convert(estimator, input="uint8", numeric="int16").verify(X[:20], target=target).ok
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
