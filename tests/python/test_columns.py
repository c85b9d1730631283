"""Columns chosen, filled, weighted and put side by side: folded exactly into trees, within the bound elsewhere, read only if needed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import warnings

import emlearn
import numpy as np
import pandas as pd
import pytest
from emlearn import targets
from emlearn.families.compose.columns import deferred, side_by_side
from emlearn.families.trees import keys
from emlearn.front import Front
from emlearn.header import needs
from emlearn.inputs import Input
from emlearn.record import Chain, Parallel, Task
from emlearn.registry import family_of, read
from hypothesis import given
from hypothesis import strategies as st
from random_trees import features
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

MAKERS = [
    StandardScaler,
    RobustScaler,
    MaxAbsScaler,
    MinMaxScaler,
    lambda: MinMaxScaler((-1, 3), clip=True),
    lambda: "passthrough",
    lambda: make_pipeline(StandardScaler(), MinMaxScaler(clip=True)),
    lambda: VarianceThreshold(),
]


def _union(rng: np.random.Generator, n: int, depth: int, holes: bool):
    """A random ColumnTransformer, FeatureUnion or transformer over n columns, nested up to `depth`."""
    kind = rng.integers(3) if depth else 2
    weights = {"a": float(rng.choice([-2.0, 0.3, 7.0]))} if rng.random() < 0.5 else None
    if kind == 0:
        members = []
        for name in "abc"[: rng.integers(1, 4)]:
            columns = rng.choice(n, int(rng.integers(1, n + 1)), replace=bool(rng.random() < 0.3))
            members.append((name, _union(rng, len(columns), depth - 1, holes), columns.tolist()))
        return ColumnTransformer(members, remainder=str(rng.choice(["drop", "passthrough"])), transformer_weights=weights)
    if kind == 1:
        return FeatureUnion([(name, _union(rng, n, depth - 1, holes)) for name in "ab"[: rng.integers(1, 3)]], transformer_weights=weights)
    step = MAKERS[rng.integers(len(MAKERS))]()
    step = FunctionTransformer() if step == "passthrough" else step
    return make_pipeline(SimpleImputer(strategy=str(rng.choice(["mean", "median", "most_frequent"]))), step) if holes else step


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["float32", "float32", "float64", "int16", "uint8", "int32"]),
    st.booleans(),
    st.sampled_from(["trees", "trees", "bayes", "linear", "none"]),
)
def test_random_columns(seed: int, dtype: str, holes: bool, last: str) -> None:
    rng = np.random.default_rng(seed)
    n, arguments = int(rng.integers(1, 6)), {"input": dtype}
    if dtype.startswith("f"):
        raw = (rng.normal(size=(60, n)) * 10 + rng.normal(size=n) * 30).astype(dtype)
    else:
        info = np.iinfo(dtype)
        raw = rng.integers(max(info.min, -4000), min(info.max, 4000), (60, n), endpoint=True).astype(dtype)
        arguments |= {"input_scale": rng.choice([-0.01, 0.5, 3.0], n), "input_offset": rng.normal(size=n)}
    trees = last == "trees"
    filled = holes and (dtype.startswith("f") or trees)
    if filled:
        where = rng.random(raw.shape) < 0.15
        where[:3] = False
        if dtype.startswith("f"):
            raw[where] = np.nan
        else:
            arguments["missing"] = int(np.iinfo(dtype).max)
            raw[where] = arguments["missing"]
    X = features(raw, arguments)
    columns = _union(rng, n, 2, filled)
    model = {"trees": RandomForestClassifier(3, random_state=0), "bayes": GaussianNB(), "linear": LogisticRegression(), "none": None}[last]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            estimator = (make_pipeline(columns, model) if model is not None else columns).fit(X, rng.integers(0, 3, len(X)))
        except ValueError as error:  # every column constant after clipping
            assert "feature" in str(error).lower()
            return
    converted = emlearn.convert(estimator, **arguments)
    report = converted.verify(raw)
    assert report.ok, report
    if trees:
        assert type(converted.record).__name__ == "Forest" and report.ties == 0
        threshold = rng.permutation(converted.record.threshold)[:40] if dtype == "float32" else []
        if len(threshold):  # the neighbours of thresholds, in every column
            edges = keys.from_keys(np.concatenate([threshold, threshold + 1]).clip(*keys.limits(dtype)), dtype)
            edges = edges[np.isfinite(edges) & (np.abs(edges) < 1e30)]
            if len(edges):
                report = converted.verify(np.repeat(edges[:, np.newaxis], n, axis=1))
                assert report.ok, report
    family, record = family_of(converted.record), converted.record
    for op in record.ops:
        if op != "predict":
            got, want = family.run(record, op, raw), family.reference(record, op, raw)
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_columns_fold_into_a_forest_with_nothing_left_over() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    columns = ColumnTransformer(
        [
            ("a", make_pipeline(SimpleImputer(), StandardScaler()), [20, 7]),
            ("b", make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(clip=True)), slice(22, 25)),
        ]
    )
    forest = RandomForestClassifier(5, max_depth=4, random_state=0)
    model = emlearn.convert(make_pipeline(columns, forest).fit(X, y))
    assert type(model.record).__name__ == "Forest"
    assert model.record.n_features == 30 and set(model.record.needed) <= {20, 7, 22, 23, 24}
    report = model.verify(X, compile=True)
    assert report.ok and report.ties == 0, report


def test_dropped_features_are_not_asked_for() -> None:
    X, y = load_wine(return_X_y=True)
    estimator = make_pipeline(StandardScaler(), SelectKBest(k=3), GaussianNB()).fit(pd.DataFrame(X, columns=load_wine().feature_names), y)
    model = emlearn.convert(estimator)
    kept = estimator[1].get_support(indices=True)
    np.testing.assert_array_equal(model.record.needed, kept)
    text = model.save(name="m")
    assert f"Needed: 3 of 13 features, the others are never read: {', '.join(np.array(load_wine().feature_names)[kept])}" in text
    assert "constexpr bool needs(int feature)" in text
    garbage = X.copy()
    garbage[:, np.setdiff1d(np.arange(13), kept)] = np.nan
    np.testing.assert_array_equal(model.predict(garbage), estimator.predict(pd.DataFrame(X, columns=load_wine().feature_names)))
    all_of_them = emlearn.convert(GaussianNB().fit(X, y)).save(name="m")
    assert "needs(" not in all_of_them and "Needed" not in all_of_them


def test_needs_says_which_for_every_count() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 31, 32, 33, 64, 100):
        needed = np.flatnonzero(rng.random(n) < 0.4)
        body = needs(needed, n)
        python = re.sub(r"0x([0-9a-f]+)ul", r"0x\1", body).replace("1ul", "1").replace("&&", "and").replace("false", "False")
        python = python.removeprefix("return ").removesuffix(";")

        def c(expression: str) -> str:
            """Conditional expressions of C as Python's."""
            if " ? " not in expression:
                return expression
            test, rest = expression.split(" ? ", 1)
            yes, no = rest.split(" : ", 1)
            return f"(({yes}) if {test} else {c(no)})"

        head, inner = python.split(" and (", 1)
        answers = [bool(eval(f"{head} and {c(inner[:-1])}", {"feature": f})) for f in range(-2, n + 3)]
        assert np.flatnonzero(answers).tolist() == (needed + 2).tolist()


