"""Pipelines that fold: projections into models, scalers and selectors into transformers, transformers that are also models.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.record import Chain
from fits import fit
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import FeatureAgglomeration, KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA, FastICA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, NuSVC
from sklearn.tree import DecisionTreeClassifier


def stages(model: emlearn.Model) -> list[str]:
    parts = model.record.stages if isinstance(model.record, Chain) else [model.record]
    return [type(part).__name__ for part in parts]


def network(kind: Any = MLPClassifier) -> Any:
    return kind(hidden_layer_sizes=(3,), max_iter=60, random_state=0)


def vectors() -> list[Any]:
    return [SVC(kernel="linear", max_iter=100), SVR(kernel="linear", max_iter=100)]


#: Pipelines on wine, and what is left of each.
PIPELINES: dict[str, tuple[Any, list[str]]] = {
    "projection, linear": (lambda: [StandardScaler(), PCA(2), LogisticRegression()], ["Linear"]),
    "projection, scaler, linear": (lambda: [PCA(4), StandardScaler(), RidgeClassifier()], ["Linear"]),
    "projections": (lambda: [StandardScaler(), PCA(6), FastICA(3, random_state=0, max_iter=50)], ["Linear"]),
    "projection, network": (lambda: [StandardScaler(), PCA(8, whiten=True), network()], ["Mlp"]),
    "small projection, network": (lambda: [StandardScaler(), PCA(2), MLPClassifier((20,), max_iter=20)], ["Linear", "Mlp"]),
    "projection, selector, tree": (lambda: [PCA(8), SelectKBest(k=3), DecisionTreeClassifier()], ["Linear", "Forest"]),
    "groups, linear": (lambda: [StandardScaler(), FeatureAgglomeration(3), LogisticRegression()], ["Linear"]),
    "discriminant, linear": (lambda: [StandardScaler(), LinearDiscriminantAnalysis(), LogisticRegression()], ["Linear"]),
    "projection, linear vectors": (lambda: [StandardScaler(), PCA(6), SVC(kernel="linear")], ["Machine"]),
    "projection, scaler, linear vectors": (lambda: [PCA(5), StandardScaler(), NuSVC(nu=0.2, kernel="linear")], ["Machine"]),
    "discriminant, linear vectors": (lambda: [StandardScaler(), LinearDiscriminantAnalysis(), SVR(kernel="linear")], ["Machine"]),
    "small projection, linear vectors": (lambda: [PCA(1), SVC(kernel="linear", max_iter=50)], ["Linear", "Machine"]),
    "discriminant, vectors": (lambda: [LinearDiscriminantAnalysis(), SVC()], ["Linear", "Machine"]),
    "projection, binary features": (lambda: [StandardScaler(), PCA(3), BernoulliNB(binarize=0.2)], ["Linear", "Linear"]),
    "clusters, linear": (lambda: [StandardScaler(), KMeans(4, n_init=1, random_state=0), LogisticRegression()], ["Centroids", "Linear"]),
    "clusters, tree": (lambda: [KMeans(3, n_init=1, random_state=0), DecisionTreeClassifier(max_depth=3)], ["Centroids", "Forest"]),
    "nested": (lambda: [make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()), LogisticRegression()], ["Linear"]),
    "clipped": (lambda: [MinMaxScaler(clip=True), PCA(3), LogisticRegression()], ["Scaler", "Linear"]),
    "not behind a norm": (lambda: [Normalizer(), SelectKBest(k=3), LogisticRegression()], ["Preprocess", "Linear"]),
    "products, selector": (
        lambda: [PolynomialFeatures(2), SelectKBest(k=6), StandardScaler(), LogisticRegression()],
        ["Preprocess", "Linear"],
    ),
    "bins, selector": (lambda: [KBinsDiscretizer(4), SelectKBest(k=5), LogisticRegression()], ["Scaler", "Preprocess", "Linear"]),
    "ordinal bins, selector": (
        lambda: [KBinsDiscretizer(4, encode="ordinal"), SelectKBest(k=4), DecisionTreeClassifier()],
        ["Scaler", "Preprocess", "Forest"],
    ),
    "function, selector": (
        lambda: [FunctionTransformer(np.log1p), SelectKBest(k=4), StandardScaler(), LogisticRegression()],
        ["Scaler", "Preprocess", "Linear"],
    ),
    "binary, selector": (lambda: [Binarizer(threshold=2.0), SelectKBest(k=4), LogisticRegression()], ["Scaler", "Preprocess", "Linear"]),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_fold(name: str) -> None:
    X, y = load_wine(return_X_y=True)
    make, left = PIPELINES[name]
    estimator = fit(make_pipeline(*make()), X, y)
    model = emlearn.convert(estimator)
    assert stages(model) == left
    report = model.verify(X)
    assert report.ok, report
    integers = emlearn.convert(estimator, input="int32", input_scale=1 / 128)
    assert stages(integers)[-1] == left[-1]
    report = integers.verify(np.rint(X * 128))
    assert report.ok, report


def test_what_folded_is_told_with_the_bytes() -> None:
    X, y = load_wine(return_X_y=True)
    model = emlearn.convert(make_pipeline(StandardScaler(), PCA(2), LogisticRegression(max_iter=300)).fit(X, y))
    told = model.describe()["folded"]
    assert told == "scaler > PCA > LogisticRegression in 1 stage, its tables 188 bytes smaller"
    assert told in model.save(name="wine")
    plain = emlearn.convert(make_pipeline(Normalizer(), LogisticRegression(max_iter=300)).fit(X, y))
    assert "folded" not in plain.describe()


def test_groups_that_are_not_summed_are_refused() -> None:
    with pytest.raises(emlearn.UnsupportedError, match=r"pooling_func=.*max.* is no linear map: fit with numpy.mean or numpy.sum"):
        emlearn.convert(FeatureAgglomeration(pooling_func=np.max).fit(load_wine().data))
    with pytest.raises(NotFittedError, match="FeatureAgglomeration instance is not fitted"):
        emlearn.convert(FeatureAgglomeration())


def test_what_is_not_selected_is_neither_computed_nor_asked_for() -> None:
    X, y = load_wine(return_X_y=True)
    X = np.rint(X)
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    for first in (encode, PolynomialFeatures(2), KBinsDiscretizer(3, encode="onehot-dense"), FunctionTransformer(np.sqrt)):
        estimator = fit(make_pipeline(first, SelectKBest(k=2), LogisticRegression(max_iter=300)), X, y)
        model = emlearn.convert(estimator)
        assert len(model.record.needed) <= 4
        assert "Whether answers depend on a feature: the others are never read" in model.save(name="wine")
        assert model.verify(X).ok


def test_models_beside_transformers_give_their_transform() -> None:
    X, y = load_wine(return_X_y=True)
    union = FeatureUnion([("a", LinearDiscriminantAnalysis()), ("b", KMeans(3, n_init=1, random_state=0))])
    assert emlearn.convert(fit(Pipeline([("u", union), ("m", DecisionTreeClassifier())]), X, y)).verify(X).ok
    with pytest.raises(emlearn.UnsupportedError, match="step 'm' of the Pipeline is no transformer"):
        emlearn.convert(fit(Pipeline([("m", Wrapped()), ("t", DecisionTreeClassifier())]), X, y))


class Wrapped(DecisionTreeClassifier):
    """A classifier that scikit-learn takes for a transformer, with a transform that nobody here knows."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        return X


