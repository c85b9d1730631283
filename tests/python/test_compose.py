"""Chains and parallels: Pipelines that fold and that cannot, nested ones, votes soft and hard.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.record import Chain, Parallel
from emlearn.registry import family_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_trees import SCALERS
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import PCA, SparsePCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import RANSACRegressor, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier


def network(**options) -> MLPClassifier:
    return MLPClassifier((6,), max_iter=40, random_state=0, **options)


def fit(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y)


def check(estimator, X, compiled: bool = False, **arguments) -> emlearn.Model:
    model = emlearn.convert(estimator, **arguments)
    report = model.verify(X)
    assert report.ok, report
    family, raw = family_of(model.record), model.input.check(X)
    for op in model.record.ops:
        got, want = family.run(model.record, op, raw), family.reference(model.record, op, raw)
        close = got != want if op == "predict" else np.abs(got - want) > 2 * family.bound(model.record, op, raw)
        assert np.count_nonzero(close) <= report.ties
    if compiled:
        report = model.verify(X, compile=True)
        assert report.ok, report
    return model


# ---- chains


def test_scaling_folds_away() -> None:
    X, y = load_wine(return_X_y=True)
    for last in (DecisionTreeClassifier(random_state=0), GaussianNB(), network()):
        model = check(fit(make_pipeline(StandardScaler(), RobustScaler(), last), X, y), X)
        assert not isinstance(model.record, Chain)


@pytest.mark.parametrize("last", [network(), GaussianNB()], ids=["network", "bayes"])
@pytest.mark.parametrize("arguments", [{}, {"input": "int16", "input_scale": 0.01}], ids=["float", "int16"])
def test_clipping_cannot_fold(last, arguments) -> None:
    X, y = load_iris(return_X_y=True)
    estimator = fit(make_pipeline(StandardScaler(), MinMaxScaler(clip=True), StandardScaler(), last), X[::2], y[::2])
    model = check(estimator, X if not arguments else np.rint(X * 100), compiled=True, **arguments)
    assert isinstance(model.record, Chain) and len(model.record.stages) == 2


def test_pipelines_in_pipelines_fold_as_flat_ones_do() -> None:
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    nested = make_pipeline(
        make_pipeline(StandardScaler(), make_pipeline(MinMaxScaler(clip=True))), make_pipeline(RobustScaler(), tree)
    ).fit(X, y)
    flat = make_pipeline(StandardScaler(), MinMaxScaler(clip=True), RobustScaler(), tree).fit(X, y)
    assert emlearn.convert(nested).record == emlearn.convert(flat).record
    check(nested, X)


def test_passthrough_and_none_fall_away() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = Pipeline([("a", "passthrough"), ("b", None), ("t", DecisionTreeClassifier(random_state=0))]).fit(X, y)
    assert emlearn.convert(estimator).record == emlearn.convert(estimator[-1]).record
    only = Pipeline([("s", StandardScaler()), ("p", "passthrough")]).fit(X)
    assert emlearn.convert(only).verify(X).ok
    with pytest.raises(emlearn.UnsupportedError, match="no steps besides 'passthrough'"):
        emlearn.convert(Pipeline([("p", "passthrough")]).fit(X))


def test_what_a_pipeline_cannot_hold_is_named() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(emlearn.UnsupportedError, match="step 'sparsepca' of the Pipeline: SparsePCA cannot be converted"):
        emlearn.convert(make_pipeline(SparsePCA(2), DecisionTreeClassifier()).fit(X, y))


# ---- models around a model


def test_models_that_lack_what_is_asked_of_them_are_refused() -> None:
    X, y = load_iris(return_X_y=True)
    vote = VotingClassifier([("a", GaussianNB()), ("b", LinearSVC())], voting="soft").fit(X, y)
    with pytest.raises(emlearn.UnsupportedError, match=r"VotingClassifier\(voting='soft'\) needs predict_proba of its LinearSVC models"):
        emlearn.convert(vote)
    with pytest.raises(emlearn.UnsupportedError, match="BaggingClassifier needs predict_proba of its Centroids models"):
        emlearn.convert(BaggingClassifier(NearestCentroid(), n_estimators=2, random_state=0).fit(X, y))


PROCESS = GaussianProcessRegressor(alpha=1.0)
AROUND = {
    "stack that transforms": lambda: StackingClassifier([("a", GaussianNB()), ("b", LinearSVC())], LinearDiscriminantAnalysis(), cv=2),
    "stack on a pipeline": lambda: StackingClassifier(
        [("a", GaussianNB())], make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()), cv=2
    ),
    "stack with a deviation": lambda: StackingRegressor([("a", RANSACRegressor(residual_threshold=1.0, random_state=0))], PROCESS, cv=2),
    "the model that agrees": lambda: RANSACRegressor(PROCESS, min_samples=20, random_state=0),
    "trained on its own answers": lambda: SelfTrainingClassifier(LinearDiscriminantAnalysis()),
    "a curve that transforms": lambda: make_pipeline(StandardScaler(), PCA(1), IsotonicRegression(out_of_bounds="clip")),
    "one target that transforms": lambda: PLSRegression(1),
}


@pytest.mark.parametrize("name", AROUND)
def test_models_around_models_that_also_transform_or_tell_a_deviation(name: str) -> None:
    X, y = load_iris(return_X_y=True)
    X, y = X[::3], np.where((np.arange(50) % 7 == 0) & (name == "trained on its own answers"), -1, y[::3])
    estimator = fit(AROUND[name](), X, y)
    model = emlearn.convert(estimator)
    report = model.verify(X)
    assert report.ok, report
    for op in ("predict", "transform"):
        if op in model.record.ops and hasattr(estimator, op):
            assert getattr(model, op)(X).shape == getattr(estimator, op)(X).shape


# ---- votes

MEMBERS = {
    "tree": lambda: DecisionTreeClassifier(max_depth=3, random_state=0),
    "extra": lambda: ExtraTreeClassifier(max_depth=4, random_state=1),
    "forest": lambda: RandomForestClassifier(5, max_depth=4, random_state=0),
    "extras": lambda: ExtraTreesClassifier(4, max_depth=5, random_state=0),
    "bayes": lambda: GaussianNB(),
    "network": lambda: network(),
}


@settings(max_examples=max(1, settings.default.max_examples // 2))
@given(st.data())
def test_random_votes(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n_classes, n_features = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    X = rng.normal(size=(60, n_features)) * 10
    y = np.array(["a", "b", "c", "d"])[rng.integers(0, n_classes, 60)]
    members = []
    for k, name in enumerate(data.draw(st.lists(st.sampled_from(list(MEMBERS)), min_size=1, max_size=4))):
        scalers = data.draw(st.lists(st.sampled_from(SCALERS), max_size=2))
        member = MEMBERS[name]()
        members.append((f"m{k}", make_pipeline(*[make() for make in scalers], member) if scalers else member))
    weights = data.draw(
        st.one_of(st.none(), st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.7, 1, 2, 5]), min_size=len(members), max_size=len(members)))
    )
    voting = data.draw(st.sampled_from(["soft", "hard"]))
    estimator = fit(VotingClassifier(members, voting=voting, weights=weights), X, y)
    rows = rng.normal(size=(200, n_features)).astype(np.float32) * 10
    model = check(estimator, rows)
    assert model.predict(rows).dtype == estimator.predict(rows).dtype


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_dropped_members_and_their_weights(voting: str) -> None:
    X, y = load_iris(return_X_y=True)
    members = [
        ("a", DecisionTreeClassifier(max_depth=1)),
        ("b", "drop"),
        ("c", make_pipeline(StandardScaler(), GaussianNB())),
        ("d", network()),
    ]
    model = check(fit(VotingClassifier(members, voting=voting, weights=[1, 100, 2, 0.5]), X, y + 5), X, compiled=True)
    assert isinstance(model.record, Parallel) and len(model.record.members) == 3
    assert set(model.predict(X)) <= {5, 6, 7}
    assert hasattr(model, "predict_proba") == (voting == "soft")


def test_a_vote_of_trees_is_held_to_float32() -> None:
    """All members exact: scikit-learn is fed the float32 rows themselves, and scalers inside round as its own do."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) * 37 + 1e4
    members = [
        ("a", make_pipeline(StandardScaler(), DecisionTreeClassifier())),
        ("b", make_pipeline(MinMaxScaler(), RandomForestClassifier(7))),
    ]
    estimator = VotingClassifier(members, voting="soft").fit(X, rng.integers(0, 3, 400))
    model = check(estimator, X)
    assert model.record.fed is np.float32
    edges = np.concatenate([np.nextafter(X.astype(np.float32), np.float32(side)) for side in (0, 1e9)])
    check(estimator, edges)


