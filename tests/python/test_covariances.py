"""Mahalanobis distances: kernels and reference within their bounds, headers, refusals, thresholds for novelty.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.gaussian.record import ARITHMETICS
from emlearn.inputs import C_TYPES
from gaussian_models import as_raw_input, check, in_arithmetic
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.gaussian import CASES, blobs
from sklearn.covariance import EllipticEnvelope, EmpiricalCovariance, LedoitWolf, MinCovDet
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAMES = [name for name in CASES if name.startswith(("envelope", "covariance"))]


@given(
    st.sampled_from([EllipticEnvelope, EmpiricalCovariance, MinCovDet, LedoitWolf]),
    st.sampled_from(list(C_TYPES)),
    st.sampled_from(list(ARITHMETICS)),
    st.sampled_from([0, 30, -3000]),
    st.integers(1, 7),
    st.integers(0, 2**31),
)
def test_random_distances(cls: Any, dtype: str, arithmetic: str, offset: float, n_features: int, seed: int) -> None:
    X, _, rows = blobs(seed, n_features, 2, 90, offset=offset)
    raw, scale, shift = as_raw_input(rows, dtype)
    estimator = cls(**({"random_state": seed} if "random_state" in cls().get_params() else {}))
    estimator.fit(raw[: len(X)].astype(np.float64) * scale + shift)
    model = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=shift)
    check(model, raw)
    check(in_arithmetic(model, arithmetic), raw)


@pytest.mark.parametrize("name", NAMES)
def test_answers_have_scikit_learns_shapes(name: str) -> None:
    estimator, X = CASES[name](1)
    model = emlearn.convert(estimator)
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    features = estimator[:-1].transform(X) if hasattr(estimator, "steps") else X
    np.testing.assert_allclose(model.mahalanobis(X), last.mahalanobis(features), rtol=1e-2)
    np.testing.assert_allclose(model.score_samples(X), -model.mahalanobis(X))
    limited = isinstance(last, EllipticEnvelope)
    assert hasattr(model, "predict") == hasattr(model, "decision_function") == limited
    if limited:
        assert set(model.predict(X)) == {-1, 1}
        assert model.predict(X).shape == last.predict(features).shape


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_headers(dtype: str) -> None:
    X, _, rows = blobs(2, 4, 1)
    raw, scale, shift = as_raw_input(rows, dtype)
    fed = raw.astype(np.float64) * scale + shift
    for estimator in (EllipticEnvelope(random_state=0), make_pipeline(StandardScaler(), LedoitWolf())):
        model = emlearn.convert(estimator.fit(fed), input=dtype, input_scale=scale, input_offset=shift)
        report = model.verify(raw, compile=True)
        assert report.ok, str(report)
    assert "the limit" in emlearn.convert(EllipticEnvelope(random_state=0).fit(X)).save(name="m")


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
def test_chips_answer_within_the_bounds(target: str) -> None:
    from emlearn import targets

    estimator, X = CASES["envelope"](1)
    try:
        assert emlearn.convert(estimator).verify(X[::20], target=target).ok
    except targets.ToolMissingError as error:
        pytest.skip(str(error))


def test_a_limit_is_kept_to_the_side_of_scikit_learn() -> None:
    """A row whose distance is the limit's is within: the device may only differ where the error of the decision is larger than it."""
    estimator, X = CASES["envelope"](3)
    model = emlearn.convert(estimator, input="float64")
    report = model.verify(X)
    assert report.ok and report.ties <= 1


def test_singular_covariances_are_refused() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    for column in (X[:, 0] + X[:, 1], np.ones(60)):
        with pytest.raises(
            emlearn.InvalidInputError, match=r"EmpiricalCovariance.covariance_ is singular: features are constant or depend"
        ):
            emlearn.convert(EmpiricalCovariance().fit(np.column_stack([X, column])))


def test_what_is_not_finite_is_refused() -> None:
    estimator = EllipticEnvelope(random_state=0).fit(np.random.default_rng(0).normal(size=(60, 3)))
    estimator.offset_ = np.nan
    with pytest.raises(emlearn.InvalidInputError, match=r"EllipticEnvelope.offset_ has 1 values that are not finite"):
        emlearn.convert(estimator)
    with pytest.raises(emlearn.UnsupportedError, match="numeric='int16' takes rows of integers, not input='float32'"):
        estimator.offset_ = -1.0
        emlearn.convert(estimator, numeric="int16")


def test_answers_are_numbers_for_any_row() -> None:
    model = emlearn.convert(EllipticEnvelope(random_state=0).fit(np.random.default_rng(0).normal(size=(60, 2))))
    raw = np.array([[np.nan, 0], [np.inf, 1], [-3e38, 3e38], [1e-45, -0.0]], dtype=np.float32)
    assert np.all(np.isfinite(model.answer("mahalanobis", raw)))
    assert model.answer("predict", raw).ravel().tolist() == [-1, -1, -1, 1]


@pytest.mark.parametrize("cls", [EmpiricalCovariance, EllipticEnvelope])
def test_a_threshold_on_the_distance(cls: Any) -> None:
    rng = np.random.default_rng(0)
    model = emlearn.convert(cls().fit(rng.normal(size=(300, 3))))
    novelty = emlearn.calibrate_threshold(model, rng.normal(size=(400, 3)), 0.02)
    assert novelty.op == "score_samples"
    assert np.mean(model.is_novel(rng.normal(size=(2000, 3)), novelty)) < 0.02
    assert np.all(model.is_novel(rng.normal(size=(100, 3)) + 9, novelty))
    assert "is_novel" in model.save(name="m", novelty=novelty)


@pytest.mark.campaign
@pytest.mark.parametrize("name", NAMES)
def test_fifty_fits(name: str) -> None:
    """All rows of fifty fits, on other rows each time."""
    for seed in range(50):
        estimator, X = CASES[name](seed)
        try:
            report = emlearn.convert(estimator).verify(X)
        except emlearn.InvalidInputError as error:  # a cloud that is flat but for rounding
            assert "is singular" in str(error)
            continue
        assert report.ok, f"{name}, seed {seed}:\n{report}"
