"""Gaussians of every class, and Gaussian processes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

from sklearn import covariance
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, ExpSineSquared, Kernel, Matern, RationalQuadratic, WhiteKernel
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity

from .data import Draw, Kind, power
from .recipe import Recipe, of

_SHAPES = ("full", "tied", "diag", "spherical")
_FEW: dict[str, Any] = {"most_features": 7}

GAUSSIANS: dict[str, Recipe] = {
    "GaussianNB": of(GaussianNB, "classes", var_smoothing=power(-12, -1)),
    "GaussianMixture": of(
        GaussianMixture, kind=_FEW, n_components=[1, 2, 5], covariance_type=_SHAPES, reg_covar=power(-6, -2), max_iter=[20]
    ),
    "BayesianGaussianMixture": of(
        BayesianGaussianMixture, kind=_FEW, scaled=0.7, n_components=[2, 4], covariance_type=_SHAPES, max_iter=[20],
        weight_concentration_prior_type=["dirichlet_process", "dirichlet_distribution"],
    ),
    "KernelDensity": of(KernelDensity, kind={"features": "near", **_FEW}, bandwidth=[0.5, 1.0, 3.0, "scott"]),
    "QuadraticDiscriminantAnalysis": of(QuadraticDiscriminantAnalysis, "classes", kind=_FEW, scaled=0.6, reg_param=power(-4, -0.1)),
    "EllipticEnvelope": of(
        covariance.EllipticEnvelope, kind={"rows": (80, 160), **_FEW}, contamination=[0.01, 0.1, 0.3], assume_centered=[True, False]
    ),
    "EmpiricalCovariance": of(covariance.EmpiricalCovariance, assume_centered=[True, False]),
    "ShrunkCovariance": of(covariance.ShrunkCovariance, shrinkage=power(-3, 0), assume_centered=[True, False]),
    "LedoitWolf": of(covariance.LedoitWolf, assume_centered=[True, False]),
    "OAS": of(covariance.OAS, assume_centered=[True, False]),
    "MinCovDet": of(covariance.MinCovDet, kind={"rows": (80, 160), **_FEW}, assume_centered=[True, False]),
    "GraphicalLasso": of(covariance.GraphicalLasso, kind=_FEW, scaled=1.0, alpha=power(-2, -0.3)),
    "GraphicalLassoCV": of(covariance.GraphicalLassoCV, kind=_FEW, scaled=1.0, cv=[2], alphas=[2]),
}  # fmt: skip


def _kernel(draw: Draw) -> Kernel:
    """A sum of products of kernels."""

    def factor() -> Kernel:
        size = draw.power(-0.3, 0.7)
        matern = Matern(size, nu=draw.one_of([0.5, 1.5, 2.5]))
        rational = RationalQuadratic(size, draw.power(-1, 1))
        return draw.one_of([RBF(size), matern, rational, ExpSineSquared(size, 3 * size), DotProduct(size)])

    kernel: Kernel = ConstantKernel(draw.power(-1, 1)) * factor()
    if draw.chance(0.3):
        kernel = kernel * factor()
    if draw.chance(0.4):
        kernel = kernel + factor()
    return kernel + WhiteKernel(draw.power(-2, 0)) if draw.chance(0.5) else kernel


def _regressor(draw: Draw) -> Any:
    return GaussianProcessRegressor(_kernel(draw), alpha=draw.power(-3, -1), optimizer=None, normalize_y=draw.chance(0.5))


def _classifier(draw: Draw) -> Any:
    multi = draw.one_of(["one_vs_rest", "one_vs_one"])
    return GaussianProcessClassifier(_kernel(draw), optimizer=None, multi_class=multi, max_iter_predict=50)


_SMALL: dict[str, Any] = {"features": "near", "rows": (24, 50), "most_features": 5}

PROCESSES: dict[str, Recipe] = {
    "GaussianProcessRegressor": Recipe(_regressor, Kind("value", **_SMALL), 0.4),
    "GaussianProcessClassifier": Recipe(_classifier, Kind("classes", **_SMALL), 0.4),
}
