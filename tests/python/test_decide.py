"""Models of models: every rule over random models and rows, in the kernels and in compiled headers; what cannot be is named.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.families.decide.reference import interpolate, pair_scores
from emlearn.families.linear.record import Linear
from emlearn.functions import FUNCTIONS, name_of
from emlearn.record import Chain
from emlearn.registry import family_of
from fits import fit
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_digits, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, StackingClassifier, StackingRegressor, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Perceptron, Ridge, SGDClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.multiclass import _ovr_decision_function

FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]

CLASSIFIERS = {
    "tree": lambda: DecisionTreeClassifier(max_depth=3, random_state=0),
    "forest": lambda: RandomForestClassifier(3, max_depth=3, random_state=0),
    "bayes": lambda: make_pipeline(StandardScaler(), GaussianNB()),
    "clipped": lambda: make_pipeline(MinMaxScaler(clip=True), GaussianNB()),
    "network": lambda: MLPClassifier((4,), max_iter=20, random_state=0),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "vectors": lambda: make_pipeline(StandardScaler(), LinearSVC(random_state=0)),
}
REGRESSORS = {
    "tree": lambda: DecisionTreeRegressor(max_depth=3, random_state=0),
    "network": lambda: make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, random_state=0)),
}
RULES = {
    "rest": lambda one, two: OneVsRestClassifier(one),
    "pairs": lambda one, two: OneVsOneClassifier(one),
    "code": lambda one, two: OutputCodeClassifier(one, code_size=2.5, random_state=0),
    "sigmoid": lambda one, two: CalibratedClassifierCV(one, cv=2),
    "isotonic": lambda one, two: CalibratedClassifierCV(one, method="isotonic", cv=2, ensemble=False),
    "stacked": lambda one, two: StackingClassifier([("a", one), ("b", two)], GaussianNB(var_smoothing=1e-3), cv=2),
    "stacked on the row": lambda one, two: StackingClassifier([("a", one)], two, cv=2, passthrough=True),
}


def check(estimator, X, **arguments) -> emlearn.Model:
    model = emlearn.convert(estimator, **arguments)
    report = model.verify(X)
    assert report.ok, report
    raw, family = model.input.check(X), family_of(model.record)
    for op in model.record.ops:
        got, want = family.run(model.record, op, raw), family.reference(model.record, op, raw)
        assert got.shape == want.shape and (got.dtype.kind == want.dtype.kind)
        if op == "predict" and model.record.task.is_discrete:
            assert np.mean(got != want) < 0.05
        else:
            assert np.all(np.abs(got - want) <= 2 * family.bound(model.record, op, raw) + 1e-6 * np.abs(want))
    return model


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(RULES)), st.sampled_from(list(CLASSIFIERS)), st.sampled_from(list(CLASSIFIERS)[:-1]))
def test_random_rules(seed: int, rule: str, one: str, two: str) -> None:
    rng = np.random.default_rng(seed)
    n_classes, n_features = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    centres = rng.normal(size=(n_classes, n_features)) * 2
    y = rng.permutation(np.arange(60) % n_classes)
    X = centres[y] + rng.normal(size=(60, n_features))
    names = np.array(["d", "c", "b", "a"])
    estimator = fit(RULES[rule](CLASSIFIERS[one](), CLASSIFIERS[two]()), X, names[y])
    rows = np.vstack([X, rng.normal(size=(150, n_features)) * 3])
    model = check(estimator, rows)
    assert model.predict(rows).dtype == estimator.predict(rows).dtype


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(REGRESSORS)), st.sampled_from(["vote", "stack", "chain", "target"]))
def test_random_values(seed: int, one: str, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, int(rng.integers(1, 5))))
    y = np.exp(X[:, 0] + rng.normal(size=60) * 0.1)
    pair = [("a", REGRESSORS[one]()), ("b", REGRESSORS["network"]())]
    functions = {np.log: np.exp, np.log1p: np.expm1, np.sqrt: np.square, np.reciprocal: np.reciprocal, None: None}
    func = list(functions)[rng.integers(len(functions))]
    estimator = {
        "vote": lambda: VotingRegressor(pair, weights=rng.choice([0.5, 1.0, 3.0], 2)),
        "stack": lambda: StackingRegressor(pair, REGRESSORS["tree"](), cv=2, passthrough=bool(rng.integers(2))),
        "chain": lambda: RegressorChain(REGRESSORS[one](), order="random", random_state=0),
        "target": lambda: TransformedTargetRegressor(REGRESSORS["tree"](), func=func, inverse_func=functions[func]),
    }[kind]()
    target = np.column_stack([y, y + X[:, 0], X[:, -1]]) if kind == "chain" else y
    check(fit(estimator, X, target), np.vstack([X, rng.normal(size=(150, X.shape[1]))]))


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_pairs_are_counted_as_scikit_learn_counts(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    n_pairs = n * (n - 1) // 2
    seen, confidence = rng.integers(0, 2, (40, n_pairs)), rng.normal(size=(40, n_pairs)) * 10.0 ** rng.integers(-3, 4)
    want = _ovr_decision_function(seen, confidence, n)
    got = pair_scores(np.hstack([seen, confidence]), n)
    np.testing.assert_allclose(got, want[:, 1:] if n == 2 else want, rtol=1e-12, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_isotonic_curves_are_scikit_learns(seed: int, rising: bool) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=int(rng.integers(2, 40))), int(rng.integers(0, 4)))
    curve = IsotonicRegression(out_of_bounds="clip", increasing=rising).fit(x, rng.random(len(x)))
    at = np.concatenate([x, rng.normal(size=100) * 2, curve.X_thresholds_])
    np.testing.assert_allclose(interpolate(at, curve.X_thresholds_, curve.y_thresholds_), curve.predict(at), rtol=0, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["clip", "nan"]), st.sampled_from([np.float32, np.float64]), st.booleans())
def test_curves_over_one_feature(seed: int, beyond: str, dtype: type, scaled: bool) -> None:
    """Ties, jumps, numbers of all sizes, ends that no float holds; one knot is a constant."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(int(rng.integers(1, 60)), 1)), int(rng.integers(0, 4))) * 10.0 ** rng.integers(-3, 4)
    y = x[:, 0] * rng.choice([-1, 0, 1]) + rng.normal(size=len(x)) * 10.0 ** rng.integers(-3, 3)
    steps = [StandardScaler()] if scaled else []
    isotonic = IsotonicRegression(out_of_bounds=beyond, increasing=bool(rng.integers(2)))
    curve = make_pipeline(*steps, isotonic).fit(x.astype(dtype), y.astype(dtype))
    rows = np.concatenate([x, x + np.spacing(np.float32(x)), rng.normal(size=(100, 1)) * 2 * np.max(np.abs(x))]).astype(np.float32)
    model = emlearn.convert(curve)
    report = model.verify(rows)
    assert report.ok, report
    raw, family = model.input.check(rows), family_of(model.record)
    got, want = family.run(model.record, "predict", raw), family.reference(model.record, "predict", raw)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * np.max(np.abs(y)))
    if not scaled:  # which float is beyond an end is exact
        assert np.array_equal(np.isnan(got[:, 0]), np.isnan(curve.predict(rows.astype(np.float64))))


