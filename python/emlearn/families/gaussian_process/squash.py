"""The probability of the second class of a binary Gaussian process: scikit-learn's sum of error functions, and the device's.

scikit-learn squashes by s(x) = (sum of c_j + sum of c_j erf(l_j x)) / 2 with weights c_j of 2,000 and more that cancel (C. K. I. Williams
and D. Barber, 1998), which no float survives. The device has d(x) = (1 + erf(l x) + sum of b_k x exp(-m_k x^2)) / 2 with |s - d| <= FIT
for all x; the mean of both over a normal variable has a closed form, and is no further apart, whatever its mean and variance.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from scipy.special import erf

_LAMBDAS = np.array([0.41, 0.4, 0.37, 0.44, 0.39])
_COEFFICIENTS = np.array([-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654])

#: erf's l, then pairs (m, b): what the device reads.
SQUASH = np.array(
    [
        0.400000006,
        0.102399997,
        0.0348078869,
        0.122413121,
        -0.535151064,
        0.146337613,
        1.4357264,
        0.174937934,
        -1.63818109,
        0.209127918,
        0.801796913,
        0.25,
        -0.0506385043,
    ],
    dtype=np.float32,
)

#: The largest |s(x) - d(x)|; and of s the slope, and half of the second derivative.
FIT, DRIFT_BY_MEAN, DRIFT_BY_VARIANCE = 1.3e-6, 0.2505, 0.049

_U = 2.0**-24
_EXP = 2.0**-22
#: erf on the device (include/emlearn/gaussian_process.hpp), rounding of its argument included.
_ERF = 8e-7


def probability(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """scikit-learn's, for means and variances of shape (n,)."""
    wide = np.sqrt(1 + 2 * np.multiply.outer(variance, _LAMBDAS**2))
    return 0.5 * (_COEFFICIENTS * erf(_LAMBDAS * mean[:, np.newaxis] / wide)).sum(axis=1) + 0.5 * _COEFFICIENTS.sum()


def probability_error(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """How far the device's own is from that for the same mean and variance: the fit, erf, and the rounding of each term."""
    terms, exponents = _terms(mean, variance, np.float64)
    rounding = (np.abs(terms) * (_EXP + 16 * _U + 8 * _U * exponents)).sum(axis=1)
    return FIT + 0.5 * (_ERF + rounding) + 8 * _U * (1 + np.abs(terms).sum(axis=1)) + 1e-10


def device_probability(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The device's, float32."""
    m, v = mean.astype(np.float32), variance.astype(np.float32)
    one = np.float32(1)
    first = erf(SQUASH[0] * m / np.sqrt(one + 2 * SQUASH[0] * SQUASH[0] * v)).astype(np.float32)
    total = first + _terms(m, v, np.float32)[0].sum(axis=1, dtype=np.float32)
    return np.clip(np.float32(0.5) + np.float32(0.5) * total, 0, 1)


def _terms(mean: np.ndarray, variance: np.ndarray, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """The terms b m exp(-q), and q."""
    squares: np.ndarray = SQUASH[1::2].astype(dtype)
    weights: np.ndarray = SQUASH[2::2].astype(dtype)
    wide = 1 + 2 * np.multiply.outer(variance, squares)
    q = squares * mean[:, np.newaxis] ** 2 / wide
    return weights * mean[:, np.newaxis] / (wide * np.sqrt(wide)) * np.exp(-q), q
