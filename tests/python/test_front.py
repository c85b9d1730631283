"""What stands before a learned stage: raw values to features exactly as scikit-learn's own chain makes them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from emlearn.families.trees import keys
from emlearn.front import Front, Step
from emlearn.inputs import Input
from emlearn.registry import read
from hypothesis import given
from hypothesis import strategies as st
from random_trees import SCALERS
from sklearn.pipeline import make_pipeline


def front_of(pipeline, dtype: str, **arguments) -> Front:
    steps = tuple(step for _, scaler in pipeline.steps for step in read(scaler).steps)
    return Front(Input.make(dtype, n_features=pipeline.n_features_in_, **arguments), steps)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from(SCALERS[:-1]), min_size=1, max_size=4),
    st.sampled_from(["float32", "float64", "int16"]),
)
def test_steps_equal_the_scalers_to_the_bit(seed: int, makers: list, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    raw = (rng.normal(size=(50, 4)) * [1, 1e-3, 300, 5] + [0, 0, 1e3, -2]).astype(dtype)
    arguments = {"scale": [-0.1, 3, 1e-3, 7], "offset": [0, 0.1, -5, 1e5]} if dtype == "int16" else {}
    X = raw.astype(np.float64) * arguments["scale"] + arguments["offset"] if arguments else raw
    pipeline = make_pipeline(*[make() for make in makers]).fit(X)
    front = front_of(pipeline, dtype, **arguments)
    want = pipeline.transform(X)
    got = front.apply(raw)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    columns = np.array([2, 0, 2])
    np.testing.assert_array_equal(front.apply(raw[:, columns], columns), want[:, columns])
    wide = dataclasses.replace(front, wide=True).apply(raw)
    np.testing.assert_array_equal(wide, pipeline.transform(X.astype(np.float64)))


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(SCALERS[:-1]), min_size=1, max_size=3), st.booleans())
def test_every_front_is_monotone(seed: int, makers: list, negative: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 1)) * 10
    pipeline = make_pipeline(*[make() for make in makers]).fit(X)
    front = front_of(pipeline, "int16", scale=-0.01 if negative else 0.01)
    features = front.apply(np.arange(-32768, 32768, dtype=np.int16).reshape(-1, 1))[:, 0]
    differences = np.diff(features.astype(np.float32))
    assert np.all(differences <= 0) if front.decreasing[0] else np.all(differences >= 0)
    assert bool(front.decreasing[0]) == negative


@given(st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64", "int32", "int16", "uint16", "int8", "uint8"]), st.booleans())
def test_thresholds_split_as_the_features_do(seed: int, dtype: str, scaled: bool) -> None:
    """Against brute force: no key on the wrong side, next to the boundary and far from it."""
    rng = np.random.default_rng(seed)
    scale = rng.choice([-3.0, -0.01, 0.5, 1.0, 100.0], 2) if scaled else [1, 1]
    front = Front(Input.make(dtype, scale, rng.normal(size=2) if scaled else 0, n_features=2))
    feature = rng.integers(0, 2, 20)
    threshold = np.concatenate([rng.normal(size=8) * 100, [0.0, -0.0, 0.5, -1e-45, 1e-40, 1e30, -1e30, 127, 127.5, 255, -32768, 65535.5]])
    key, swapped = keys.thresholds(front, feature, threshold)
    least, most = keys.limits(dtype)
    for step in (-2, -1, 0, 1, 2):
        probe = (key + step).clip(least, most)
        raw = keys.from_keys(probe, dtype)
        with np.errstate(over="ignore"):
            on_left = front.apply(raw, feature).astype(np.float32).astype(np.float64) <= threshold
        np.testing.assert_array_equal((probe <= key) ^ swapped, on_left)


def test_affine_form() -> None:
    steps = (Step("subtract", np.array([1.0, 2.0])), Step("divide", np.array([4.0, 0.5])), Step("add", np.array([0.0, 1.0])))
    front = Front(Input.make("int16", [2, -1], [0, 10], n_features=2), steps)
    assert front.is_affine
    scale, offset = front.affine()
    np.testing.assert_allclose(scale, [0.5, -2])
    np.testing.assert_allclose(offset, [-0.25, 17])
    raw = np.array([[3, 4], [-7, 100]], dtype=np.int16)
    np.testing.assert_allclose(front.apply(raw), raw * scale + offset)
    assert not Front(front.input, (*steps, Step("maximum", np.zeros(2)))).is_affine


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_missing_values_pass_every_step(dtype: str) -> None:
    X = np.array([[1.0], [2.0], [4.0]], dtype=dtype)
    for make in SCALERS[:-1]:
        front = front_of(make_pipeline(make()).fit(X), dtype)
        assert np.isnan(front.apply(np.array([[np.nan]], dtype=dtype))).all()
