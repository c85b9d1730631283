"""Random Gaussian models, and the comparison with scikit-learn that all their tests use.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
from emlearn.families import gaussian
from emlearn.families.compose.passes import absorb_or_chain
from emlearn.families.gaussian.kernels import valid
from emlearn.families.gaussian.passes import rounded
from emlearn.families.gaussian.record import ARITHMETICS, COVARIANCES, Gaussian
from emlearn.families.gaussian.sklearn import READERS
from emlearn.front import Front
from emlearn.inputs import C_TYPES, Input
from emlearn.registry import read
from emlearn.report.verify import compare, expected_answers
from hypothesis import strategies as st
from parity.cases.gaussian import blobs, fit
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

KINDS = ("naive_bayes", *COVARIANCES)


def record_of(model: emlearn.Model) -> Gaussian:
    assert isinstance(model.record, Gaussian)
    return model.record


def unfinished(estimator: Any, source: Input | None = None) -> Gaussian:
    """The record before its tables are rounded."""
    record = READERS[type(estimator)](estimator)
    return gaussian.absorb(record, Front(source or Input.make(n_features=record.n_features)))


def in_arithmetic(model: emlearn.Model, arithmetic: str) -> emlearn.Model:
    """The same model with an arithmetic of our choice."""
    record = rounded(unfinished(model.estimator, model.input), arithmetic)
    return emlearn.Model(record, model.head, model.input, model.estimator)


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """Kernel and reference within the bounds of scikit-learn in float64; classes equal beyond the margin."""
    expected = expected_answers(model, model.input.features(raw, np.float64))
    for way in (gaussian.run, gaussian.reference):
        answers = {op: way(model.record, op, raw) for op in model.record.ops}
        report = compare(model, raw, answers, expected, way.__name__)
        assert report.ok, f"{model.record}\n{report}"
    assert valid(record_of(model))


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed = draw(st.integers(0, 2**31))
    n_features, n_groups = draw(st.integers(1, 7)), draw(st.integers(1, 13))
    kind, dtype = draw(st.sampled_from(KINDS)), draw(st.sampled_from(list(C_TYPES)))
    X, y, rows = blobs(seed, n_features, n_groups, 120, offset=draw(st.sampled_from([0, 0, 30, -3000])))
    raw, scale, offset = as_raw_input(rows, dtype)
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    if draw(st.booleans()):
        fed[:, -1] = fed[:, 0] + draw(st.sampled_from([0, 1e-3])) * fed[:, -1]  # singular, or nearly
    if kind == "naive_bayes":
        priors = np.random.default_rng(seed).dirichlet(np.ones(n_groups)) if draw(st.booleans()) else None
        estimator: Any = GaussianNB(priors=priors, var_smoothing=10.0 ** draw(st.integers(-12, -1)))
        y = y if draw(st.booleans()) else np.array([f"label {k}" for k in range(n_groups)])[y]
    else:
        estimator = GaussianMixture(
            n_groups, covariance_type=kind, random_state=seed % 1000, max_iter=5, reg_covar=10.0 ** draw(st.integers(-7, -2)) * fed.var()
        )
    scaler = draw(st.sampled_from([None, StandardScaler(), MinMaxScaler((-2, 3)), RobustScaler()]))
    if scaler is not None and np.all(fed.std(axis=0) > 0):
        estimator = make_pipeline(scaler, estimator)
    fit(estimator, fed, y)
    model = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset)
    if draw(st.booleans()):
        record = rounded(absorb_or_chain(read(estimator), Front(model.input)), draw(st.sampled_from(list(ARITHMETICS))))
        model = emlearn.Model(record, model.head, model.input, estimator)
    return model, raw


def as_raw_input(rows: np.ndarray, dtype: str) -> tuple[np.ndarray, Any, Any]:
    """(raw rows, input_scale, input_offset) that make about `rows` of a raw type."""
    if dtype.startswith("float"):
        return rows.astype(dtype), 1, 0
    limits = np.iinfo(dtype)
    low, high = rows.min(axis=0), rows.max(axis=0)
    scale = np.maximum(high - low, 1e-12) / (float(limits.max) - float(limits.min))
    offset = low - scale * limits.min
    return np.clip(np.rint((rows - offset) / scale), limits.min, limits.max).astype(dtype), scale, offset
