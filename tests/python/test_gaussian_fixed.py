"""Gaussian models in integers: kernels equal the reference to the bit, both within the stated bounds of scikit-learn.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from compiled import compile_bundle
from emlearn.families import gaussian
from emlearn.families.gaussian.fixed import LIMIT, FixedGaussian
from emlearn.families.gaussian.forms import FORMS, WHITENED
from emlearn.families.gaussian.kernels import valid
from emlearn.inputs import C_TYPES
from emlearn.report.verify import compare, expected_answers
from gaussian_models import as_raw_input
from hypothesis import assume, given
from hypothesis import strategies as st
from parity.cases.gaussian import blobs, fit
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

INTEGERS = [dtype for dtype in C_TYPES if "int" in dtype]
COMPILERS = [["g++", "-std=c++11"], ["g++", "-std=c++20"], ["clang++-16", "-std=c++17"], ["avr-g++", "-std=gnu++11"]]


def record_of(model: emlearn.Model) -> FixedGaussian:
    assert isinstance(model.record, FixedGaussian)
    return model.record


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    record = record_of(model)
    assert valid(record)
    expected = expected_answers(model, model.input.features(raw, np.float64))
    for way in (gaussian.run, gaussian.reference):
        report = compare(model, raw, {op: way(record, op, raw) for op in record.ops}, expected, way.__name__)
        assert report.ok, f"{record}\n{report}"
    assert np.array_equal(gaussian.run(record, "predict", raw), gaussian.reference(record, "predict", raw))


def wine(**options: Any) -> tuple[emlearn.Model, np.ndarray]:
    X, y = load_wine(return_X_y=True)
    unit = np.abs(X).max(axis=0) / 30000
    raw = np.rint(X / unit).astype(np.int16)
    return emlearn.convert(GaussianNB().fit(X, y), input="int16", input_scale=unit, **options), raw


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, dtype = draw(st.integers(0, 2**31)), draw(st.sampled_from(INTEGERS))
    n_features, n_groups = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    X, y, rows = blobs(seed, n_features, n_groups, 120, offset=draw(st.sampled_from([0, 0, 30, -3000])))
    raw, scale, offset = as_raw_input(rows, dtype)
    if dtype == "int32":
        raw, scale = raw >> 8, scale * 256
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    kind = draw(st.sampled_from(["naive_bayes", "diag", "spherical"]))
    if kind == "naive_bayes":
        estimator: Any = GaussianNB(var_smoothing=10.0 ** draw(st.integers(-9, -1)))
    else:
        estimator = GaussianMixture(n_groups, covariance_type=kind, random_state=seed % 1000, max_iter=5, reg_covar=1e-2 * fed.var())
    if draw(st.booleans()) and np.all(fed.std(axis=0) > 0):
        estimator = make_pipeline(StandardScaler(), estimator)
    fit(estimator, fed, y)
    numeric, calibration = draw(st.sampled_from(["int16", "int32", "auto"])), draw(st.sampled_from([None, raw]))
    arguments = {"input": dtype, "input_scale": scale, "input_offset": offset, "calibration": calibration}
    try:
        return emlearn.convert(estimator, numeric=numeric, **arguments), raw
    except emlearn.InvalidInputError as error:
        assert "cannot resolve" in str(error)
        assume(False)
        raise


@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    check(*drawn)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("numeric", ["int16", "int32"])
def test_fifty_fits_decide_as_scikit_learn(seed: int, numeric: str) -> None:
    X, y, rows = blobs(seed, 6, 4)
    raw, scale, offset = as_raw_input(rows, "int16")
    estimator = GaussianNB().fit(raw[: len(X)] * scale + offset, y)
    model = emlearn.convert(estimator, input="int16", input_scale=scale, input_offset=offset, numeric=numeric, calibration=raw)
    check(model, raw)


@pytest.mark.parametrize(("numeric", "form"), [("int16", "squares"), ("int32", "polynomial<int32_t>"), ("auto", "squares")])
@pytest.mark.parametrize("calibrated", [False, True])
def test_wine_agrees_everywhere(numeric: str, form: str, calibrated: bool) -> None:
    _, raw = wine()
    model, _ = wine(numeric=numeric, calibration=raw if calibrated else None)
    assert record_of(model).form == form
    report = model.verify(raw)
    assert report.ok and report.agreement == 1 and report.ties == 0
    check(model, raw)


@pytest.mark.parametrize("optimize", ["balanced", "speed"])
def test_digits_need_64_bits_and_get_them(optimize: str) -> None:
    X, y = load_digits(return_X_y=True)
    estimator = GaussianNB().fit(X[::2], y[::2])
    for calibration in (None, X[::2]):
        for numeric in ("int32", "auto"):
            model = emlearn.convert(estimator, input="uint8", numeric=numeric, calibration=calibration, optimize=optimize)
            assert record_of(model).form == ("polynomial<int64_t>" if optimize == "speed" else "steep_squares")
            assert np.array_equal(model.predict(X), estimator.predict(X))
            report = model.verify(X)
            assert report.ok and report.ties == 0 and report.bound < (4e-3 if optimize == "speed" else 5e-2)
        with pytest.raises(emlearn.InvalidInputError, match=r"numeric='int16' cannot resolve this GaussianNB.*use numeric='int32'"):
            emlearn.convert(estimator, input="uint8", numeric="int16", calibration=calibration)


def constant_within_classes(seed: int) -> tuple[emlearn.Model, np.ndarray]:
    """int16 rows of which two features never change within a class, so that variances differ by 1e9 and more."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 300)
    raw = np.rint(rng.normal(4000 * rng.normal(size=(4, 5))[y], 300)).clip(-32768, 32767).astype(np.int16)
    raw[:, 3], raw[:, 4] = 7 * y, 20000 - 3 * (y // 2)
    estimator = GaussianNB().fit(raw * 0.01, y)
    return emlearn.convert(estimator, input="int16", input_scale=0.01, numeric="int32", calibration=raw), raw


@pytest.mark.parametrize("seed", range(3))
def test_steep_squares_resolve_variances_of_any_size(seed: int) -> None:
    model, raw = constant_within_classes(seed)
    assert record_of(model).form == "steep_squares"
    check(model, raw)
    far = np.random.default_rng(seed).integers(-32768, 32768, (300, 5)).astype(np.int16)
    check(model, np.concatenate([far, np.full((1, 5), -32768, np.int16), np.full((1, 5), 32767, np.int16)]))
    assert np.array_equal(model.predict(raw), model.estimator.predict(model.input.features(raw)))


def test_bounds_are_not_idle() -> None:
    for numeric in ("int16", "int32"):
        model, raw = wine(numeric=numeric)
        error = np.abs(model.predict_proba(raw) - model.estimator.predict_proba(model.input.features(raw)))
        assert np.max(error / gaussian.bound(model.record, "predict_proba", raw)) > 0.02


def test_rows_beyond_the_range_count_as_at_its_edge() -> None:
    _, rows = wine()
    for numeric in ("int16", "int32"):
        model, _ = wine(numeric=numeric, calibration=rows)
        far = np.random.default_rng(0).integers(-32768, 32768, (500, 13)).astype(np.int16)
        check(model, far)
        record = record_of(model)
        inside = (record.offsets(far) + record.origin).astype(np.int16)
        assert np.any(inside != far)
        assert np.array_equal(model.predict(far), model.predict(inside))


def iris_and_extremes(estimator: Any, dtype: str, numeric: str) -> tuple[emlearn.Model, np.ndarray]:
    """The estimator fitted on raw values of a type, and rows of the type's ends."""
    X, y = load_iris(return_X_y=True)
    raw, scale, offset = as_raw_input(X, dtype)
    if dtype == "int32":
        raw, scale = raw >> 8, scale * 256
    model = emlearn.convert(estimator.fit(raw * scale + offset, y), input=dtype, input_scale=scale, input_offset=offset, numeric=numeric)
    limits = np.iinfo(dtype)
    return model, np.array([[limits.min] * 4, [limits.max] * 4, [limits.min, limits.max] * 2], dtype=dtype)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("numeric", ["int16", "int32"])
def test_extreme_rows_overflow_nothing(dtype: str, numeric: str) -> None:
    check(*iris_and_extremes(GaussianNB(), dtype, numeric))


def test_class_with_prior_zero_is_never_chosen() -> None:
    _, raw = wine()
    X, y = load_wine(return_X_y=True)
    unit = np.abs(X).max(axis=0) / 30000
    estimator = GaussianNB(priors=[0.5, 0.0, 0.5]).fit(X, y)
    far = np.random.default_rng(0).integers(-32768, 32768, (500, 13)).astype(np.int16)
    for numeric in ("int16", "int32"):
        model = emlearn.convert(estimator, input="int16", input_scale=unit, numeric=numeric)
        with np.errstate(divide="ignore"):
            assert model.verify(raw).ok
        assert np.all(model.predict_proba(raw)[:, 1] == 0)
        assert not np.any(model.predict(far) == 1)


def test_damaged_tables_are_refused() -> None:
    for numeric in ("int16", "int32"):
        record = record_of(wine(numeric=numeric)[0])
        assert valid(record)
        for name in ("origin", "bits", "slope", "intercept", "constant"):
            table = getattr(record, name)
            assert not valid(dataclasses.replace(record, **{name: table[:-1]}))
        assert not valid(dataclasses.replace(record, bits=record.bits + np.uint8(30)))
        assert not valid(dataclasses.replace(record, slope=-record.slope))
        assert not valid(dataclasses.replace(record, unit=np.float32(0)))
        most = np.iinfo(record.constant.dtype).max
        assert not valid(dataclasses.replace(record, constant=np.full_like(record.constant, most)))
    big = dataclasses.replace(record, slope=np.full_like(record.slope, 2**31 - 1), bits=np.full_like(record.bits, 30))
    assert not valid(big)


def test_what_has_no_integer_form_is_refused_by_name() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int16' takes rows of integers, not input='float32'.*input='int16'"):
        emlearn.convert(GaussianNB().fit(X, y), numeric="int16")
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int32' takes rows of integers, not input='float32'.*input='int16'"):
        emlearn.convert(GaussianMixture(2, random_state=0).fit(X), numeric="int32")
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int8'.*int16"):
        emlearn.convert(GaussianNB().fit(X, y), input="int8", input_scale=0.1, numeric="int8")
    with pytest.raises(emlearn.InvalidInputError, match="input='int16' holds no value near the model's feature 0: check input_scale"):
        emlearn.convert(GaussianNB().fit(X + 1e6, y), input="int16", numeric="int32")
    with pytest.raises(emlearn.InvalidInputError, match=r"feature 2 spans more than 31 bits of input='int32'.*drop low bits"):
        emlearn.convert(GaussianNB().fit((X - 3) * 1e9, y), input="int32", numeric="int32")
    far = GaussianNB(var_smoothing=1e-30).fit(np.array([[0.0, 0], [1, 0], [0, 1e4], [1, 1e4]]), [0, 0, 1, 1])
    with pytest.raises(emlearn.InvalidInputError, match=rf"\(allowed: {LIMIT}\).*use numeric='int32'"):
        emlearn.convert(far, input="int16", numeric="int16")


def compile_and_look_for_tables(model: emlearn.Model, op: str, compiler: list[str], folder: Path) -> None:
    """`op` and predict compile without warnings; on AVR no table is in RAM."""
    source = f"int f(const {model.input.c_type}* x, float* out) {{ model::{op}(x, out); return model::predict(x); }}"
    compile_bundle(model, source, compiler, folder)


@pytest.mark.parametrize("form", [form for form in FORMS if form not in WHITENED])
@pytest.mark.parametrize(
    "compiler", [["g++", "-std=c++11"], ["g++", "-std=c++20"], ["clang++-16", "-std=c++17"], ["avr-g++", "-std=gnu++11"]]
)
def test_headers_compile_and_keep_their_tables_in_flash(form: str, compiler: list[str], tmp_path: Path) -> None:
    X, y = load_digits(return_X_y=True)
    if form in ("squares", "polynomial<int32_t>"):
        model = wine(numeric="int16" if form == "squares" else "int32")[0]
    else:
        optimize = "speed" if "64" in form else "balanced"
        model = emlearn.convert(GaussianNB().fit(X, y), input="uint8", numeric="int32", optimize=optimize)
    assert record_of(model).form == form
    compile_and_look_for_tables(model, "predict_proba", compiler, tmp_path)


def verify_on(target: str, model: emlearn.Model, rows: np.ndarray) -> None:
    from emlearn import targets

    try:
        report = model.verify(rows, target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok and report.ties == 0


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("numeric", ["int16", "int32", "digits"])
def test_chips_give_the_same_sums(numeric: str, target: str) -> None:
    if numeric == "digits":
        X, y = load_digits(return_X_y=True)
        model, raw = emlearn.convert(GaussianNB().fit(X, y), input="uint8", numeric="int32"), X.astype(np.uint8)
    else:
        model, raw = wine(numeric=numeric)
    verify_on(target, model, raw[:: max(1, len(raw) // 20)])


def keeps_size_and_cycles(model: emlearn.Model, rows: np.ndarray, limits: dict[str, tuple[int, int]]) -> None:
    """`predict` takes at most (flash, mean of cycles) on each target."""
    from emlearn import targets

    for target, (flash, cycles) in limits.items():
        try:
            found = targets.measure(target, model, rows, ["predict"])["predict"]
        except targets.ToolMissingError as error:
            pytest.skip(str(error))
        assert found.flash <= flash and np.mean(found.cycles) <= cycles, (target, found.flash, np.mean(found.cycles))


@pytest.mark.device
def test_wine_keeps_its_size_and_cycles() -> None:
    """The numbers that issue 6 asks for: 900 B and 3.4 k cycles on M0+, 1.2 kB on AVR; what is reached plus 10 %."""
    model, raw = wine(numeric="int16")
    keeps_size_and_cycles(model, raw[::20], {"cortex-m0plus": (500, 1620), "avr-atmega328p": (1192, 12300)})
