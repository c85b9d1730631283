"""Functions of one number that estimators may call, and how far the device's may be from them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit

_U32 = 2.0**-24

#: Relative error of the device's logf and sqrtf, and of its expf(x) with DRIFT * |x| on top, as in the bounds of networks.
LIBM = 16 * _U32
DRIFT = 2 * _U32


@dataclasses.dataclass(frozen=True)
class Function:
    """One function.

    Attributes
    ----------
    of : numpy ufunc
    rises : bool
        Whether it never falls where it is defined, so that trees can fold it.
    least : float
        Where its domain begins.
    relative : float
        The device's relative error; exp's and expm1's grows with |x|, see :meth:`error`.
    """

    of: Callable[..., Any]
    rises: bool = False
    least: float = -np.inf
    relative: float = 2 * _U32

    def error(self, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
        """The largest |device - exact| for float32 x that is off by at most `slack`, float64; infinite where there is none."""
        with np.errstate(all="ignore"):
            x = x.astype(np.float64)
            low, high = np.maximum(x - slack, self.least), x + slack
            y, ends = self.of(x), (self.of(low), self.of(high))
            if self.rises:
                spread = np.maximum(np.abs(ends[0] - y), np.abs(ends[1] - y))
            else:  # square, absolute, reciprocal: their slope is largest at an end
                spread = np.maximum(np.maximum(np.abs(ends[0] - y), np.abs(ends[1] - y)), np.where((low < 0) & (high > 0), np.abs(y), 0))
                if self.of is np.reciprocal:
                    spread = np.where((low <= 0) & (high >= 0), np.inf, spread)
            size = np.maximum(np.abs(ends[0]), np.maximum(np.abs(ends[1]), np.abs(y)))
            if self.of is np.expm1:
                size = np.where(np.abs(x) < 0.3, size, size + 1)  # it is exp(x) that is rounded
            grows = DRIFT * np.abs(x) * size if self.of in (np.exp, np.expm1) else 0.0
            total = spread + self.relative * size + grows + 2.0**-126
            inside = (x >= self.least) & (size < float(np.finfo(np.float32).max)) & np.isfinite(size)
            if self.of in (np.log, np.log1p):  # close to where the logarithm is 0, it is the argument's rounding that counts
                total += 4 * _U32
                inside &= low > self.least
        return np.where(np.isnan(x), 0.0, np.where(inside & np.isfinite(total), total, np.inf))


def cosine_of_turns(x: np.ndarray) -> np.ndarray:
    """cos(2 pi x), the phase reduced exactly."""
    return np.cos(2 * np.pi * (x - np.rint(x)))


@dataclasses.dataclass(frozen=True)
class Wave(Function):
    """A cosine of turns: its slope is 2 pi at most, its error absolute."""

    def error(self, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
        """See :meth:`Function.error`; 2 where the phase is lost, infinite where x has overflowed."""
        known = np.abs(x) + slack < 2.0**21
        lost = np.where(np.isinf(x), np.inf, 2.0)
        return np.where(known, np.minimum(2 * np.pi * slack + 2.0**-21, 2.0), lost)


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), no exponential beyond 1."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, np.ones_like(e)) / (1 + e)


@dataclasses.dataclass(frozen=True)
class Logistic(Function):
    """A logistic function: it damps its exponential's drift by |x| p (1 - p), which is below p and 0.28."""

    def error(self, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
        """See :meth:`Function.error`."""
        drift = DRIFT * np.minimum(np.abs(x.astype(np.float64)) * self.of(x.astype(np.float64) + slack), 0.28)
        return super().error(x, slack) + drift


FUNCTIONS: dict[str, Function] = {
    "cosine_of_turns": Wave(cosine_of_turns),
    "identity": Function(np.positive, rises=True, relative=0.0),
    "absolute": Function(np.absolute, relative=0.0),
    "exp": Function(np.exp, rises=True, relative=LIBM),
    "expm1": Function(np.expm1, rises=True, relative=2 * LIBM),
    "log": Function(np.log, rises=True, least=0.0, relative=LIBM),
    "log1p": Function(np.log1p, rises=True, least=-1.0, relative=2 * LIBM),
    "logistic": Logistic(logistic, rises=True, relative=LIBM),
    "reciprocal": Function(np.reciprocal),
    "sqrt": Function(np.sqrt, rises=True, least=0.0, relative=4 * _U32),
    "square": Function(np.square),
}


_TURN = 1 / (2 * np.pi)

#: Functions made of others, by numpy's name: one after the other a function of ``FUNCTIONS``, or a step's operation and its number.
COMPOSED: dict[str, tuple[str | tuple[str, float], ...]] = {
    "cos": (("multiply", _TURN), "cosine_of_turns"),
    "exp2": (("multiply", float(np.log(2))), "exp"),
    "log10": ("log", ("multiply", float(1 / np.log(10)))),
    "log2": ("log", ("multiply", float(1 / np.log(2)))),
    "negative": (("multiply", -1.0),),
    "deg2rad": (("multiply", float(np.pi / 180)),),
    "rad2deg": (("multiply", float(180 / np.pi)),),
    "sin": (("multiply", _TURN), ("subtract", 0.25), "cosine_of_turns"),
}


def composed(function: Any) -> tuple[str | tuple[str, float], ...] | None:
    """What a numpy function is made of; None for one that is not made of others."""
    name = getattr(function, "__name__", "")
    name = {"degrees": "rad2deg", "radians": "deg2rad"}.get(name, name)
    return COMPOSED[name] if name in COMPOSED and getattr(np, function.__name__, None) is function else None


#: Those that a user may name, for messages.
KNOWN = ", ".join(
    [*(f"numpy.{function.of.__name__}" for function in FUNCTIONS.values() if isinstance(function.of, np.ufunc)), "scipy.special.expit"]
)


def name_of(function: Any) -> str | None:
    """The name of a numpy function that has a kernel; None for all others."""
    if function is None:
        return "identity"
    if function is expit:
        return "logistic"
    return next((name for name, known in FUNCTIONS.items() if known.of is function or known.of == function), None)
