"""``numeric="auto"``: the narrowest integers that keep what exact arithmetic answers to the calibration rows, for every part that has some.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.scaler.grid import ANSWERS
from emlearn.inputs import C_TYPES
from emlearn.record import Chain, Parallel, Record
from emlearn.registry import family_of
from fits import fit
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.neighbors import clouds
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, OneClassSVM

LAST = {
    "neighbours": lambda: KNeighborsClassifier(3),
    "mean": lambda: KNeighborsRegressor(3),
    "within": lambda: RadiusNeighborsClassifier(3.0, outlier_label=0),
    "mean within": lambda: RadiusNeighborsRegressor(3.0),
    "outliers": lambda: LocalOutlierFactor(5, novelty=True),
    "centroids": NearestCentroid,
    "clusters": lambda: KMeans(3, n_init=1, random_state=0),
    "vectors": SVC,
    "linear vectors": lambda: SVC(kernel="linear"),
    "curve": SVR,
    "one class": lambda: OneClassSVM(nu=0.2),
    "linear": lambda: LogisticRegression(max_iter=50),
    "ridge": Ridge,
    "bayes": GaussianNB,
    "mixture": lambda: GaussianMixture(2, covariance_type="diag", random_state=0),
    "full mixture": lambda: GaussianMixture(2, random_state=0, reg_covar=1e-3),
    "quadratic": lambda: QuadraticDiscriminantAnalysis(reg_param=0.1),
}


def answer(record: Record, raw: np.ndarray) -> np.ndarray:
    return family_of(record).reference(record, record.ops[0], raw)


def alike(a: Record, b: Record, raw: np.ndarray) -> bool:
    x, y = answer(a, raw), answer(b, raw)
    if a.task.is_discrete:
        return bool(np.array_equal(x, y))
    return bool(np.all((np.abs(x - y) <= np.ptp(x, axis=0) / 256) | (np.isnan(x) & np.isnan(y))))


def check(estimator: Any, raw: np.ndarray, widths: tuple[str, ...] = tuple(ANSWERS), **arguments: Any) -> emlearn.Model:
    """The record is that of the narrowest of `widths`, which all parts have, with the exact answers, or of the widest; parity as ever."""
    model = emlearn.convert(estimator, numeric="auto", calibration=raw, **arguments)
    exact = emlearn.convert(estimator, **arguments)
    made = []
    for width in widths:
        try:
            made.append(emlearn.convert(estimator, numeric=width, calibration=raw, **arguments))
        except (emlearn.UnsupportedError, emlearn.InvalidInputError):
            continue
    first = next((found for found in made if alike(exact.record, found.record, raw)), made[-1])
    assert model.record == first.record
    report = model.verify(raw)
    assert report.ok, report
    return model


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors", "ignore:invalid value encountered in cast")
@given(st.integers(0, 2**31), st.sampled_from(list(LAST)), st.sampled_from(list(C_TYPES)), st.sampled_from(["", "scaled", "projected"]))
def test_random_models(seed: int, name: str, dtype: str, before: str) -> None:
    X, y, rows = clouds(seed, 4, 3, 60)
    raw, scale, offset = as_raw_input(rows, dtype)
    fed = raw.astype(np.float64) * scale + offset
    steps = {"": [], "scaled": [StandardScaler()], "projected": [StandardScaler(), PCA(2)]}[before]
    estimator = fit(make_pipeline(*steps, LAST[name]()), fed[: len(X)], y[np.arange(len(X))])
    arguments = {"input": dtype, "input_scale": scale, "input_offset": offset}
    gaussians = ("bayes", "mixture", "full mixture", "quadratic")
    own = name in gaussians and before != "projected" and dtype not in ("float32", "float64")
    try:
        if own:  # a rule of its own: the cheapest form that resolves the model
            assert emlearn.convert(estimator, numeric="auto", calibration=raw, **arguments).verify(raw).ok
        else:
            widths = ("int16", "int32") if "vectors" in name or name in ("curve", "one class", *gaussians) else tuple(ANSWERS)
            check(estimator, raw, widths, **arguments)
    except (emlearn.UnsupportedError, emlearn.InvalidInputError) as error:
        assert "numeric=" in str(error) or "span" in str(error), error


def test_the_narrowest_that_keeps_the_answers_is_taken() -> None:
    X, y = load_digits(return_X_y=True)
    rows = X.astype(np.float32)
    for estimator, dtype in ((KNeighborsClassifier(3), "uint8"), (KMeans(10, n_init=1, random_state=0), "uint8")):
        model = check(fit(estimator, X[:300] / 3, y[:300]), rows[:400] / np.float32(3))
        assert isinstance(model.record, Chain) and model.record.stages[0].task.dtype == dtype
    X, y = load_wine(return_X_y=True)
    fine = fit(KNeighborsRegressor(1, weights="distance"), X, X[:, 0] * 1e3)
    assert check(fine, X.astype(np.float32)).record.stages[0].task.dtype != "uint8"


def test_members_choose_for_themselves_and_networks_by_their_own_rule() -> None:
    X, y = load_wine(return_X_y=True)
    rows = X.astype(np.float32)
    members = [("near", make_pipeline(StandardScaler(), KNeighborsClassifier(3))), ("line", make_pipeline(StandardScaler(), SVC()))]
    model = emlearn.convert(fit(VotingClassifier(members), X, y), numeric="auto", calibration=rows)
    assert isinstance(model.record, Parallel) and all(isinstance(member, Chain) for member in model.record.members)
    assert model.verify(rows).ok
    network = fit(make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=200, random_state=0)), X, y)
    assert emlearn.convert(network, numeric="auto", calibration=rows).verify(rows).ok


def test_what_auto_needs_is_said() -> None:
    X, y = load_wine(return_X_y=True)
    for estimator in (KNeighborsClassifier(3), SVC(), LogisticRegression(), GaussianNB(), make_pipeline(PCA(2), GaussianNB())):
        with pytest.raises(emlearn.InvalidInputError, match=r"numeric='auto' chooses by rows like those .* give them as calibration="):
            emlearn.convert(fit(estimator, X, y), numeric="auto")
    for estimator in (GaussianMixture(2, random_state=0), QuadraticDiscriminantAnalysis(reg_param=0.1)):
        with pytest.raises(emlearn.InvalidInputError, match=r"numeric='auto' chooses by rows like those .* give them as calibration="):
            emlearn.convert(fit(estimator, X, y), numeric="auto")