def test_a_vote_with_a_network_is_held_to_float64() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)) * 37 + 1e4
    members = [("a", make_pipeline(StandardScaler(), DecisionTreeClassifier())), ("b", make_pipeline(MinMaxScaler(), network()))]
    estimator = fit(VotingClassifier(members, voting="hard", weights=[2, 1]), X, rng.integers(0, 3, 300))
    model = check(estimator, X)
    assert model.record.fed is np.float64
    tree = estimator.estimators_[0]
    edges = (
        tree[0]
        .inverse_transform(np.repeat(tree[1].tree_.threshold[tree[1].tree_.feature == 0], 3).reshape(-1, 1) * np.ones(3))
        .astype(np.float32)
    )
    around = np.concatenate([edges, np.nextafter(edges, np.float32(0)), np.nextafter(edges, np.float32(1e9))])
    check(estimator, around)


def test_weights_that_add_up_as_decimals_do_not_in_binary() -> None:
    """0.1 + 0.2 against 0.3: summed in float32 they tied, and the lowest class won where scikit-learn's answer is another."""
    X = np.arange(4.0).reshape(-1, 1)
    votes = [[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0]]
    estimator = VotingClassifier([(f"m{k}", DecisionTreeClassifier()) for k in range(3)], voting="hard", weights=[0.1, 0.2, 0.3]).fit(
        X, [0, 1, 0, 1]
    )
    for member, labels in zip(estimator.estimators_, votes, strict=True):
        member.fit(X, labels)
    model = check(estimator, X, compiled=True)
    np.testing.assert_array_equal(model.predict(X), estimator.predict(X))
    assert model.record.weights.dtype == np.uint64
    assert emlearn.convert(estimator.set_params(weights=[1, 2, 3])).record.weights.tolist() == [1, 2, 3]
    assert emlearn.convert(estimator.set_params(weights=[1e-300, 1.0, 2.0])).verify(X).ok


