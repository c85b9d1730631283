"""Scalers: folded into what follows them, and alone as transformers, where their bound holds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of
from hypothesis import given
from hypothesis import strategies as st
from random_trees import SCALERS, features
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

REAL = SCALERS[:-1]


def check(estimator, raw: np.ndarray, **arguments) -> emlearn.Model:
    model = emlearn.convert(estimator, **arguments)
    family = family_of(model.record)
    np.testing.assert_array_equal(family.run(model.record, "transform", raw), family.reference(model.record, "transform", raw))
    report = model.verify(raw)
    assert report.ok, report
    want = estimator.transform(features(raw, {"input": raw.dtype.name, **arguments}).astype(np.float64))
    got = model.transform(raw)
    assert got.dtype == np.float32 and got.shape == want.shape
    error = np.abs(got - want)
    assert np.all(error[~np.isnan(want)] <= family.bound(model.record, "transform", raw)[~np.isnan(want)])
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    return model


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from(REAL), min_size=1, max_size=4),
    st.sampled_from(["float32", "float64", "int16", "uint8", "int32"]),
    st.sampled_from([1.0, 1e-3, 1e6]),
)
def test_random_chains_of_scalers(seed: int, makers: list, dtype: str, size: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    if dtype.startswith("f"):
        raw, arguments = (rng.normal(size=(40, n)) * size + rng.normal(size=n) * size * 10).astype(dtype), {}
        raw[rng.random(raw.shape) < 0.05] = np.nan
        raw[0] = 1
    else:
        info = np.iinfo(dtype)
        raw = rng.integers(info.min, info.max, (40, n), endpoint=True).astype(dtype)
        arguments = {"input_scale": rng.choice([-0.01, 0.5, 3.0], n), "input_offset": rng.normal(size=n)}
    X = features(raw, {"input": dtype, **arguments})
    check(make_pipeline(*[make() for make in makers]).fit(X), raw, input=dtype, **arguments)


@pytest.mark.parametrize("make", REAL)
def test_constant_features(make) -> None:
    raw = np.tile(np.float32([0, -7, 1e20]), (5, 1))
    check(make().fit(raw), raw)


def test_clipping_between_scalings_keeps_its_place() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2)).astype(np.float32)
    pipeline = make_pipeline(MinMaxScaler(feature_range=(-1, 1), clip=True), RobustScaler(), MaxAbsScaler(clip=True), StandardScaler()).fit(
        X
    )
    model = check(pipeline, (X * 3).astype(np.float32))
    assert model.record.n_segments == 3
    assert model.describe()["clips"] == "yes"


def test_values_beyond_float_have_no_bound_and_are_refused_in_tables() -> None:
    model = emlearn.convert(StandardScaler().fit(np.array([[0.0], [1e-3]])))
    assert family_of(model.record).bound(model.record, "transform", np.float32([[3e38]]))[0, 0] == np.inf
    with pytest.raises(emlearn.InvalidInputError, match=r"feature 0 is scaled or shifted by more than a float holds"):
        scaler = MaxAbsScaler().fit(np.array([[1.0], [0.0]]))
        scaler.scale_ = np.array([1e-40])
        emlearn.convert(scaler)


def test_what_folds_need_not_fit_a_float() -> None:
    """The same scaler before a tree: its thresholds are found through the steps themselves."""
    X = np.array([[1e-40], [3e-40], [0.0]], dtype=np.float32)
    model = emlearn.convert(make_pipeline(MaxAbsScaler(), DecisionTreeClassifier()).fit(X, [0, 1, 2]))
    assert model.verify(X).ok


def test_scalers_without_an_effect() -> None:
    X = load_wine().data
    check(StandardScaler(with_mean=False, with_std=False).fit(X), X.astype(np.float32))
    check(RobustScaler(with_centering=False, with_scaling=False).fit(X), X.astype(np.float32))


def test_missing_is_refused() -> None:
    with pytest.raises(emlearn.InvalidInputError, match="missing= goes with trees"):
        emlearn.convert(StandardScaler().fit([[1.0], [2.0]]), input="int8", missing=-1)


def test_a_feature_never_seen_in_training_is_refused_by_name() -> None:
    X = np.array([[1.0, np.nan], [2.0, np.nan]])
    with pytest.warns(RuntimeWarning):
        scaler = RobustScaler().fit(X)
    with pytest.raises(emlearn.InvalidInputError, match=r"RobustScaler\.(scale|center)_ has 1 values that are not finite"):
        emlearn.convert(scaler)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_compiled_header(dtype: str) -> None:
    rng = np.random.default_rng(1)
    raw = rng.integers(-300, 300, (80, 5)).astype(dtype)
    estimator = make_pipeline(MinMaxScaler(clip=True), RobustScaler()).fit(raw[:40] * 0.5)
    model = emlearn.convert(estimator, input=dtype, input_scale=0.5)
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-ffp-contract=off"]
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        answers = targets.run("host", model, raw, compiler=compiler, std=std, flags=flags)
        np.testing.assert_array_equal(answers["transform"], model.transform(raw))
