"""Gaussian models: kernels and reference against scikit-learn in float64, within the stated bounds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families import gaussian
from emlearn.families.gaussian.bounds import joints
from emlearn.families.gaussian.kernels import valid
from emlearn.families.gaussian.passes import TOLERANCE, rounded
from emlearn.families.gaussian.record import ARITHMETICS, COVARIANCES, pack, unpack
from emlearn.families.gaussian.sklearn import READERS
from emlearn.front import Front, Step
from emlearn.inputs import C_TYPES, Input
from emlearn.record import Chain
from emlearn.report.verify import expected_answers
from gaussian_models import KINDS, as_raw_input, check, in_arithmetic, models, record_of, unfinished
from hypothesis import given, settings
from hypothesis import strategies as st
from parity.cases.gaussian import CASES, blobs, fit
from sklearn.datasets import load_digits, load_iris
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

# -- random models


@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, raw = drawn
    check(model, raw)


@settings(max_examples=max(20, settings.default.max_examples // 2))
@given(st.sampled_from(sorted(CASES)), st.integers(0, 10_000))
def test_parity_cases(name: str, seed: int) -> None:
    estimator, X = CASES[name](seed)
    model = emlearn.convert(estimator)
    check(model, model.input.check(X))


@pytest.mark.parametrize("name", CASES)
def test_each_parity_case(name: str) -> None:
    estimator, X = CASES[name](0)
    report = emlearn.convert(estimator).verify(X)
    assert report.ok
    assert report.agreement == 1


# -- what a single float cannot resolve


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("var_smoothing", [1e-9, 1e-12])
def test_digits_classes_are_all_equal(dtype: str, var_smoothing: float) -> None:
    X, y = load_digits(return_X_y=True)
    for train in (slice(None), slice(None, None, 2)):
        estimator = GaussianNB(var_smoothing=var_smoothing).fit(X[train], y[train])
        model = emlearn.convert(estimator, input=dtype)
        assert record_of(model).arithmetic == "two_float"
        assert np.array_equal(model.predict(X), estimator.predict(X))
        report = model.verify(X, y)
        assert report.ok
        assert report.ties == 0
        assert report.bound < 1e-4


def test_plain_float_is_not_enough_for_sharp_classes() -> None:
    """The rows between classes whose variances vanish: why two_float exists."""
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(GaussianNB(var_smoothing=1e-12).fit(X[::2], y[::2]))
    rows = np.random.default_rng(0).integers(0, 17, (3000, 64)).astype(np.float64)
    assert model.verify(rows).agreement == 1
    assert model.verify(rows).ties == 0
    plain = in_arithmetic(model, "plain_float").verify(rows)
    assert plain.ties > 0
    assert plain.ok  # the margin covers them, so the bounds say the truth


def test_arithmetic_is_chosen_by_the_error_on_plausible_rows() -> None:
    iris = load_iris(return_X_y=True)
    assert record_of(emlearn.convert(GaussianNB().fit(*iris))).arithmetic == "plain_float"
    estimator, X = CASES["mixture_near_singular"](1)
    model = emlearn.convert(estimator)
    assert record_of(model).arithmetic == "two_float"
    raw = model.input.check(X)
    for arithmetic, small in (("plain_float", False), ("two_float", True)):
        _, device, table, _ = joints(in_arithmetic(model, arithmetic).record, raw, arithmetic)
        assert bool(np.max(device + table) <= TOLERANCE) == small


@pytest.mark.parametrize(
    "name",
    ["naive_bayes_wine", "naive_bayes_digits", "mixture_full", "mixture_tied", "mixture_diag", "mixture_spherical", "mixture_cancer"],
)
def test_bounds_are_not_idle(name: str) -> None:
    """Within a factor of a thousand of what happens."""
    estimator, X = CASES[name](0)
    model = emlearn.convert(estimator)
    raw = model.input.check(X)
    expected = expected_answers(model, model.input.features(raw, np.float64))
    for op in model.record.ops[1:]:
        error = np.abs(model.answer(op, raw) - expected[op])
        assert np.max(error / gaussian.bound(model.record, op, raw)) > 1e-3


# -- kernels


def test_every_form_has_a_kernel() -> None:
    from emlearn._kernels import gaussian as kernel

    assert sorted(kernel.kernels()) == sorted(itertools.product(COVARIANCES, ARITHMETICS, C_TYPES))


@pytest.mark.parametrize("dtype", C_TYPES)
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_kernel_agrees(covariance: str, arithmetic: str, dtype: str) -> None:
    X, _, rows = blobs(3, 4, 3)
    raw, scale, offset = as_raw_input(rows, dtype)
    estimator = fit(
        GaussianMixture(3, covariance_type=covariance, random_state=0, reg_covar=1e-3 * X.var()), raw * np.float64(scale) + offset
    )
    model = in_arithmetic(emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset), arithmetic)
    check(model, raw)
    assert np.array_equal(gaussian.run(model.record, "predict", raw), gaussian.reference(model.record, "predict", raw))


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_numbers_for_any_row(kind: str, arithmetic: str) -> None:
    X, y = load_iris(return_X_y=True)
    estimator = GaussianNB().fit(X, y) if kind == "naive_bayes" else GaussianMixture(3, covariance_type=kind, random_state=0).fit(X)
    record = rounded(unfinished(estimator), arithmetic)
    extreme = [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e19, 1e-45, -0.0, 1e35]
    raw = np.array([X[0], *(np.full(4, value) for value in extreme), *(np.array([1, value, 1, 1]) for value in extreme)], dtype=np.float32)
    for way in (gaussian.run, gaussian.reference):
        proba = way(record, "predict_proba", raw)
        assert np.all((proba >= 0) & (proba <= 1))
        assert np.allclose(proba.sum(axis=1), 1, atol=1e-6)
        assert np.all(way(record, "predict", raw) < 3)
        if kind != "naive_bayes":
            assert np.all(np.isfinite(way(record, "score_samples", raw)))
    with np.errstate(all="raise"):
        assert not np.any(np.isnan(gaussian.bound(record, "predict_proba", raw)))
        assert not np.any(np.isnan(gaussian.margin(record, raw)))


def test_damaged_tables_are_refused() -> None:
    for kind, arithmetic in itertools.product(COVARIANCES, ARITHMETICS):
        X, _, _ = blobs(1, 3, 2)
        record = rounded(unfinished(fit(GaussianMixture(2, covariance_type=kind, random_state=0), X)), arithmetic)
        assert valid(record)
        for name, value in itertools.product(("mean", "scale", "constant"), (np.nan, np.inf, -np.inf)):
            table = getattr(record, name).copy()
            table.ravel()[-1] = value
            assert not valid(dataclasses.replace(record, **{name: table}))
        assert not valid(dataclasses.replace(record, scale=-record.scale))
        assert not valid(dataclasses.replace(record, scale=record.scale[..., :0]))
        assert not valid(dataclasses.replace(record, constant=record.constant[:1]))


# -- folding


@pytest.mark.parametrize("kind", KINDS)
def test_affine_front_folds(kind: str) -> None:
    X, y, _ = blobs(5, 4, 3)
    mixture = GaussianMixture(3, covariance_type=kind, random_state=0, reg_covar=X.var())
    estimator = fit(GaussianNB() if kind == "naive_bayes" else mixture, X, y)
    source = Input.make("int16", [0.5, -0.25, 2, 1], [1, 2, 3, 4], n_features=4)
    steps = Step("subtract", np.array([1.0, -2, 3, 0])), Step("divide", np.array([2.0, 2, -4, 0.5])), Step("add", np.arange(4.0))
    front = Front(source, steps)
    record = READERS[type(estimator)](estimator)
    folded = gaussian.absorb(record, front)
    raw = np.random.default_rng(0).integers(-500, 500, (50, 4)).astype(np.int16)
    assert folded.input == "int16"
    want, got = joints(record, front.apply(raw), "plain_float")[0], joints(folded, raw, "plain_float")[0]
    np.testing.assert_allclose(got, want, rtol=1e-11)
    assert valid(rounded(folded, "plain_float"))


def test_spherical_stays_so_behind_a_uniform_scale() -> None:
    X, _, _ = blobs(5, 3, 2)
    record = READERS[GaussianMixture](fit(GaussianMixture(2, covariance_type="spherical", random_state=0), X))
    assert gaussian.absorb(record, Front(Input.make("uint16", -0.5, [1, 2, 3], n_features=3))).covariance == "spherical"
    assert gaussian.absorb(record, Front(Input.make("uint16", [1, 2, 3], n_features=3))).covariance == "diag"


def test_clipping_front_does_not_fold_but_chains() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = make_pipeline(MinMaxScaler(clip=True), GaussianNB()).fit(X, y)
    model = emlearn.convert(estimator)
    assert isinstance(model.record, Chain)
    rows = np.concatenate([X, X + 3, X - 3])
    assert model.verify(rows).ok
    assert np.array_equal(model.predict(rows), estimator.predict(rows.astype(np.float32)))


def test_pack_and_unpack() -> None:
    matrix = np.triu(np.random.default_rng(0).normal(size=(5, 5)))
    assert np.array_equal(unpack(pack(matrix), 5), matrix)
    assert pack(matrix)[:3].tolist() == [matrix[0, 0], matrix[0, 1], matrix[1, 1]]


# -- refusals and corners


def test_bad_weights_are_refused_by_name() -> None:
    X, y = load_iris(return_X_y=True)

    def broken(estimator: Any, name: str, value: float) -> Any:
        getattr(estimator, name).ravel()[0] = value
        return estimator

    for estimator, message in [
        (broken(GaussianNB().fit(X, y), "theta_", np.nan), r"GaussianNB.theta_ has 1 values that are not finite"),
        (broken(GaussianNB().fit(X, y), "var_", np.inf), r"GaussianNB.var_ has 1 values that are not finite"),
        (broken(GaussianNB().fit(X, y), "var_", 0), r"GaussianNB.var_ has 1 values that are not positive: fit with a larger var_smoothing"),
        (broken(GaussianNB().fit(X, y), "var_", 1e-80), r"GaussianNB.var_ is too small or too large for float32.*scale the features"),
        (broken(GaussianNB().fit(X, y), "theta_", 1e39), r"GaussianNB.theta_ is too large for float32.*fit again"),
        (broken(GaussianMixture(random_state=0).fit(X), "means_", np.inf), r"GaussianMixture.means_ has 1"),
        (broken(GaussianMixture(random_state=0).fit(X), "precisions_cholesky_", -1), r"cholesky_ has 1 values that are not positive"),
        (GaussianMixture(random_state=0).fit(X).set_params(covariance_type="diag"), r"cholesky_ has shape \(1, 4, 4\), not \(1, 4\)"),
    ]:
        with pytest.raises(emlearn.InvalidInputError, match=message):
            emlearn.convert(estimator)


def test_missing_is_refused() -> None:
    estimator = GaussianNB().fit(*load_iris(return_X_y=True))
    with pytest.raises(emlearn.InvalidInputError, match="missing=-1: a GaussianNB cannot take missing values"):
        emlearn.convert(estimator, input="int16", missing=-1)


def test_class_with_prior_zero_is_never_chosen() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = GaussianNB(priors=[0.5, 0.0, 0.5]).fit(X, y)
    model = emlearn.convert(estimator)
    with np.errstate(divide="ignore"):  # scikit-learn takes the logarithm at each call
        assert model.verify(X).ok
        assert np.array_equal(model.predict(X), estimator.predict(X))
    assert np.all(model.predict_proba(X)[:, 1] == 0)


def test_fitted_on_float32() -> None:
    """scikit-learn keeps the dtype, so that its own arithmetic is coarser."""
    X, y, rows = blobs(11, 4, 3, offset=20)
    mixtures = [GaussianMixture(3, covariance_type=kind, random_state=0, reg_covar=1e-3 * X.var()) for kind in COVARIANCES]
    for estimator in (GaussianNB(), *mixtures):
        fit(estimator, X.astype(np.float32), y)
        assert emlearn.convert(estimator).verify(rows.astype(np.float32)).ok


def test_subclass_is_read() -> None:
    class Mine(GaussianNB):
        pass

    X, y = load_iris(return_X_y=True)
    assert emlearn.convert(Mine().fit(X, y)).verify(X, y).ok


def test_importing_and_converting_changes_no_global_state() -> None:
    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("naive_bayes_digits", "mixture_near_singular"):
            estimator, X = CASES[name](0)
            copy = {key: np.copy(value) for key, value in vars(estimator).items() if isinstance(value, np.ndarray)}
            emlearn.convert(estimator).verify(X)
            assert all(np.array_equal(getattr(estimator, key), value) for key, value in copy.items())
    assert np.geterr() == before


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "models" / "gaussian.md"
    (snippet,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, str(page), "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("pairs of float32\nequal: 1.0000 of 1797 rows agree")
    assert "namespace digits" in (tmp_path / "digits.hpp").read_text()