@pytest.mark.parametrize("beyond", ["clip", "nan"])
def test_headers_of_curves(beyond: str) -> None:
    x, y = np.linspace(-1, 1, 30), np.random.default_rng(0).normal(size=30).cumsum()
    model = emlearn.convert(IsotonicRegression(out_of_bounds=beyond, increasing="auto").fit(x, y))
    raw = model.input.check(np.linspace(-2, 2, 101)[:, np.newaxis])
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        for op, values in targets.run("host", model, raw, compiler=compiler, std=std, flags=FLAGS).items():
            np.testing.assert_allclose(values, model.answer(op, raw), rtol=1e-6, atol=1e-6)


def test_curves_that_cannot_be_are_refused() -> None:
    with pytest.raises(emlearn.UnsupportedError, match=r"out_of_bounds='raise'.*fit with 'clip' or 'nan'"):
        emlearn.convert(IsotonicRegression(out_of_bounds="raise").fit([0, 1], [0, 1]))
    with pytest.raises(emlearn.InvalidInputError, match=r"1 numbers of the rule \(curve\) .*scale the feature and the target"):
        emlearn.convert(IsotonicRegression().fit([0, 1e300], [0, 1]))
    with pytest.raises(NotFittedError, match="IsotonicRegression instance is not fitted"):
        emlearn.convert(IsotonicRegression())


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "cosine_of_turns"])  # no user names that: tests/cpp/functions.cpp
def test_functions_are_within_their_error(name: str) -> None:
    """The kernels over magnitudes of both signs, and everything that a perturbed argument could give."""
    from emlearn._kernels import decide as kernel

    known, rng = FUNCTIONS[name], np.random.default_rng(0)
    size = np.concatenate([10.0 ** rng.uniform(-12, 1.9, 4000), rng.uniform(0, 2, 4000)])
    x = np.concatenate([size, -size]).astype(np.float32)
    x = x[x > known.least]
    got = kernel.target(x.reshape(-1, 1), name, 1.0, 0.0)[:, 0].astype(np.float64)
    error = np.abs(got - known.of(x.astype(np.float64)))
    allowed = known.error(x, np.zeros(len(x)))
    assert np.all(error <= allowed) and np.mean(np.isfinite(allowed)) > 0.9
    slack = np.abs(x.astype(np.float64)) * 1e-3
    wide = known.error(x, slack)
    for shift in (-1.0, -0.5, 0.5, 1.0):
        moved = known.of(np.maximum(x.astype(np.float64) + shift * slack, np.nextafter(known.least, 9)))
        assert np.all((np.abs(got - moved) <= wide) | ~np.isfinite(wide))
    assert name_of(known.of if name != "identity" else None) == name