@st.composite
def projected(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    n, k = draw(st.integers(3, 9)), draw(st.integers(1, 3))
    X = rng.normal(size=(60, n)) * 10.0 ** rng.uniform(-3, 3, n) + rng.normal(size=n) * 10.0 ** rng.uniform(-3, 3, n)
    y = rng.integers(0, draw(st.integers(2, 4)), 60)
    first = draw(st.sampled_from([PCA(k), PCA(k, whiten=True), TruncatedSVD(k), LinearDiscriminantAnalysis()]))
    last = draw(
        st.sampled_from([LogisticRegression(max_iter=50), LinearRegression(), network(), network(MLPRegressor), PCA(1), *vectors()])
    )
    between = draw(st.sampled_from([[], [StandardScaler()], [StandardScaler(), MinMaxScaler()]]))
    estimator = fit(make_pipeline(*draw(st.sampled_from([[], [StandardScaler()]])), first, *between, last), X, y)
    dtype = draw(st.sampled_from(["float32", "float64", "int16"]))
    if dtype != "int16":
        return emlearn.convert(estimator, input=dtype), X
    scale = np.abs(X).max(axis=0) / 30000
    return emlearn.convert(estimator, input=dtype, input_scale=scale), np.rint(X / scale)


@settings(max_examples=max(1, settings.default.max_examples // 2))
@given(projected())
def test_random_projections(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, raw = drawn
    report = model.verify(raw)
    assert report.ok, f"{model}\n{report}"


@pytest.mark.parametrize("name", ["fold_pipelines", "integer_pipelines"])
def test_the_page_says_what_pipelines_become(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "tools"))
    assert importlib.import_module(name).main(["--check"]) == 0
