"""Naive Bayes over bits: thresholds in raw values, headers, refusals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn.families import linear
from emlearn.families.linear.kernels import valid
from emlearn.inputs import C_TYPES
from hypothesis import given
from hypothesis import strategies as st
from linear_models import check
from mlp_networks import raw_rows
from sklearn.datasets import load_wine
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

seeds = st.integers(0, 2**32 - 1)


@given(st.sampled_from(list(C_TYPES)), st.sampled_from(["exact", "int8", "int16", "int32"]), seeds)
def test_binary_features(dtype: str, numeric: str, seed: int) -> None:
    """Thresholds in raw values, by search: also where a feature falls, or is the same for every raw value."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    X = rng.normal(size=(40, n))
    scale, offset = rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-5, 2, n), rng.normal(size=n) * 10.0 ** rng.integers(-2, 5)
    pipeline = make_pipeline(MinMaxScaler((-1, 2), clip=bool(seed % 2)), BernoulliNB(binarize=abs(rng.normal()))).fit(X, np.arange(40) % 3)
    converted = emlearn.convert(pipeline, input=dtype, input_scale=scale, input_offset=offset, numeric=numeric)
    assert isinstance(converted.record, linear.Linear) and valid(converted.record)
    rows = raw_rows(dtype, n, seed)
    near = converted.record.above[None, :]
    step = 1 if "int" in dtype else 0
    with np.errstate(over="ignore"):
        below = np.nextafter(near, -np.inf) if not step else np.where(near > np.iinfo(dtype).min, near - 1, near)
        over = np.nextafter(near, np.inf) if not step else np.where(near < np.iinfo(dtype).max, near + 1, near)
    rows = np.concatenate([rows, near, below, over]).astype(dtype)
    check(converted, rows[np.all(np.isfinite(rows), axis=1)])


def test_binary_headers() -> None:
    X, y = load_wine(return_X_y=True)
    for estimator, options in (
        (BernoulliNB(binarize=2.0), {}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {"input": "int16", "numeric": "int16"}),
        (make_pipeline(StandardScaler(), BernoulliNB()), {"numeric": "int8"}),
    ):
        converted = emlearn.convert(estimator.fit(np.rint(X), y), **options)
        report = converted.verify(np.rint(X), compile=True)
        assert report.ok, str(report)


def test_probabilities_of_zero_are_refused() -> None:
    X = np.array([[0, 1], [0, 1], [1, 0], [1, 0]])
    with np.errstate(divide="ignore"):
        estimator = BernoulliNB(alpha=0, force_alpha=True).fit(X, [0, 0, 1, 1])
    with pytest.raises(emlearn.InvalidInputError, match="fit with alpha > 0"):
        emlearn.convert(estimator)
