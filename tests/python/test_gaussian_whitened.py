"""Full and tied covariances in integers: kernels equal the reference to the bit, both within the stated bounds of scikit-learn.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families import gaussian
from emlearn.families.gaussian.forms import WHITENED
from emlearn.families.gaussian.kernels import valid
from emlearn.families.gaussian.whitened import Whitened
from gaussian_models import as_raw_input
from hypothesis import assume, given
from hypothesis import strategies as st
from parity.cases.gaussian import blobs, fit
from sklearn.covariance import EllipticEnvelope, LedoitWolf
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_gaussian_fixed import (
    COMPILERS,
    INTEGERS,
    check,
    compile_and_look_for_tables,
    iris_and_extremes,
    keeps_size_and_cycles,
    record_of,
    verify_on,
)

KINDS = ("full", "tied", "bayesian", "quadratic", "envelope", "distance")

#: Operations whose numbers take no exp: then kernel and reference are equal to the bit.
TO_THE_BIT = ("predict", "decision_function", "mahalanobis")


def estimator_of(kind: str, n_components: int, seed: int, ridge: float) -> Any:
    """`ridge`: what is added to variances, those of the data being about 1."""
    mixture = {"n_components": n_components, "random_state": seed, "max_iter": 5, "reg_covar": ridge}
    if kind in ("full", "tied"):
        return GaussianMixture(covariance_type=kind, **mixture)
    if kind == "bayesian":
        return BayesianGaussianMixture(covariance_type="tied" if seed % 2 else "full", **mixture)
    if kind == "quadratic":
        return QuadraticDiscriminantAnalysis(reg_param=min(max(ridge, 1e-3), 0.5))
    return EllipticEnvelope(random_state=seed, support_fraction=0.9) if kind == "envelope" else LedoitWolf()


def check_both(model: emlearn.Model, raw: np.ndarray) -> None:
    """Within the bounds, and the same numbers from the kernel and the reference."""
    record = record_of(model)
    assert isinstance(record, Whitened)
    check_ops = [op for op in record.ops if op in TO_THE_BIT or (op == "score_samples" and record.is_detector)]
    if "predict" in record.ops:
        check(model, raw)
    for op in check_ops:
        assert np.array_equal(gaussian.run(record, op, raw), gaussian.reference(record, op, raw)), op
    report = model.verify(raw)
    assert report.ok and valid(record), f"{record}\n{report}"


def wine(kind: str, numeric: str, **options: Any) -> tuple[emlearn.Model, np.ndarray]:
    """In counts of about 16 bits."""
    X, y = load_wine(return_X_y=True)
    unit = X.std(axis=0) / 3000
    raw = np.rint((X - X.mean(axis=0)) / unit).astype(np.int16)
    estimator = make_pipeline(StandardScaler(), estimator_of(kind, 3, 0, 1e-2))
    fit(estimator, raw * unit, y)
    return emlearn.convert(estimator, input="int16", input_scale=unit, numeric=numeric, **options), raw


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, dtype, kind = draw(st.integers(0, 2**31)), draw(st.sampled_from(INTEGERS)), draw(st.sampled_from(KINDS))
    n_features, n_groups = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    n_groups = max(n_groups, 2) if kind == "quadratic" else n_groups
    X, y, rows = blobs(seed, n_features, n_groups, 120, offset=draw(st.sampled_from([0, 0, 30, -3000])))
    raw, scale, offset = as_raw_input(rows, dtype)
    if dtype == "int32":
        raw, scale = raw >> 8, scale * 256
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    assume(np.all(fed.std(axis=0) > 0))
    estimator = make_pipeline(StandardScaler(), estimator_of(kind, n_groups, seed % 1000, 10.0 ** draw(st.integers(-6, -1))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(estimator, fed, y)
    arguments = {"input": dtype, "input_scale": scale, "input_offset": offset, "calibration": draw(st.sampled_from([None, raw]))}
    try:
        return emlearn.convert(estimator, numeric=draw(st.sampled_from(["int16", "int32", "auto"])), **arguments), raw
    except emlearn.InvalidInputError as error:
        assert "cannot resolve" in str(error) or "covariance_ is singular" in str(error), error
        assume(False)
        raise


@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    check_both(*drawn)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("numeric", ["int16", "int32", "auto"])
def test_wine_agrees_everywhere(kind: str, numeric: str) -> None:
    _, raw = wine(kind, "int32")
    for calibration in (None, raw):
        model, _ = wine(kind, numeric, calibration=calibration)
        assert numeric == "auto" or record_of(model).form == f"whitened<{numeric}_t>"
        report = model.verify(raw)
        assert report.ok and report.agreement == 1 and report.ties == 0
        check_both(model, raw)


@pytest.mark.parametrize("estimator", [QuadraticDiscriminantAnalysis(reg_param=1e-3), GaussianMixture(5, random_state=0, reg_covar=1e-3)])
def test_digits_and_ill_conditioned_features_take_32_bits(estimator: Any) -> None:
    X, y = load_digits(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X[:900], y[:900])
    for numeric in ("int32", "auto"):
        model = emlearn.convert(estimator, input="uint8", numeric=numeric, calibration=X)
        assert record_of(model).form == "whitened<int32_t>"
        assert np.array_equal(model.predict(X), estimator.predict(X))
        report = model.verify(X[:300])
        assert report.ok and report.ties == 0 and report.bound < 0.2
    with pytest.raises(emlearn.InvalidInputError, match=r"cannot resolve.*nearly depend on those of others; use numeric='int32'"):
        emlearn.convert(estimator, input="uint8", numeric="int16", calibration=X)


@pytest.mark.parametrize(("noise", "resolves"), [(30.0, True), (3e-3, False)])
@pytest.mark.parametrize("kind", ["full", "tied"])
def test_features_that_nearly_depend_on_others_are_right_or_refused(kind: str, noise: float, resolves: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3)) * 8000
    features = np.column_stack([X, X[:, 0] / 2 + X[:, 1] / 3 + noise * rng.normal(size=400)])  # in counts, but finer than these
    raw = np.rint(features).clip(-32768, 32767)
    estimator = fit(GaussianMixture(2, covariance_type=kind, random_state=0, reg_covar=1e-16, max_iter=20), features * 1e-4)
    if resolves:
        model = emlearn.convert(estimator, input="int16", input_scale=1e-4, numeric="int32", calibration=raw)
        check_both(model, raw.astype(np.int16))
        assert np.array_equal(model.predict(raw), estimator.predict(raw * 1e-4))
    else:
        with pytest.raises(emlearn.InvalidInputError, match=r"numeric='int32' cannot resolve this GaussianMixture.*use numeric='exact'"):
            emlearn.convert(estimator, input="int16", input_scale=1e-4, numeric="int32", calibration=raw)


def test_bounds_are_not_idle() -> None:
    for numeric in ("int16", "int32"):
        model, raw = wine("envelope", numeric)
        scaler, envelope = model.estimator.steps[0][1], model.estimator.steps[1][1]
        expected = envelope.mahalanobis(scaler.transform(model.input.features(raw)))
        error = np.abs(model.answer("mahalanobis", raw) - expected[:, np.newaxis])
        assert np.max(error / gaussian.bound(model.record, "mahalanobis", raw)) > 0.02


@pytest.mark.parametrize("kind", ["quadratic", "tied", "envelope"])
@pytest.mark.parametrize("numeric", ["int16", "int32"])
def test_rows_beyond_the_range_count_as_at_its_edge(kind: str, numeric: str) -> None:
    _, rows = wine(kind, numeric)
    model, _ = wine(kind, numeric, calibration=rows)
    ends = np.array([[-32768] * 13, [32767] * 13, [-32768, 32767] * 6 + [-32768]], np.int16)
    far = np.concatenate([np.random.default_rng(0).integers(-32768, 32768, (500, 13)).astype(np.int16), ends])
    check_both(model, far)
    record = record_of(model)
    inside = (record.offsets(far) + record.origin).astype(np.int16)
    assert np.any(inside != far)
    assert np.array_equal(model.predict(far), model.predict(inside))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("numeric", ["int16", "int32"])
def test_extreme_rows_overflow_nothing(dtype: str, numeric: str) -> None:
    check_both(*iris_and_extremes(QuadraticDiscriminantAnalysis(), dtype, numeric))


def test_class_with_prior_zero_is_never_chosen() -> None:
    X, y = load_wine(return_X_y=True)
    unit = np.abs(X).max(axis=0) / 30000
    raw = np.rint(X / unit).astype(np.int16)
    estimator = QuadraticDiscriminantAnalysis(priors=[0.5, 0.0, 0.5], reg_param=1e-2).fit(raw * unit, y)
    for numeric in ("int16", "int32"):
        model = emlearn.convert(estimator, input="int16", input_scale=unit, numeric=numeric)
        assert np.all(model.predict_proba(raw)[:, 1] == 0)
        assert not np.any(model.predict(np.random.default_rng(0).integers(-32768, 32768, (500, 13)).astype(np.int16)) == 1)


def test_damaged_tables_are_refused() -> None:
    for kind, numeric in (("full", "int16"), ("tied", "int16"), ("quadratic", "int32"), ("tied", "int32")):
        record = record_of(wine(kind, numeric)[0])
        assert isinstance(record, Whitened) and valid(record)
        for name in ("origin", "bits", "slope", "intercept", "constant"):
            assert not valid(dataclasses.replace(record, **{name: getattr(record, name)[:-1]}))
        assert not valid(dataclasses.replace(record, bits=record.bits + np.uint8(30)))
        assert not valid(dataclasses.replace(record, slope=np.full_like(record.slope, -32768)))
        assert not valid(dataclasses.replace(record, intercept=np.full_like(record.intercept, 2**31 - 1)))
        assert not valid(dataclasses.replace(record, constant=np.full_like(record.constant, np.iinfo(record.constant.dtype).max)))
        assert not valid(dataclasses.replace(record, unit=np.float32(0)))
        assert not valid(dataclasses.replace(record, shift=31)) and not valid(dataclasses.replace(record, shift=0))


def test_more_features_than_sums_have_room_for_are_refused() -> None:
    X = np.random.default_rng(0).integers(-100, 100, (600, 130))
    estimator = LedoitWolf().fit(X)
    with pytest.raises(emlearn.InvalidInputError, match=r"room for 127 features, and this LedoitWolf has 130: use numeric='int32'"):
        emlearn.convert(estimator, input="int16", numeric="int16")
    check_both(emlearn.convert(estimator, input="int16", numeric="int32"), X[:50].astype(np.int16))


@pytest.mark.parametrize("numeric", ["int16", "int32", "auto"])
def test_float_rows_take_a_grid_first_and_thresholds_work(numeric: str) -> None:
    X, _ = load_breast_cancer(return_X_y=True)
    rows = X[:, :6].astype(np.float32)
    estimator = fit(make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0, reg_covar=1e-2)), rows[:300])
    model = emlearn.convert(estimator, numeric=numeric, calibration=rows)
    assert model.verify(rows).ok and np.mean(model.predict(rows) == estimator.predict(rows)) > 0.99
    novelty = emlearn.calibrate_threshold(model, rows[300:], 0.05)
    assert np.array_equal(model.is_novel(rows, novelty), model.score_samples(rows) < novelty.threshold)
    assert "is_novel" in model.save(name="m", novelty=novelty)


@pytest.mark.parametrize("form", WHITENED)
@pytest.mark.parametrize("kind", ["tied", "quadratic", "envelope"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_headers_compile_and_keep_their_tables_in_flash(form: str, kind: str, compiler: list[str], tmp_path: Path) -> None:
    model, _ = wine(kind, "int16" if "16" in form else "int32")
    assert record_of(model).form == form
    compile_and_look_for_tables(model, "predict_proba" if kind == "tied" else "decision_function", compiler, tmp_path)


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize(("kind", "numeric"), [("tied", "int16"), ("quadratic", "int32"), ("envelope", "int32")])
def test_chips_give_the_same_sums(kind: str, numeric: str, target: str) -> None:
    model, raw = wine(kind, numeric)
    verify_on(target, model, raw[::9])


@pytest.mark.device
def test_wine_keeps_its_size_and_cycles() -> None:
    """What is reached plus 10 %; in floats 3,536 B and 65,843 cycles on M0+."""
    model, raw = wine("quadratic", "int16")
    keeps_size_and_cycles(model, raw[::20], {"cortex-m0plus": (1280, 6800), "avr-atmega328p": (1920, 33800)})
