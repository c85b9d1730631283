"""How integers make up log-likelihoods: the forms of include/emlearn/gaussian/fixed.hpp, and their tables.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

#: The device's forms (include/emlearn/gaussian/fixed.hpp): dtypes of slope, intercept and constant, and the bits kept of a feature.
FORMS: dict[str, tuple[type[np.signedinteger], type[np.signedinteger], type[np.signedinteger], int]] = {
    "squares": (np.int16, np.int32, np.int32, 15),
    "polynomial<int32_t>": (np.int32, np.int32, np.int64, 20),
    "steep_squares": (np.int32, np.int32, np.int64, 30),
    "polynomial<int64_t>": (np.int64, np.int64, np.int64, 20),
    "whitened<int16_t>": (np.int16, np.int32, np.int32, 15),
    "whitened<int32_t>": (np.int16, np.int32, np.int64, 15),
}

#: Those of triangles (include/emlearn/gaussian/whitened.hpp), and the most features that each takes.
WHITENED = {"whitened<int16_t>": 127, "whitened<int32_t>": 255}

#: Those of squares.
SQUARES = ("squares", "steep_squares", *WHITENED)

#: What z is at most in steep squares, in its steps, and how many of these are one.
FAR, _STEPS = 1 << 30, 2.0**14

#: Constants below this one stand for log(0).
_NEVER = -1e36

#: Slopes, intercepts, constants and the unit, before rounding to types.
Tables = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def squares(constant: np.ndarray, scale: np.ndarray, middle: np.ndarray) -> Tables | None:
    """As many steps per unit of z as 16 bits of slope hold, and 32 of constants and sums."""
    n_features, size = len(scale), float(np.abs(constant[constant > _NEVER]).max(initial=1.0))
    if n_features << 22 > 1 << 29:
        return None
    steps = min(32767 / scale.max() / 2**16, np.sqrt(2.0**8 * 2.0**28 / size), 2.0**14)
    unit = np.float32(2.0**8 / steps**2)
    steps = np.sqrt(2.0**8 / float(unit))
    slope = np.minimum(np.rint(scale * steps * 2**16), 32767)
    # To the nearest step of z, not down; and the floors of the squares lose half a step each in the mean.
    intercept = np.rint(middle * scale * steps * 2**16) - 2**15
    own = np.where(constant > _NEVER, constant / float(unit) - n_features / 2, -(2.0**30 - 1))
    return slope, intercept, np.rint(own), float(unit)


def steep_squares(constant: np.ndarray, scale: np.ndarray, middle: np.ndarray) -> Tables | None:
    """Scales as 25 bits and a shift each."""
    n_features, size = len(scale), float(np.abs(constant[constant > _NEVER]).max(initial=1.0))
    if n_features << 52 > 1 << 61 or not np.all(scale > 0):
        return None
    unit = np.float32(2.0**8 / min(_STEPS, np.sqrt(2.0**8 * 2.0**59 / size)) ** 2)
    per_step = scale * np.sqrt(2.0**8 / float(unit))
    shift = np.clip(24 - np.floor(np.log2(per_step)), 0, 63)
    slope = np.minimum(np.rint(np.ldexp(per_step, shift.astype(int))), 2**25 - 1)
    # To the nearest step of z, not down; and the floors of the squares lose half a step each in the mean.
    intercept = np.clip(np.rint(middle - 0.5 / per_step), -(2.0**30 - 1), 2.0**30 - 1)
    own = np.where(constant > _NEVER, constant / float(unit) - n_features / 2, -(2.0**61 - 2**10))
    return slope * 64 + shift, intercept, np.rint(own), float(unit)


def whitened(constant: np.ndarray, matrices: np.ndarray, middle: np.ndarray) -> tuple[Tables, int] | None:
    """Triangles (M, F, F) per step of u and means (K, F) in these; as many steps per unit of z as 16 bits hold of each. And the shift."""
    n, largest, size = len(matrices[0]), _reach(matrices, middle).max(), float(np.abs(constant[constant > _NEVER]).max(initial=1.0))
    room = 2.0**31 - 2**17 - n * (2.0**15 + np.abs(middle).max()) / 2  # each rounding of a slope adds half an offset
    if room <= 0:
        return None
    steepest = 32767 / 2**16 / np.abs(matrices).max()
    unit = np.float32(2.0**8 / min(room / 2**16 / largest, steepest, np.sqrt(2.0**8 * 2.0**28 / size), _STEPS) ** 2)
    steps = np.sqrt(2.0**8 / float(unit)) * 2**16
    slope = np.clip(np.rint(matrices * steps), -32767, 32767)
    # To the nearest step of z, not down; and the floors of the squares lose half a step each in the mean.
    intercept = np.rint(_products(slope, middle) - 2**15)
    own = np.where(constant > _NEVER, constant / float(unit) - n / 2, -(2.0**30 - 1))
    return (slope, intercept, np.rint(own), float(unit)), 16


def finely_whitened(constant: np.ndarray, matrices: np.ndarray, middle: np.ndarray) -> tuple[Tables, int] | None:
    """The same with slopes of 32 bits, in 2^-16 of a sum's steps, of which there are as many as 30 bits hold, and 26 of z."""
    n, largest, size = len(matrices[0]), _reach(matrices, middle).max(), float(np.abs(constant[constant > _NEVER]).max(initial=1.0))
    room = 2.0**30 - 2**24 - n * (2.0**16 + np.abs(middle).max())  # an upper half may be one more
    if room <= 0:
        return None
    unit = np.float32(1 / min(room / 16 / largest, np.sqrt(2.0**59 / size), _STEPS) ** 2)
    per_unit = 1 / np.sqrt(float(unit))
    shift = int(np.clip(np.floor(np.log2(room / (per_unit * largest))), 4, 30))
    slope = np.rint(matrices * per_unit * 2.0 ** (shift + 16))
    # The floors of lower products, of their sum and of the shift lose half a step each in the mean.
    lost = np.arange(1, n + 1) / 2**9 + 0.5 + (2**shift - 1) / 2
    intercept = np.rint(_products(slope, middle) / 2**16 - lost)
    own = np.where(constant > _NEVER, constant / float(unit), -(2.0**61 - 2**10))
    return (slope, intercept, np.rint(own), float(unit)), shift


def _reach(matrices: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """The largest |z| of each column, with the intercept as a summand of its own, shape (K, F)."""
    return np.einsum("kij,ki->kj", np.broadcast_to(np.abs(matrices), (len(middle), *matrices.shape[1:])), 2.0**15 + np.abs(middle))


def _products(slope: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return np.einsum("kij,ki->kj", np.broadcast_to(slope, (len(middle), *slope.shape[1:])), middle)


def polynomial(constant: np.ndarray, scale: np.ndarray, middle: np.ndarray, reach: np.ndarray, largest: float) -> Tables | None:
    """As small a unit, a power of two, as coefficients up to `largest` and sums of 64 bits hold."""
    a, b = scale**2, -2 * scale**2 * middle
    c = np.where(constant > _NEVER, constant, 0) - (a * middle**2).sum(axis=0)
    terms = ((a * reach + np.abs(b)) * reach).sum(axis=0).max()
    room = min(2.0**60 / max(terms, np.abs(c).max(), 1e-30), 0.99 * largest / max(a.max(), np.abs(b).max()))
    exponent = min(np.floor(np.log2(room)), 52)  # log(0) must stay far away
    if exponent < -40:
        return None
    steps = 2.0**exponent
    rest = np.where(constant > _NEVER, np.rint(c * steps), -(2.0**62 - 2**10))
    return np.rint(a * steps), np.rint(b * steps), rest, 1 / steps
