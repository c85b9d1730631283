"""B-splines of features: read, answered in numpy, and how far the device may be.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Task
from .record import Preprocess

_U32 = 2.0**-24

#: Of the kernel: include/emlearn/preprocess/splines.hpp.
_LARGEST_DEGREE = 8

#: By scikit-learn's name, the kernel's.
BEYOND = {"constant": "constant", "linear": "linear", "continue": "polynomial"}


def read_splines(estimator: SplineTransformer) -> Preprocess:
    """bsplines_: per feature its knots ``t``; degree, extrapolation, include_bias."""
    degree, beyond = int(estimator.degree), estimator.extrapolation
    if beyond not in BEYOND:
        remedy = "a device cannot raise errors" if beyond == "error" else "periods have no kernel"
        raise UnsupportedError(f"SplineTransformer(extrapolation={beyond!r}): {remedy}; fit with 'constant', 'linear' or 'continue'")
    if not 1 <= degree <= _LARGEST_DEGREE:
        raise UnsupportedError(f"SplineTransformer(degree={degree}) has no kernel: fit with a degree of 1 to {_LARGEST_DEGREE}")
    if degree == 1 and beyond == "linear" and len(estimator.bsplines_) > 1:  # its loop over features counts the degree up
        raise UnsupportedError(
            "SplineTransformer(degree=1, extrapolation='linear') of several features: scikit-learn takes wrong knots for the ends of all "
            "but the first; fit with extrapolation='continue', which is the same line"
        )
    if getattr(estimator, "handle_missing", "error") != "error":
        raise UnsupportedError("SplineTransformer(handle_missing='zeros') has no kernel: impute missing values before")
    exact = np.array([spline.t for spline in estimator.bsplines_], dtype=np.float64)
    check_finite("SplineTransformer", bsplines_=exact)
    knots = exact.astype(np.float32)
    if np.any(np.diff(knots, axis=1) <= 0):
        raise UnsupportedError(
            "SplineTransformer.bsplines_ has knots that are the same float32: scale the feature, or fit with fewer knots"
        )
    n, n_splines = len(exact), exact.shape[1] - degree - 1
    width = n_splines - (0 if estimator.include_bias else 1)
    slopes = np.zeros((n, 2, n_splines))
    if beyond == "linear":
        most = max(degree, 2)
        for feature, t in enumerate(exact):
            slope = BSpline(t, np.eye(n_splines), degree).derivative()
            slopes[feature, 0, :most], slopes[feature, 1, -most:] = slope(t[degree])[:most], slope(t[-degree - 1])[-most:]
    return Preprocess(
        "float32", n, Task("transformer", n * width), "splines", name=BEYOND[beyond], values=knots.ravel(), exact_knots=exact,
        codes=slopes[:, :, :width].astype(np.float32).ravel() if beyond == "linear" else np.zeros(0, np.float32),
        terms=np.array([[degree]], np.uint16),
    )  # fmt: skip


def splines(record: Preprocess, x: np.ndarray, knots: np.ndarray, size: bool = False) -> np.ndarray:
    """The columns in x's dtype, for knots of shape (n_features, n_knots); `size`: of sums of magnitudes, what roundings are relative to."""
    n, degree = record.n_features, int(record.terms[0, 0])
    width = record.task.n_outputs // n
    out = np.zeros((len(x), n, knots.shape[1] - degree - 1), x.dtype)
    slopes = record.codes.reshape(n, 2, -1).astype(x.dtype) if len(record.codes) else None
    rows = np.arange(len(x))
    for i in range(n):
        t = knots[i].astype(x.dtype)
        inside = np.clip(x[:, i], t[degree], t[-degree - 1])
        at = np.clip(np.searchsorted(t, inside, side="right") - 1, degree, len(t) - degree - 2)
        value = x[:, i] if record.name == "polynomial" else inside
        basis = [np.ones_like(value)]
        for j in range(1, degree + 1):
            saved = np.zeros_like(value)
            for r in range(j):
                left, right = t[at + 1 + r - j], t[at + r + 1]
                share = basis[r] / (right - left)
                before, behind = right - value, value - left
                basis[r] = saved + (np.abs(before) if size else before) * share
                saved = (np.abs(behind) if size else behind) * share
            basis.append(saved)
        for r in range(degree + 1):
            out[rows, i, at - degree + r] = basis[r]
        if slopes is not None:
            away = (x[:, i] - inside)[:, np.newaxis]
            line = np.where(away < 0, slopes[i, 0], slopes[i, 1]) * away
            out[:, i, :width] += np.abs(line) if size else line
    return out[:, :, :width].reshape(len(x), n * width)


def spline_bound(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """What the rounding of knots moves is told by asking both; sums are rounded relative to the sum of magnitudes; slopes are bounded.

    The derivative of a spline is at most degree / the narrower of the two spans that make it.
    """
    n, degree = record.n_features, int(record.terms[0, 0])
    width = record.task.n_outputs // n
    exact, held = record.exact_knots, record.values.reshape(n, -1).astype(np.float64)
    moved = np.abs(splines(record, x, held) - splines(record, x, exact))
    rounded = (6 * degree + 12) * _U32 * splines(record, x, held, size=True) + 2.0**-120
    spans = np.maximum(held[:, degree:-1] - held[:, : -degree - 1], 0), np.maximum(held[:, degree + 1 :] - held[:, 1:-degree], 0)
    steepest = degree / np.minimum(*spans)[:, :width]
    grows = np.repeat(slack, width, axis=1) * steepest.ravel() * (1 + 1e-5)
    if record.name == "polynomial":
        off = (x - slack < held[:, degree]) | (x + slack > held[:, -degree - 1])
        grows = np.where(np.repeat(off, width, axis=1), np.repeat(slack * _steepest_outside(record, x, slack, held), width, axis=1), grows)
    result: np.ndarray = moved + rounded + grows
    return result


def _steepest_outside(record: Preprocess, x: np.ndarray, slack: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Of polynomials that go on: degree times two splines of one degree less over the narrowest span, at the end with larger magnitudes."""
    n, degree = record.n_features, int(record.terms[0, 0])
    narrowest = (knots[:, degree:] - knots[:, :-degree]).min(axis=1)
    lower = dataclasses.replace(
        record,
        terms=np.array([[degree - 1]], np.uint16),
        task=Task("transformer", n * (knots.shape[1] - degree - 2)),
        codes=record.codes[:0],
    )
    ends = [splines(lower, at, knots[:, 1:-1], size=True).reshape(len(x), n, -1).sum(axis=2) for at in (x - slack, x, x + slack)]
    result: np.ndarray = 2 * degree * np.maximum.reduce(ends) / narrowest
    return result
