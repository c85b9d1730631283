"""Kernel densities: a spherical component for each row, and nothing but the density.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.sampled_from(["float32", "int16"]))
def test_random_densities(seed: int, scaled: bool, weighted: bool, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    n, rows = int(rng.integers(1, 5)), int(rng.integers(1, 60))
    raw = np.rint(rng.normal(size=(rows, n)) * 200)
    X = raw * 0.01
    density = KernelDensity(bandwidth=float(10 ** rng.uniform(-1, 1)), algorithm=str(rng.choice(["kd_tree", "ball_tree"])))
    weights = rng.uniform(0.1, 3, rows) if weighted else None
    if scaled:
        estimator = make_pipeline(StandardScaler(), density).fit(X, kerneldensity__sample_weight=weights)
    else:
        estimator = density.fit(X, sample_weight=weights)
    arguments = {"input": "int16", "input_scale": 0.01} if dtype == "int16" else {}
    asked = np.concatenate([raw, np.rint(rng.normal(size=(80, n)) * 400)])
    model = emlearn.convert(estimator, **arguments)
    report = model.verify(asked if arguments else asked * 0.01)
    assert report.ok, report


def test_far_away_the_tree_of_scikit_learn_has_no_digits() -> None:
    """It adds and subtracts bounds of the size of the peak: the device is right (against a sum in float64), and the bound says so."""
    X = np.random.default_rng(0).normal(size=(100, 2))
    model = emlearn.convert(KernelDensity(bandwidth=0.25).fit(X))
    rows = np.linspace(0, 6, 200)[:, np.newaxis] * np.ones(2)
    assert model.verify(rows).ok
    squares = ((rows[:, np.newaxis] - X) ** 2).sum(axis=2) / (2 * 0.25**2)
    exact = logsumexp(-squares, axis=1) - np.log(100 * 2 * np.pi * 0.25**2)
    np.testing.assert_allclose(model.score_samples(rows), exact, rtol=2e-6, atol=2e-6)


def test_a_density_says_what_is_novel() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    model = emlearn.convert(KernelDensity(bandwidth=0.5).fit(X))
    assert model.record.ops == ("score_samples",) and not hasattr(model, "predict")
    novelty = emlearn.calibrate_threshold(model, rng.normal(size=(400, 3)), 0.05)
    assert np.all(model.is_novel(X + 20, novelty)) and np.mean(model.is_novel(rng.normal(size=(400, 3)), novelty)) < 0.05
    text = model.save(name="m", novelty=novelty)
    assert "is_novel(const float* features)" in text and " predict(" not in text
    assert model.verify(X, compile=True).ok


@pytest.mark.parametrize(
    ("density", "message"),
    [
        (KernelDensity(kernel="tophat"), r"KernelDensity\(kernel='tophat', metric='euclidean'\) has no kernel: fit with 'gaussian'"),
        (KernelDensity(metric="manhattan"), r"metric='manhattan'\) has no kernel"),
        (KernelDensity(rtol=1e-3), "KernelDensity with atol or rtol above 0 .*fit with atol=0, rtol=0"),
    ],
)
def test_densities_that_cannot_be(density: KernelDensity, message: str) -> None:
    with pytest.raises(emlearn.UnsupportedError, match=message):
        emlearn.convert(density.fit([[0.0], [1.0]]))
    with pytest.raises(NotFittedError):
        emlearn.convert(KernelDensity())


def test_no_integers_yet() -> None:
    with pytest.raises(emlearn.UnsupportedError, match="KernelDensity has numeric='exact' only"):
        emlearn.convert(KernelDensity().fit([[0.0], [1.0]]), input="int16", numeric="int16", calibration=[[0.0], [1.0]])