def test_close_calls_of_members_and_counts_are_told_from_errors() -> None:
    X, y = load_iris(return_X_y=True)
    members = [
        ("t", DecisionTreeClassifier(max_depth=2, random_state=0)),
        ("b", GaussianNB()),
        ("f", RandomForestClassifier(5, random_state=0)),
    ]
    estimator = VotingClassifier(members, voting="hard").fit(X, y)
    model = emlearn.convert(estimator)
    margin = family_of(model.record).margin(model.record, model.input.check(X))
    assert np.count_nonzero(np.isinf(margin)) < 15
    assert np.all((margin == 0) | np.isinf(margin))
    broken = emlearn.convert(VotingClassifier(members, voting="hard").fit(X, y))
    broken.estimator = VotingClassifier(members, voting="hard").fit(X, (y + 1) % 3)
    assert not broken.verify(X).ok


@pytest.mark.parametrize("weights", [[-1, 2], [0, 0], [np.nan, 1]])
def test_weights_without_a_meaning_are_refused(weights: list) -> None:
    X, y = load_iris(return_X_y=True)
    members = [("a", DecisionTreeClassifier()), ("b", GaussianNB())]
    estimator = VotingClassifier(members, voting="soft").fit(X, y).set_params(weights=weights)
    with pytest.raises(emlearn.UnsupportedError, match="weights must be finite and not negative"):
        emlearn.convert(estimator)