@pytest.mark.parametrize("rule", RULES)
def test_headers_on_both_compilers(rule: str) -> None:
    X, y = load_iris(return_X_y=True)
    model = emlearn.convert(fit(RULES[rule](CLASSIFIERS["clipped"](), CLASSIFIERS["tree"]()), X, y))
    raw = model.input.check(X)
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        for op, values in targets.run("host", model, raw, compiler=compiler, std=std, flags=FLAGS).items():
            np.testing.assert_allclose(values, model.answer(op, raw), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["chain", "outputs", "target", "priors", "labels", "bytes"])
def test_headers_of_the_others(kind: str) -> None:
    X, y = load_iris(return_X_y=True)
    labels = np.column_stack([X[:, 0] > 5.8, X[:, 1] > 3, y == 1]).astype(int)
    estimator, target = {
        "chain": lambda: (ClassifierChain(CLASSIFIERS["network"]()), labels),
        "outputs": lambda: (MultiOutputClassifier(CLASSIFIERS["forest"]()), labels + 5),
        "target": lambda: (TransformedTargetRegressor(REGRESSORS["network"](), func=np.log1p, inverse_func=np.expm1), y),
        "priors": lambda: (DummyClassifier(), y),
        "labels": lambda: (OneVsRestClassifier(CLASSIFIERS["bayes"]()), labels),
        "bytes": lambda: (StackingClassifier([("t", CLASSIFIERS["forest"]())], CLASSIFIERS["tree"](), cv=2, passthrough=True), y),
    }[kind]()
    arguments = {"input": "uint8", "input_scale": 0.1} if kind == "bytes" else {}
    X = np.rint(X * 10) if arguments else X
    model = check(fit(estimator, X * 0.1 if arguments else X, target), X, **arguments)
    raw = model.input.check(X)
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        for op, values in targets.run("host", model, raw, compiler=compiler, std=std, flags=FLAGS).items():
            np.testing.assert_allclose(values, model.answer(op, raw), rtol=1e-4, atol=1e-5)


def test_equal_scores_give_the_first_class() -> None:
    """Each model answers the same: scikit-learn's order of equals is the device's."""
    X = np.arange(6.0).reshape(-1, 1)
    estimator = OneVsRestClassifier(DecisionTreeClassifier(max_depth=1)).fit(X, [0, 0, 1, 1, 2, 2])
    for model in estimator.estimators_:
        model.fit(np.zeros((2, 1)), [0, 1])
    model = emlearn.convert(estimator)
    np.testing.assert_array_equal(model.predict(X), estimator.predict(X))


@pytest.mark.parametrize(
    "one", [SGDClassifier(loss="log_loss", random_state=0), LogisticRegression(max_iter=10), LinearSVC(), Perceptron()], ids=str
)
def test_linear_models_against_the_rest_are_one_model(one) -> None:
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(fit(OneVsRestClassifier(one), X[::4], y[::4]), input="uint8")
    assert isinstance(model.record, Linear) and model.verify(X, compile=isinstance(one, Perceptron)).ok
    if hasattr(one, "predict_proba"):
        model = emlearn.convert(model.estimator)
        proba = model.predict_proba(X)
        scores = model.estimator.decision_function(X)
        assert isinstance(one, LogisticRegression) or np.any(scores.max(axis=1) < -110), "each model's probability is no float32"
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
        assert np.max(family_of(model.record).bound(model.record, "predict_proba", X.astype(np.float32))) < 0.1


def test_models_of_other_kinds_stay_apart() -> None:
    X, y = load_iris(return_X_y=True)
    kept = emlearn.convert(fit(OneVsRestClassifier(SGDClassifier(loss="modified_huber", random_state=0)), X, y))
    several = emlearn.convert(fit(OneVsRestClassifier(LogisticRegression()), X, np.column_stack([y == 0, y == 1, y > 0]).astype(int)))
    for model in (kept, several):  # whose sum may be zero; which are not divided by a sum
        assert isinstance(model.record, Chain) and model.verify(X).ok


def test_a_class_that_always_applies_needs_no_model() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    labels = np.column_stack([np.ones(40, int), X[:, 0] > 0, np.zeros(40, int)]).astype(int)
    check(fit(OneVsRestClassifier(GaussianNB()), X, labels), X)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("one", [LinearSVC(random_state=0), LogisticRegression(), GaussianNB()], ids=lambda one: type(one).__name__)
