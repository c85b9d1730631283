"""Linear models of every class.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from sklearn import cross_decomposition, decomposition, linear_model, naive_bayes, random_projection, svm
from sklearn.cluster import FeatureAgglomeration
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NeighborhoodComponentsAnalysis

from .data import power
from .recipe import Recipe, of

BOTH = (True, False)


def _named(*recipes: tuple[type, Recipe]) -> dict[str, Recipe]:
    return {cls.__name__: recipe for cls, recipe in recipes}


REGRESSORS = {
    linear_model.ARDRegression: {"max_iter": [20], "fit_intercept": BOTH},
    linear_model.BayesianRidge: {"fit_intercept": BOTH, "alpha_1": power(-6, 0)},
    linear_model.ElasticNet: {"alpha": power(-4, 0), "l1_ratio": [0.1, 0.5, 0.9], "fit_intercept": BOTH, "positive": BOTH},
    linear_model.ElasticNetCV: {"cv": [2, 3], "l1_ratio": [0.2, 0.8]},
    linear_model.HuberRegressor: {"epsilon": [1.1, 1.35, 3.0], "alpha": power(-6, 0)},
    linear_model.Lars: {"n_nonzero_coefs": [1, 2, 500], "fit_intercept": BOTH},
    linear_model.LarsCV: {"cv": [2, 3]},
    linear_model.Lasso: {"alpha": power(-4, 0), "fit_intercept": BOTH, "positive": BOTH},
    linear_model.LassoCV: {"cv": [2, 3], "fit_intercept": BOTH},
    linear_model.LassoLars: {"alpha": power(-4, 0)},
    linear_model.LassoLarsCV: {"cv": [2, 3]},
    linear_model.LassoLarsIC: {"criterion": ["aic", "bic"]},
    linear_model.LinearRegression: {"fit_intercept": BOTH, "positive": BOTH},
    linear_model.OrthogonalMatchingPursuit: {"n_nonzero_coefs": [1, 2, 3], "fit_intercept": BOTH},
    linear_model.OrthogonalMatchingPursuitCV: {"cv": [2, 3]},
    linear_model.QuantileRegressor: {"quantile": [0.2, 0.5, 0.9], "alpha": power(-4, 0)},
    linear_model.Ridge: {"alpha": power(-4, 3), "fit_intercept": BOTH, "solver": ["svd", "cholesky", "sag"]},
    linear_model.RidgeCV: {"cv": [None, 2]},
    linear_model.TheilSenRegressor: {"max_subpopulation": [100], "fit_intercept": BOTH},
    linear_model.PassiveAggressiveRegressor: {"C": power(-2, 1), "epsilon": [0.01, 0.1]},
    linear_model.RANSACRegressor: {"min_samples": [0.3, 0.6]},
    svm.LinearSVR: {"C": power(-2, 2), "epsilon": [0.0, 0.5], "fit_intercept": BOTH},
}
POSITIVE = {
    linear_model.PoissonRegressor: {"alpha": power(-4, 1), "fit_intercept": BOTH},
    linear_model.GammaRegressor: {"alpha": power(-4, 1)},
    linear_model.TweedieRegressor: {"power": [0, 1, 1.5, 2, 3], "alpha": power(-2, 1), "link": ["auto", "log"]},
}
SEVERAL = {
    linear_model.MultiTaskElasticNet: {"alpha": power(-4, 0), "l1_ratio": [0.2, 0.8]},
    linear_model.MultiTaskElasticNetCV: {"cv": [2]},
    linear_model.MultiTaskLasso: {"alpha": power(-4, 0), "fit_intercept": BOTH},
    linear_model.MultiTaskLassoCV: {"cv": [2]},
}
LOSSES = ["hinge", "log_loss", "modified_huber", "perceptron", "squared_hinge"]
CLASSIFIERS = {
    linear_model.LogisticRegression: {
        "C": power(-3, 3), "fit_intercept": BOTH, "class_weight": [None, "balanced"], "solver": ["lbfgs", "newton-cg", "saga"],
    },
    linear_model.LogisticRegressionCV: {"Cs": [2, 3], "cv": [2]},
    linear_model.RidgeClassifier: {"alpha": power(-3, 2), "fit_intercept": BOTH, "class_weight": [None, "balanced"]},
    linear_model.RidgeClassifierCV: {"cv": [None, 2]},
    svm.LinearSVC: {"C": power(-3, 2), "loss": ["hinge", "squared_hinge"], "fit_intercept": BOTH},
}  # fmt: skip
#: Their steps diverge on features of unlike units.
STEPWISE = {
    linear_model.SGDClassifier: {"loss": LOSSES, "penalty": ["l1", "l2", "elasticnet"], "alpha": power(-5, -1), "average": BOTH},
    linear_model.Perceptron: {"penalty": [None, "l1"], "fit_intercept": BOTH},
    linear_model.PassiveAggressiveClassifier: {"C": power(-2, 1), "average": BOTH},
}
PROJECTIONS = {
    decomposition.PCA: {"n_components": [None, 1, 2, 3, 0.9], "whiten": BOTH},
    decomposition.IncrementalPCA: {"n_components": [1, 2, 3], "whiten": BOTH},
    decomposition.TruncatedSVD: {"n_components": [1, 2], "algorithm": ["arpack", "randomized"]},
    decomposition.FastICA: {"n_components": [None, 2, 3], "whiten": ["unit-variance", "arbitrary-variance", False]},
    decomposition.FactorAnalysis: {"n_components": [1, 2, 3]},
    random_projection.GaussianRandomProjection: {"n_components": [1, 3, 7]},
    random_projection.SparseRandomProjection: {"n_components": [1, 3, 7], "density": ["auto", 0.5, 1.0]},
    FeatureAgglomeration: {"n_clusters": [1, 2, 3], "linkage": ["ward", "average"]},
}
COUNTS = {
    naive_bayes.MultinomialNB: {"alpha": power(-6, 1), "fit_prior": BOTH},
    naive_bayes.ComplementNB: {"alpha": power(-6, 1), "norm": BOTH},
}

RECIPES: dict[str, Recipe] = {
    **_named(*((cls, of(cls, "value", **space)) for cls, space in REGRESSORS.items())),
    **_named(*((cls, of(cls, "positive", scaled=1.0, **space)) for cls, space in POSITIVE.items())),
    **_named(*((cls, of(cls, "values", **space)) for cls, space in SEVERAL.items())),
    **_named(*((cls, of(cls, "classes", **space)) for cls, space in CLASSIFIERS.items())),
    **_named(*((cls, of(cls, "classes", scaled=0.8, **space)) for cls, space in STEPWISE.items())),
    **_named(*((cls, of(cls, **space)) for cls, space in PROJECTIONS.items())),
    **_named(*((cls, of(cls, "classes", "counts", scaled=0.0, **space)) for cls, space in COUNTS.items())),
    "SGDRegressor": of(
        linear_model.SGDRegressor, "value", scaled=1.0, loss=["squared_error", "huber", "epsilon_insensitive"], penalty=["l2", "l1"]
    ),
    "SGDOneClassSVM": of(linear_model.SGDOneClassSVM, scaled=0.8, nu=[0.05, 0.3, 0.5], fit_intercept=BOTH),
    "NeighborhoodComponentsAnalysis": of(NeighborhoodComponentsAnalysis, "classes", n_components=[1, 2, None], max_iter=[5]),
    "LinearDiscriminantAnalysis": of(LinearDiscriminantAnalysis, "classes", solver=["svd", "lsqr", "eigen"], n_components=[None, 1]),
    "PLSRegression": of(cross_decomposition.PLSRegression, "values", n_components=[1, 2, 3], scale=BOTH),
    "PLSCanonical": of(cross_decomposition.PLSCanonical, "values", n_components=[1, 2], scale=BOTH),
    "CCA": of(cross_decomposition.CCA, "values", n_components=[1, 2], scale=BOTH),
    "PLSSVD": of(cross_decomposition.PLSSVD, "values", n_components=[1, 2], scale=BOTH),
    "BernoulliNB": of(naive_bayes.BernoulliNB, "classes", alpha=power(-6, 1), binarize=[0.0, 0.5, 3.0], fit_prior=BOTH),
    "CategoricalNB": of(
        naive_bayes.CategoricalNB, "classes", "categories", scaled=0.0, alpha=power(-6, 1), min_categories=[None, 9], fit_prior=BOTH
    ),
}
