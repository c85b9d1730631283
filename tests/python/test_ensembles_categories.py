"""Categorical splits of HistGradientBoosting: categories seen and never seen, missing, raw integers, scales of either sign.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.ensembles import kernels
from emlearn.families.ensembles.categories import extended
from emlearn.families.ensembles.record import Recoded
from emlearn.registry import family_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_trees import features
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

few = settings(max_examples=max(1, settings.default.max_examples // 3))


def check(estimator: Any, raw: np.ndarray, arguments: dict[str, Any]) -> emlearn.Model:
    model = emlearn.convert(estimator, **arguments)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found unknown categories")
        report = model.verify(raw)
    assert report.ok, report
    assert kernels.valid(model.record)
    family = family_of(model.record)
    if isinstance(model.record, Recoded):
        np.testing.assert_array_equal(kernels.recode(model.record, raw), extended(model.record, raw))
    for op in model.record.ops:
        got, want = family.run(model.record, op, raw).astype(np.float64), family.reference(model.record, op, raw)
        assert np.all(np.abs(got - want) <= family.bound(model.record, op, raw))
    return model


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(["float32", "float64", "int8", "uint8", "int16", "int32"]))
    n, width = draw(st.integers(30, 120)), draw(st.integers(1, 4))
    arguments: dict[str, Any] = {"input": dtype}
    known = [np.unique(rng.integers(0, 100, draw(st.sampled_from([2, 3, 9, 30])))) for _ in range(width)]
    raw = np.column_stack([rng.choice(values, n) for values in known])
    categorical = [k for k in range(width) if k == 0 or draw(st.booleans())]
    for k in set(range(width)) - set(categorical):
        raw[:, k] = rng.integers(0, 100, n)
    raw = raw.astype(dtype)
    if draw(st.booleans()):
        arguments |= {
            "input_scale": draw(st.sampled_from([0.1, -0.5, 1 / 3, 2.0])),
            "input_offset": draw(st.sampled_from([0.0, -7.25, 273.15])),
        }
    missing = draw(st.booleans())
    if missing and not dtype.startswith("f"):
        arguments["missing"] = int(draw(st.sampled_from([0, 1, 120, int(raw[0, 0])])))
    in_training = missing and draw(st.booleans())
    if missing:
        holes = rng.random(raw.shape) < 0.2
        raw[holes] = arguments.get("missing", np.nan if dtype.startswith("f") else None)
    X = features(raw, arguments)
    seen = np.ones(n, bool) if in_training or not missing else ~np.isnan(X).any(axis=1)
    seen = seen if np.count_nonzero(seen) > 4 else np.ones(n, bool)
    target = np.nan_to_num(X[:, 0]) * 7 % 3 + rng.normal(size=n) * 0.1
    cls = draw(st.sampled_from([HistGradientBoostingClassifier, HistGradientBoostingRegressor]))
    y = (
        target
        if cls is HistGradientBoostingRegressor
        else np.digitize(target, np.quantile(target[seen], draw(st.sampled_from([[0.5], [0.3, 0.6]]))))
    )
    if cls is HistGradientBoostingClassifier and len(np.unique(y[seen])) < 2:
        y[np.flatnonzero(seen)[:2]] = [0, 1]
    options = {"max_iter": draw(st.integers(1, 5)), "min_samples_leaf": draw(st.sampled_from([1, 3])), "learning_rate": 0.5}
    estimator = cls(categorical_features=categorical, random_state=0, **options).fit(X[seen], y[seen])
    others = rng.integers(0, 127, (60, width)).astype(dtype)
    if dtype.startswith("f"):
        others += rng.choice(np.array([0, 0.5, -200, 1e9], dtype=dtype), others.shape)
        others[rng.random(others.shape) < 0.2] = np.nan
    return estimator, np.concatenate([raw, others]), arguments


@few
@given(cases())
def test_random_categories(case: tuple[Any, np.ndarray, dict[str, Any]]) -> None:
    estimator, raw, arguments = case
    if "missing" not in arguments and not arguments["input"].startswith("f"):
        try:
            check(estimator, raw, arguments)
        except emlearn.InvalidInputError as refusal:
            assert "say with missing=" in str(refusal)
        return
    check(estimator, raw, arguments)


def fitted(categories: np.ndarray, **options: Any) -> Any:
    X = np.repeat(categories, 10)[:, None]
    y = np.repeat(np.arange(len(categories)) % 2, 10) + 0.0
    return HistGradientBoostingRegressor(categorical_features=[0], max_iter=3, min_samples_leaf=1, **options).fit(X, y)


def test_values_between_categories_are_unknown() -> None:
    raw = np.array(
        [[0.0], [-0.0], [0.1], [1.0], [np.nextafter(np.float32(1), np.float32(2))], [2.0], [3.0], [4.0], [np.nan], [-1.0], [1e30]]
    )
    check(fitted(np.arange(4.0)), raw.astype(np.float32), {})


def test_a_category_that_float32_cannot_hold_is_never_met() -> None:
    """0.1 is no float32: scikit-learn, fed float32 rows, takes them for unknown, and so does the device."""
    raw = np.array([[0.1], [0.5], [1.5], [2.5]], dtype=np.float32)
    check(fitted(np.array([0.1, 0.5, 1.5, 2.5])), raw, {})
    check(fitted(np.array([0.1, 0.5, 1.5, 2.5])), np.array([[0.1], [0.5], [1.5], [2.5]]), {"input": "float64"})


def test_as_many_categories_as_there_may_be() -> None:
    raw = np.arange(-5, 265).astype(np.int16)[:, None]
    model = check(fitted(np.arange(250.0)), raw, {"input": "int16"})
    assert "questions about 1 features" in model.describe()["categories"]


def test_text_is_refused_by_name() -> None:
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"speed": np.arange(40.0), "colour": pd.Categorical(["red", "green"] * 20)})
    estimator = HistGradientBoostingRegressor(categorical_features="from_dtype", max_iter=2).fit(X, np.arange(40.0))
    with pytest.raises(emlearn.UnsupportedError, match=r"the categories of feature colour are no numbers \('green', 'red'.*OrdinalEncoder"):
        emlearn.convert(estimator)


def test_an_imputer_before_categories_is_refused() -> None:
    X = np.repeat(np.arange(4.0), 10)[:, None]
    pipeline = make_pipeline(SimpleImputer(), HistGradientBoostingRegressor(categorical_features=[0], max_iter=2, min_samples_leaf=1))
    pipeline.fit(X, np.repeat([0.0, 1.0, 0.0, 1.0], 10))
    with pytest.raises(emlearn.UnsupportedError, match="leave it out, the trees take missing values themselves"):
        emlearn.convert(pipeline)
