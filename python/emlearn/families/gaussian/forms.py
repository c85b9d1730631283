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
}

#: Those of squares.
SQUARES = ("squares", "steep_squares")

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