def test_names_masks_slices_and_remainders() -> None:
    frame = pd.DataFrame(load_iris().data, columns=["a", "b", "c", "d"])
    y = load_iris().target
    for columns in (["c", "a"], slice("b", "c"), [True, False, False, True], lambda frame: ["d"], "b"):
        kind = FunctionTransformer() if columns == "b" else StandardScaler()
        if columns == "b":
            columns = ["b"]
        estimator = make_pipeline(ColumnTransformer([("x", kind, columns)]), DecisionTreeClassifier(random_state=0)).fit(frame, y)
        assert emlearn.convert(estimator).verify(frame).ok
        kept = ColumnTransformer([("x", StandardScaler(), columns)], remainder=MinMaxScaler()).fit(frame)
        assert emlearn.convert(kept).verify(frame).ok


def test_affine_rest_folds_behind_a_selection() -> None:
    """Only the choice of columns is a stage: the scaler is in the network's weights."""
    X, y = load_wine(return_X_y=True)
    network = MLPClassifier((4,), max_iter=50, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = make_pipeline(SelectKBest(k=3), StandardScaler(), network).fit(X, y)
    model = emlearn.convert(estimator)
    assert isinstance(model.record, Chain) and model.record.stages[0].n_segments == 0
    assert model.verify(X, compile=True).ok
    raw = np.rint(X * 10)
    assert emlearn.convert(estimator, input="int32", input_scale=0.1).verify(raw, compile=True).ok


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_headers_of_a_filling_stage(dtype: str) -> None:
    rng = np.random.default_rng(1)
    raw = rng.integers(-300, 300, (80, 5)).astype(dtype)
    if dtype != "int16":
        raw[rng.random(raw.shape) < 0.2] = np.nan
    filled = make_pipeline(MinMaxScaler(clip=True), SimpleImputer(), StandardScaler()).fit(raw[:40] * 0.5)
    estimator = ColumnTransformer([("a", filled[1:], [3, 3, 0]), ("b", "passthrough", [1])]).fit(raw * 0.5)
    for fitted in (filled, estimator):
        model = emlearn.convert(fitted, input=dtype, input_scale=0.5)
        flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror", "-ffp-contract=off"]
        for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
            answers = targets.run("host", model, raw, compiler=compiler, std=std, flags=flags)
            np.testing.assert_array_equal(answers["transform"], model.transform(raw))
        assert model.verify(raw).ok


def test_scalers_beside_others_leave_their_steps_to_what_follows() -> None:
    """What `deferred` keeps and what it hands on give together what the columns give."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(50, 3))
    columns = [read(StandardScaler().fit(X)), read(make_pipeline(SimpleImputer(), MinMaxScaler()).fit(X[:, ::-1]))]
    whole = side_by_side(columns)
    apart = Parallel("float32", 3, Task("transformer", 6), tuple(columns), "concat", np.ones(2, np.float32))
    kept, later = deferred(apart, Front(Input.make("float32", 0.5, 2.0, n_features=3)))
    raw = rng.normal(size=(20, 3)).astype(np.float32)
    chosen = np.concatenate([family_of(m).reference(m, "transform", raw) for m in kept.members], axis=1)
    want = Front(Input.make("float32", 0.5, 2.0, n_features=3)).then(whole.columns, whole.steps)
    np.testing.assert_array_equal(later.apply(chosen), want.apply(raw[:, whole.columns]))
    assert not any(m.n_segments for m in kept.members)


def _unfitted_search(X: np.ndarray, y: np.ndarray) -> GridSearchCV:
    """As a file may hold it: scikit-learn's own check passes, and there is no model."""
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1]}).fit(X, y)
    del search.best_estimator_
    return search


