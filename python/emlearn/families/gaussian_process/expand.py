"""scikit-learn's kernels as a sum of products of factors.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.gaussian_process import kernels

from ...errors import UnsupportedError
from .record import Factor, Term

#: Beyond, the kernel would take long for each training point.
_MOST_TERMS = 16

_MATERN = {0.5: ("matern1", 1.0), 1.5: ("matern3", 3.0), 2.5: ("matern5", 5.0), np.inf: ("rbf", 0.5)}

_KNOWN = (
    "RBF, Matern (nu 0.5, 1.5, 2.5), RationalQuadratic, ExpSineSquared, DotProduct, WhiteKernel, ConstantKernel, "
    "their sums, products and whole powers"
)


def expand(kernel: kernels.Kernel, n_features: int) -> tuple[Term, ...]:
    """The terms of a kernel, products of sums multiplied out.

    Raises
    ------
    UnsupportedError
        A kernel that is none of those known, or one of too many terms.
    """
    terms = _expand(kernel, n_features)
    if len(terms) > _MOST_TERMS:
        raise UnsupportedError(f"the kernel {kernel} has {len(terms)} terms once it is multiplied out, and {_MOST_TERMS} fit: simplify it")
    return tuple(terms)


def _expand(kernel: kernels.Kernel, n: int) -> list[Term]:
    if isinstance(kernel, kernels.Sum):
        return _expand(kernel.k1, n) + _expand(kernel.k2, n)
    if isinstance(kernel, kernels.Product):
        return _product(_expand(kernel.k1, n), _expand(kernel.k2, n))
    if isinstance(kernel, kernels.Exponentiation):
        power = float(kernel.exponent)
        if not (power.is_integer() and 1 <= power <= 4):
            raise UnsupportedError(f"Exponentiation(exponent={kernel.exponent}) has no kernel here: use a whole exponent from 1 to 4")
        base = _expand(kernel.kernel, n)
        terms = base
        for _ in range(int(power) - 1):
            terms = _product(terms, base)
        return terms
    if isinstance(kernel, kernels.WhiteKernel):
        return [Term(float(kernel.noise_level), is_noise=True)]
    if isinstance(kernel, kernels.ConstantKernel):
        return [Term(float(kernel.constant_value))]
    return [Term(1.0, (_factor(kernel, n),))]


def _product(first: list[Term], second: list[Term]) -> list[Term]:
    if len(first) * len(second) > 4 * _MOST_TERMS:
        raise UnsupportedError(f"a product of the kernel has {len(first) * len(second)} terms, and {_MOST_TERMS} fit: simplify it")
    return [Term(a.coefficient * b.coefficient, a.factors + b.factors, a.is_noise or b.is_noise) for a in first for b in second]


def _factor(kernel: kernels.Kernel, n: int) -> Factor:
    ones = np.ones(n)
    if isinstance(kernel, kernels.Matern) and float(kernel.nu) in _MATERN:
        kind, square = _MATERN[float(kernel.nu)]
        return Factor(kind, 0.0, ones * (np.sqrt(square) / np.asarray(kernel.length_scale, np.float64)))
    if type(kernel) is kernels.RBF:
        return Factor("rbf", 0.0, ones * (np.sqrt(0.5) / np.asarray(kernel.length_scale, np.float64)))
    if isinstance(kernel, kernels.RationalQuadratic):
        alpha = float(kernel.alpha)
        return Factor("rational", alpha, ones / (np.sqrt(2 * alpha) * float(kernel.length_scale)))
    if isinstance(kernel, kernels.ExpSineSquared):  # 2 sin^2(pi r) = 1 - cos(2 pi r)
        return Factor("periodic", float(kernel.length_scale) ** -2, ones / float(kernel.periodicity))
    if isinstance(kernel, kernels.DotProduct):
        return Factor("dot", float(kernel.sigma_0) ** 2, ones)
    raise UnsupportedError(f"the kernel {kernel} has none here; these have: {_KNOWN}")
