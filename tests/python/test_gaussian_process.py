"""Gaussian processes: kernels and reference within their bounds, folding, headers, refusals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn._kernels import gaussian_process as kernels
from emlearn.families import gaussian_process as family
from emlearn.families.gaussian_process import squash
from emlearn.families.gaussian_process.record import Process
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from emlearn.registry import family_of
from emlearn.report.verify import compare, expected_answers
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.gaussian_process import CASES, fit, rows_of
from scipy.special import erf
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Kernel,
    Matern,
    PairwiseKernel,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

scales = st.floats(0.3, 4)
bases = st.one_of(
    scales.map(RBF),
    st.tuples(scales, scales).map(RBF),
    st.builds(lambda scale, nu: Matern(scale, nu=nu), scales, st.sampled_from([0.5, 1.5, 2.5, np.inf])),
    st.builds(lambda scale, alpha: RationalQuadratic(scale, alpha), scales, st.floats(0.1, 20)),
    st.builds(lambda scale, period: ExpSineSquared(scale, period), scales, st.floats(0.5, 10)),
    scales.map(DotProduct),
    st.floats(0.1, 3).map(ConstantKernel),
    st.floats(0.01, 1).map(WhiteKernel),
)
compositions = st.recursive(
    bases, lambda inner: st.builds(lambda a, b, add: a + b if add else a * b, inner, inner, st.booleans()), max_leaves=4
)


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """Kernel and reference within the bounds of scikit-learn in float64."""
    with np.errstate(invalid="ignore"):
        expected = expected_answers(model, model.input.features(raw, np.float64))
    chosen = family_of(model.record)
    for way in (chosen.run, chosen.reference):
        answers = {op: way(model.record, op, raw) for op in model.record.ops}
        report = compare(model, raw, answers, expected, way.__name__)
        assert report.ok, f"{model.estimator}\n{report}"


@given(compositions, st.sampled_from(list(C_TYPES)), st.booleans(), st.booleans(), st.integers(0, 2**31))
def test_random_kernels(kernel: Kernel, dtype: str, normalize: bool, classes: bool, seed: int) -> None:
    X, y, rows = rows_of(seed, 20, 2)
    raw, scale, offset = as_raw_input(rows, dtype)
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    try:
        if classes:
            estimator: Any = GaussianProcessClassifier(kernel + ConstantKernel(0.1), optimizer=None).fit(fed, y > np.median(y))
        else:
            estimator = GaussianProcessRegressor(kernel, alpha=0.1, optimizer=None, normalize_y=normalize).fit(fed, y)
    except np.linalg.LinAlgError:  # ExpSineSquared is no covariance in several dimensions
        return
    try:
        model = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset)
    except emlearn.InvalidInputError as error:  # products that grow with the rows, as polynomials do
        assert "nearly cancel" in str(error) and str(kernel).count("DotProduct") > 1
        return
    check(model, raw)


@pytest.mark.parametrize("name", CASES)
def test_answers_have_scikit_learns_shapes(name: str) -> None:
    estimator, X = CASES[name](1)
    model = emlearn.convert(estimator)
    assert model.predict(X).shape == np.shape(estimator.predict(X))
    assert model.predict(X).dtype.kind == estimator.predict(X).dtype.kind
    if hasattr(model, "predict_std"):
        last = estimator[-1] if hasattr(estimator, "steps") else estimator
        features = estimator[:-1].transform(X) if hasattr(estimator, "steps") else X
        assert model.predict_std(X).shape == last.predict(features, return_std=True)[1].shape


def test_an_affine_front_folds() -> None:
    X, y, rows = rows_of(0)
    pipeline = make_pipeline(StandardScaler(), GaussianProcessRegressor(RBF(1.0), alpha=0.1, optimizer=None)).fit(X, y)
    assert isinstance(emlearn.convert(pipeline).record, Process)
    raw, scale, offset = as_raw_input(rows, "int16")
    model = emlearn.convert(pipeline, input="int16", input_scale=scale, input_offset=offset)
    assert isinstance(model.record, Process)
    check(model, raw)
    products = make_pipeline(StandardScaler(), GaussianProcessRegressor(DotProduct(), alpha=0.1, optimizer=None)).fit(X, y)
    assert isinstance(emlearn.convert(products).record, Chain)


@pytest.mark.parametrize("name", ["rbf, ARD", "matern 5/2", "powers", "two outputs", "three classes"])
def test_headers(name: str) -> None:
    estimator, X = CASES[name](2)
    report = emlearn.convert(estimator).verify(X, compile=True)
    assert report.ok, str(report)


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("name", ["rational", "matern 3/2", "classes"])
def test_chips_answer_within_the_bounds(name: str, target: str) -> None:
    from emlearn import targets

    estimator, X = CASES[name](1)
    try:
        assert emlearn.convert(estimator).verify(X[::12], target=target).ok
    except targets.ToolMissingError as error:
        pytest.skip(str(error))


def test_answers_are_numbers_for_any_row() -> None:
    extreme = [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, -0.0, 1e19]
    raw = np.array([[value, 1, 1] for value in extreme], np.float32)
    for name in ("rbf", "matern 1/2", "matern 5/2", "rational", "classes", "classes, scaled"):
        model = emlearn.convert(CASES[name](1)[0])
        for op in model.record.ops:
            assert np.all(np.isfinite(family.run(model.record, op, raw) if isinstance(model.record, Process) else model.answer(op, raw)))
            assert not np.any(np.isnan(family.bound(model.record, op, raw)))


def test_the_squashing_function_is_as_close_as_it_says() -> None:
    """A mean over a normal variable is no further apart than the functions are, so variance zero is the worst."""
    x = np.concatenate([np.linspace(-40, 40, 400_001), np.geomspace(1e-6, 40, 5000)])
    zero = np.zeros_like(x)
    terms = squash._terms(x, zero, np.float64)[0].sum(axis=1)
    device = 0.5 + 0.5 * (erf(float(squash.SQUASH[0]) * x) + terms)
    there = squash.probability(x, zero)
    assert np.abs(device - there).max() <= squash.FIT
    order = np.argsort(x)
    x, there = x[order][::7], there[order][::7]
    slope = np.diff(there) / np.diff(x)
    assert np.abs(slope).max() <= squash.DRIFT_BY_MEAN + 1e-6
    even = squash.probability(np.linspace(-40, 40, 40_001), np.zeros(40_001))
    assert np.abs(np.diff(even, 2)).max() / 0.002**2 / 2 <= squash.DRIFT_BY_VARIANCE


def test_the_error_function_is_as_close_as_it_says() -> None:
    x = np.concatenate([np.linspace(-6, 6, 300_001), np.geomspace(1e-30, 1e30, 4001)]).astype(np.float32)
    assert np.abs(kernels.error_function(x) - erf(x.astype(np.float64))).max() < 6e-7


def test_refusals() -> None:
    X, y, _ = rows_of(0)
    with pytest.raises(emlearn.UnsupportedError, match=r"the kernel PairwiseKernel.* has none here; these have: RBF, Matern"):
        emlearn.convert(GaussianProcessRegressor(PairwiseKernel(metric="laplacian"), alpha=1.0, optimizer=None).fit(X, y))
    with pytest.raises(emlearn.UnsupportedError, match=r"nu=0\.7\) has none here"):
        emlearn.convert(GaussianProcessRegressor(Matern(nu=0.7), alpha=0.1, optimizer=None).fit(X, y))
    with pytest.raises(emlearn.UnsupportedError, match=r"Exponentiation\(exponent=0\.5\) has no kernel here"):
        emlearn.convert(GaussianProcessRegressor(RBF() ** 0.5, alpha=0.1, optimizer=None).fit(X, y))
    with pytest.raises(emlearn.UnsupportedError, match="terms"):
        emlearn.convert(GaussianProcessRegressor((RBF() + Matern() + DotProduct()) ** 4, alpha=1.0, optimizer=None).fit(X, y))
    with pytest.raises(emlearn.InvalidInputError, match=r"alpha_ reach .* nearly cancel: in float32 predict could be wrong by"):
        emlearn.convert(GaussianProcessRegressor(RBF(3.0), alpha=1e-10, optimizer=None).fit(X, y))
    good = GaussianProcessRegressor(RBF(), alpha=0.1, optimizer=None).fit(X, y)
    with pytest.raises(emlearn.InvalidInputError, match="missing=-1: a GaussianProcessRegressor cannot take missing values"):
        emlearn.convert(good, input="int16", missing=-1)
    with pytest.raises(emlearn.InvalidInputError, match="the points of the GaussianProcessRegressor are beyond float32"):
        emlearn.convert(good, input_scale=1e-45)
    with pytest.raises(emlearn.UnsupportedError, match="numeric='int16': Process models have 'exact'"):
        emlearn.convert(good, input="int16", numeric="int16")
    good.alpha_[0] = np.nan
    with pytest.raises(emlearn.InvalidInputError, match=r"GaussianProcessRegressor.alpha_ has 1 values that are not finite"):
        emlearn.convert(good)


def test_many_points_have_no_deviation() -> None:
    X, y, rows = rows_of(0, 300)
    model = emlearn.convert(fit(GaussianProcessRegressor(RBF(1.0), alpha=0.1, optimizer=None), X, y))
    assert model.record.ops == ("predict",)
    assert model.verify(rows).ok
    with pytest.raises(emlearn.UnsupportedError, match="keeps 600 rows and a number for each pair"):
        X, y, _ = rows_of(0, 600)
        emlearn.convert(GaussianProcessClassifier(RBF(1.0), optimizer=None).fit(X, y > 0))


def test_binding_refuses_tables_that_do_not_fit() -> None:
    record = emlearn.convert(CASES["rbf"](0)[0]).record
    tables = [record.held(name) for name in ("points", "weights", "offset", "whitening", "unit")]
    scale, x = np.ones(1, np.float32), np.zeros((1, 3), np.float32)
    shared: Any = [(1.0, [("rbf", 0.0, 0, 0)])]
    assert kernels.answer("predict", x, shared, [], 1.0, scale, *tables, squash.SQUASH).shape == (1, 1)
    for wrong in ([(1.0, [("rbf", 0.0, 1, 0)])], [(1.0, [("rbf", 0.0, 0, 1)])]):
        with pytest.raises(ValueError, match="do not fit each other"):
            kernels.answer("predict", x, wrong, [], 1.0, scale, *tables, squash.SQUASH)
    with pytest.raises(ValueError, match="do not fit each other"):
        kernels.answer("predict_std", x, shared, [], 1.0, scale, *tables[:3], tables[3][1:], tables[4], squash.SQUASH)


@pytest.mark.campaign
@pytest.mark.parametrize("name", CASES)
def test_fifty_fits(name: str) -> None:
    """All rows of fifty fits, on other rows each time."""
    for seed in range(50):
        estimator, X = CASES[name](seed)
        try:
            report = emlearn.convert(estimator).verify(X)
        except emlearn.InvalidInputError as error:
            assert "nearly cancel" in str(error)
            continue
        assert report.ok, f"{name}, seed {seed}:\n{report}"