def test_where_the_first_label_always_applies_its_threshold_is_that_of_all(one, first: int) -> None:
    X = np.random.default_rng(0).normal(size=(120, 2))
    labels = np.column_stack([np.full(120, first), X[:, 0] > 0.3, X[:, 1] > X[:, 0]]).astype(int)
    estimator = fit(OneVsRestClassifier(one), X, labels)
    np.testing.assert_array_equal(check(estimator, X).predict(X), estimator.predict(X))


def test_labels_that_all_rows_have_need_no_models() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    check(fit(OneVsRestClassifier(LogisticRegression()), X, np.tile([1, 0, 1], (40, 1))), X)


@pytest.mark.parametrize("kind", [VotingRegressor, StackingRegressor])
def test_selectors_that_predict_are_models(kind) -> None:
    X = np.random.default_rng(0).normal(size=(80, 4))
    y = X @ [1.0, 5.0, 0.1, -3.0]
    chosen = RFE(Ridge(), n_features_to_select=2)
    check(fit(kind([("a", chosen), ("b", Ridge())]), X, y), X)
    check(fit(TransformedTargetRegressor(chosen, transformer=StandardScaler()), X, y), X)
    with pytest.raises(emlearn.UnsupportedError, match="a model of the VotingRegressor is a Pipeline, of which only transform is read"):
        emlearn.convert(fit(VotingRegressor([("a", make_pipeline(StandardScaler(), chosen))]), X, y))


@pytest.mark.parametrize("one", [OneVsRestClassifier(LogisticRegression()), HistGradientBoostingClassifier(max_iter=2)])
def test_one_class_is_no_choice(one) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(emlearn.UnsupportedError, match="was fitted on the one class 'calm'"):
        emlearn.convert(fit(make_pipeline(StandardScaler(), one), X, np.full(40, "calm")))


def test_thresholds_on_the_boundary() -> None:
    selection = pytest.importorskip("sklearn.model_selection")
    if not hasattr(selection, "FixedThresholdClassifier"):
        pytest.skip("scikit-learn has none before 1.5")
    X = np.arange(40.0).reshape(-1, 1)
    y = (np.arange(40) % 4 == 0).astype(int)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    for threshold in np.unique(tree.predict_proba(X)[:, 1]):  # equal to it is above it
        for label in (0, 1):
            estimator = selection.FixedThresholdClassifier(tree, threshold=float(np.float32(threshold)), pos_label=label).fit(X, y)
            check(estimator, X)


class Mine(RegressorMixin, BaseEstimator):
    """Not scikit-learn's."""

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return np.zeros(len(X))


X, Y = load_iris(return_X_y=True)
BAD = {
    r"a model of the VotingRegressor: .*Mine cannot be converted": lambda: VotingRegressor([("m", Mine())]),
    r"OneVsOneClassifier of regressors": lambda: OneVsOneClassifier(DecisionTreeRegressor()),
    r"DummyClassifier\(strategy='uniform'\) draws random numbers": lambda: DummyClassifier(strategy="uniform"),
    r"inverse function .* has no kernel; these have: numpy.positive": lambda: TransformedTargetRegressor(
        DecisionTreeRegressor(), func=np.arcsinh, inverse_func=np.sinh
    ),
    r"transformer PowerTransformer has no inverse here": lambda: TransformedTargetRegressor(
        DecisionTreeRegressor(), transformer=PowerTransformer()
    ),
    r"weights must be finite": lambda: VotingRegressor([("a", DecisionTreeRegressor()), ("b", DecisionTreeRegressor())], weights=[1, -1]),
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_is_named(message: str) -> None:
    estimator = BAD[message]()
    target = Y + 1.0 if "Power" in message or "weights" in message or "inverse" in message else Y
    if "weights" in message:
        estimator.weights, weights = None, estimator.weights
        estimator = fit(estimator, X, target).set_params(weights=weights)
    else:
        estimator = fit(estimator, X, target)
    with pytest.raises(emlearn.UnsupportedError, match=message):
        emlearn.convert(estimator)


def test_chains_hand_on_zeros_and_ones_only() -> None:
    labels = np.column_stack([Y == 0, Y == 1]).astype(int)
    with pytest.raises(emlearn.UnsupportedError, match="labels 0 and 1"):
        emlearn.convert(fit(ClassifierChain(GaussianNB()), X, labels + 4))
    with pytest.raises(emlearn.UnsupportedError, match="only 'predict' is handed on"):
        emlearn.convert(fit(ClassifierChain(GaussianNB(), chain_method="predict_proba"), X, labels))
