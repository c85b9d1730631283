"""Learned curves: standardised powers keep their digits, selections take the tables with them, isotonic curves transform.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, QuantileTransformer, StandardScaler

FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]
METHODS = ("yeo-johnson", "box-cox")


def fitted(method: str, X: np.ndarray, lambdas: np.ndarray | None = None) -> PowerTransformer:
    """With powers of our choice, where there are some: standardised by what they make of X."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        power = PowerTransformer(method).fit(X)
        if lambdas is not None:
            power.lambdas_, power.standardize = lambdas, False
            values = power.transform(X)
            power.standardize, power._scaler = True, StandardScaler().fit(values)
    return power


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("load", "bound"), [(load_wine, 1e-4), (load_breast_cancer, 1e-3)])
def test_strong_powers_of_large_values_keep_their_digits(method: str, load, bound: float) -> None:
    """Raw wine: (1 + 100)^-2 and its like are all but equal, and their mean took what told them apart: bound 0.026, error 5.8e-4."""
    X = load().data + (1e-3 if method == "box-cox" else 0)
    report = emlearn.convert(fitted(method, X)).verify(X)
    assert report.ok and report.max_error < 2e-6 and report.bound < bound, report


@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.booleans(), st.sampled_from(["float32", "int16"]))
def test_random_powers(seed: int, method: str, chosen: bool, dtype: str) -> None:
    """Powers that are fitted and powers of all kinds, on rows far beyond those of the fit, of both signs where they may be."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    raw = np.rint(rng.normal(size=(60, n)) * 300 * 10 ** rng.uniform(-1, 1, n) + rng.normal(size=n) * 500)
    raw = np.abs(raw) + 1 if method == "box-cox" else raw
    arguments = {"input": "int16", "input_scale": 0.01} if dtype == "int16" else {}
    X = raw * 0.01 if arguments else (raw * 0.01).astype(np.float32).astype(np.float64)
    lambdas = rng.choice([-3.0, -0.5, 0.0, 1e-20, 1e-9, 1.0, 2.0, 2 - 1e-12, 4.0], n) if chosen else None
    power = fitted(method, X, lambdas)
    if not (np.all(np.isfinite(power._scaler.scale_)) and np.all(np.isfinite(power._scaler.mean_))):
        return
    model = emlearn.convert(power, **arguments)
    rows = np.concatenate([raw if arguments else X, 3 * (raw if arguments else X)])
    report = model.verify(rows)
    assert report.ok, report
    raw_rows = model.input.check(rows)
    family = family_of(model.record)
    got, want = (answer(model.record, "transform", raw_rows) for answer in (family.run, family.reference))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_headers_of_standardised_powers(method: str) -> None:
    X = np.abs(load_wine().data[:, :3]) + 0.5
    model = emlearn.convert(fitted(method, X, np.array([-4.0, 0.0, 2.0])))
    sign = 1 if method == "box-cox" else np.where(np.arange(2 * len(X)) % 2, 1, -1)[:, np.newaxis]
    raw = model.input.check(np.concatenate([X, X / 3]) * sign)
    assert model.verify(raw).ok
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        answers = targets.run("host", model, raw, compiler=compiler, std=std, flags=FLAGS)
        np.testing.assert_allclose(answers["transform"], model.transform(raw), rtol=1e-6, atol=1e-6)


CURVES = {
    "powers": lambda: PowerTransformer(),
    "powers as they are": lambda: PowerTransformer(standardize=False),
    "positive powers": lambda: PowerTransformer("box-cox", standardize=False),
    "quantiles": lambda: QuantileTransformer(n_quantiles=20),
    "normal quantiles": lambda: QuantileTransformer(n_quantiles=15, output_distribution="normal"),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_selection_behind_curves_takes_their_tables(name: str) -> None:
    """Selected features once met the powers, knots and ranks of the first ones."""
    X, y = load_wine(return_X_y=True)
    estimator = make_pipeline(CURVES[name](), SelectKBest(k=3), StandardScaler(), LogisticRegression()).fit(X, y)
    model = emlearn.convert(estimator)
    report = model.verify(X)
    assert report.ok and report.max_error < 1e-3, report
    assert np.array_equal(model.record.needed, np.flatnonzero(estimator[1].get_support()))
    whole = emlearn.convert(make_pipeline(CURVES[name](), StandardScaler(), LogisticRegression()).fit(X, y))
    assert model.report().total_bytes < whole.report().total_bytes / 2


@pytest.mark.parametrize("beyond", ["clip", "nan"])
def test_an_isotonic_curve_transforms(beyond: str) -> None:
    x, y = np.linspace(-1, 1, 30)[:, np.newaxis], np.random.default_rng(0).normal(size=30).cumsum()
    estimator = IsotonicRegression(out_of_bounds=beyond).fit(x, y)
    model = emlearn.convert(estimator)
    rows = np.linspace(-2, 2, 101)[:, np.newaxis]
    assert model.record.ops == ("predict", "transform")
    assert model.transform(rows).shape == estimator.transform(rows[:, 0]).shape  # unlike other transformers'
    assert np.array_equal(model.transform(rows), model.predict(rows), equal_nan=True)
    report = model.verify(rows, compile=True)
    assert report.ok, report
    assert "transform(const float* features, float* out)" in model.save(name="m")


def test_an_end_that_no_float_holds_is_within_the_bound() -> None:
    """A raw integer at the curve's end: as a float it is beyond the end, where there is no value."""
    x = np.array([[16777217.0], [20000001.0], [33554435.0]])
    model = emlearn.convert(IsotonicRegression(out_of_bounds="nan").fit(x, [1.0, 2.0, 5.0]), input="int32")
    report = model.verify(np.concatenate([x, x + 1, x - 1]))
    assert report.ok, report