BAD = {
    r"missing_values=0\): only NaN is a missing value": lambda X, y: SimpleImputer(missing_values=0).fit(X),
    r"drops every column": lambda X, y: ColumnTransformer([("a", "drop", [0])]).fit(X),
    r"drops every transformer": lambda X, y: FeatureUnion([("a", "drop")]).fit(X),
    r"transformer_weights\['a'\]=0: a weight must": lambda X, y: FeatureUnion([("a", MinMaxScaler())], transformer_weights={"a": 0}).fit(X),
    r"transformer 'a' of the ColumnTransformer: .*<lambda>": lambda X, y: ColumnTransformer(
        [("a", FunctionTransformer(lambda x: x), [0])]
    ).fit(X),
    r"refit=False and keeps no fitted model": lambda X, y: _unfitted_search(X, y),
    r"step 'f' of the Pipeline: FunctionTransformer\(roll": lambda X, y: Pipeline(
        [("n", MinMaxScaler()), ("f", FunctionTransformer(np.roll, kw_args={"shift": 1}))]
    ).fit(X),
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_is_named(message: str) -> None:
    X, y = load_iris(return_X_y=True)
    estimator = BAD[message](X, y)
    with pytest.raises(emlearn.UnsupportedError, match=message):
        emlearn.convert(estimator)


def test_an_empty_selection_is_refused() -> None:
    X = np.zeros((4, 2))
    X[:, 0] = [0, 1, 2, 3]
    selector = VarianceThreshold(0.5).fit(X)
    selector.threshold = 100
    with pytest.raises(emlearn.UnsupportedError, match="no features are left: the selection is empty"):
        emlearn.convert(selector)


def test_text_in_an_imputer_is_refused() -> None:
    imputer = SimpleImputer(strategy="most_frequent").fit(np.array([["a"], ["b"], ["b"]], dtype=object))
    with pytest.raises(emlearn.UnsupportedError, match=r"SimpleImputer\.statistics_ has text or objects"):
        emlearn.convert(imputer)


def test_integer_input_with_a_missing_value_fills_before_trees_only() -> None:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 100, (200, 3))
    raw[rng.random(raw.shape) < 0.1] = 255
    X = np.where(raw == 255, np.nan, raw * 0.5)
    trees = make_pipeline(SimpleImputer(), StandardScaler(), ExtraTreesRegressor(3, random_state=0)).fit(X, np.nansum(X, axis=1))
    model = emlearn.convert(trees, input="uint8", input_scale=0.5, missing=255)
    assert type(model.record).__name__ == "Forest" and model.verify(raw, compile=True).ok
    bayes = make_pipeline(SimpleImputer(), GaussianNB()).fit(X, rng.integers(0, 2, 200))
    with pytest.raises(emlearn.InvalidInputError, match="missing="):
        emlearn.convert(bayes, input="uint8", input_scale=0.5, missing=255)