@pytest.mark.parametrize("weights", [[-1, 2, 1], [5, -4.9, 0.1], [-1, -2, -3]])
def test_weights_of_values_may_be_negative_and_their_errors_add_up(weights: list[float]) -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    members = [("a", Ridge()), ("b", Ridge(alpha=10.0)), ("c", SVR())]
    estimator = VotingRegressor(members, weights=weights).fit(X, X[:, 0] ** 2)
    model = emlearn.convert(estimator)
    record = model.record
    assert model.verify(X).ok
    alone = [family_of(member).bound(member, "predict", X) for member in record.members]
    assert np.all(family_of(record).bound(record, "predict", X) >= np.tensordot(np.abs(record.weights.astype(np.float64)), alone, 1))


def test_members_that_overflow_leave_no_bound() -> None:
    X = np.random.default_rng(0).uniform(0, 3, (60, 2))
    network = MLPClassifier((3,), max_iter=20, random_state=0)
    estimator = BaggingClassifier(make_pipeline(FunctionTransformer(np.exp), network), 2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = emlearn.convert(estimator.fit(X, X[:, 0] > X[:, 1]))
    report = model.verify(np.vstack([X, [[100.0, 120.0], [120.0, 100.0]]]))  # exp(100) is beyond float32, not beyond float64
    assert report.ok and report.bound == np.inf


def test_missing_values_reach_all_members_or_none() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = rng.integers(0, 3, 200)
    trees = [("a", DecisionTreeClassifier(max_depth=4)), ("b", make_pipeline(StandardScaler(), RandomForestClassifier(5)))]
    check(VotingClassifier(trees, voting="soft").fit(X, y), X, compiled=True)
    members = [("a", DecisionTreeClassifier()), ("b", GaussianNB())]
    with pytest.raises(emlearn.InvalidInputError, match="cannot take missing values"):
        emlearn.convert(VotingClassifier(members).fit(np.nan_to_num(X), y), input="int8", missing=-1)


def test_a_pipeline_in_front_of_a_vote_and_votes_in_votes() -> None:
    X, y = load_wine(return_X_y=True)
    inner = VotingClassifier([("a", DecisionTreeClassifier(random_state=0)), ("b", network())], voting="soft", weights=[1, 3])
    outer = VotingClassifier(
        [("i", make_pipeline(StandardScaler(), inner)), ("f", RandomForestClassifier(5, random_state=0))], voting="soft"
    )
    check(fit(make_pipeline(MinMaxScaler(clip=True), outer), X, y), X, compiled=True)
    hard = VotingClassifier(
        [("i", VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier())])), ("c", GaussianNB())], weights=[1, 1.5]
    )
    check(fit(hard, X, y), X, compiled=True)


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_headers_on_both_compilers(voting: str) -> None:
    X, y = load_iris(return_X_y=True)
    members = [("a", make_pipeline(MinMaxScaler(clip=True), network())), ("t", DecisionTreeClassifier(max_depth=3)), ("g", GaussianNB())]
    model = emlearn.convert(fit(VotingClassifier(members, voting=voting, weights=[0.3, 0.2, 0.1]), X, y))
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]
    raw = model.input.check(X)
    for compiler, std in (("g++", "c++11"), ("g++", "c++17"), ("clang++-16", "c++14"), ("clang++-16", "c++20")):
        answers = targets.run("host", model, raw, compiler=compiler, std=std, flags=flags)
        for op, values in answers.items():
            np.testing.assert_allclose(values, model.answer(op, raw), rtol=1e-5, atol=1e-6)
