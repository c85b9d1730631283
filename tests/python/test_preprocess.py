"""Features made of features: kernels against scikit-learn within the bound, and as stages of Pipelines.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.record import Chain
from emlearn.registry import family_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, ndtri
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import AdditiveChi2Sampler, RBFSampler, SkewedChi2Sampler
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]


def _bins(rng: np.random.Generator) -> KBinsDiscretizer:
    options = {} if "quantile_method" not in KBinsDiscretizer().get_params() else {"quantile_method": "averaged_inverted_cdf"}
    how, encode = str(rng.choice(["uniform", "quantile"])), str(rng.choice(["ordinal", "onehot", "onehot-dense"]))
    return KBinsDiscretizer(int(rng.integers(2, 6)), encode=encode, strategy=how, **options)


NUMBERS = {
    "binarizer": lambda rng: Binarizer(threshold=float(rng.normal())),
    "l1": lambda rng: Normalizer("l1"),
    "l2": lambda rng: Normalizer("l2"),
    "max": lambda rng: Normalizer("max"),
    "polynomial": lambda rng: PolynomialFeatures(
        int(rng.integers(1, 4)), interaction_only=bool(rng.integers(2)), include_bias=bool(rng.integers(2))
    ),
    "bins": _bins,
    "square": lambda rng: FunctionTransformer(np.square),
    "absolute": lambda rng: FunctionTransformer(np.abs),
    "yeo-johnson": lambda rng: PowerTransformer(standardize=bool(rng.integers(2))),
    "box-cox": lambda rng: make_pipeline(MinMaxScaler((0.1, 3.0)), PowerTransformer("box-cox", standardize=bool(rng.integers(2)))),
    "quantiles": lambda rng: QuantileTransformer(n_quantiles=int(rng.integers(2, 60))),
    "normal quantiles": lambda rng: QuantileTransformer(n_quantiles=int(rng.integers(2, 60)), output_distribution="normal"),
    "splines": lambda rng: SplineTransformer(
        n_knots=int(rng.integers(2, 7)),
        degree=int(rng.integers(2, 6)),
        knots=str(rng.choice(["uniform", "quantile"])),
        extrapolation=str(rng.choice(["constant", "linear", "continue"])),
        include_bias=bool(rng.integers(2)),
    ),
    "waves": lambda rng: RBFSampler(gamma=float(rng.choice([0.01, 1.0])), n_components=5, random_state=0),
    "skewed waves": lambda rng: make_pipeline(MinMaxScaler(), SkewedChi2Sampler(n_components=5, skewedness=20.0, random_state=0)),
    "additive waves": lambda rng: make_pipeline(
        FunctionTransformer(np.abs), AdditiveChi2Sampler(sample_steps=int(rng.integers(1, 4)), sample_interval=rng.choice([None, 0.3]))
    ),
    "units": lambda rng: make_pipeline(MinMaxScaler(), BernoulliRBM(3, n_iter=2, random_state=0)),
    "expit": lambda rng: FunctionTransformer(expit),
    "sin": lambda rng: FunctionTransformer(np.sin),
    "cos": lambda rng: FunctionTransformer(np.cos),
    "exp2": lambda rng: FunctionTransformer(np.exp2),
    "degrees": lambda rng: FunctionTransformer(np.degrees),
    "log10 of a power": lambda rng: make_pipeline(FunctionTransformer(np.exp), FunctionTransformer(np.log10)),
    "exp": lambda rng: FunctionTransformer(np.exp),
    "expm1": lambda rng: FunctionTransformer(np.expm1),
    "log1p of absolute": lambda rng: make_pipeline(FunctionTransformer(np.abs), FunctionTransformer(np.log1p)),
    "root of square": lambda rng: make_pipeline(FunctionTransformer(np.square), FunctionTransformer(np.sqrt)),
}


def check(estimator, rows: np.ndarray, **arguments) -> emlearn.Model:
    model = emlearn.convert(estimator, **arguments)
    report = model.verify(rows)
    assert report.ok, report
    family, raw = family_of(model.record), model.input.check(rows)
    for op in model.record.ops:
        got, want = family.run(model.record, op, raw), family.reference(model.record, op, raw)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    return model


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(NUMBERS)), st.booleans(), st.sampled_from(["float32", "float32", "int16"]))
def test_random_numbers(seed: int, kind: str, scaled: bool, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    raw = np.round(rng.normal(size=(80, n)) * 100) if dtype == "int16" else rng.normal(size=(80, n)).astype(np.float32) * 2
    arguments = {"input": "int16", "input_scale": 0.02, "input_offset": 0.5} if dtype == "int16" else {}
    X = raw * 0.02 + 0.5 if arguments else raw.astype(np.float64)
    steps = [StandardScaler()] if scaled else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bins that are merged
        estimator = make_pipeline(*steps, NUMBERS[kind](rng)).fit(X)
    beyond = raw if "skewed" in kind or kind == "box-cox" else raw * 3  # scikit-learn takes no logarithm of what is not positive
    check(estimator, np.vstack([raw, beyond]), **arguments)


def test_additive_waves_from_zero_to_the_largest() -> None:
    rows = np.concatenate([[0.0, 1.0, 1e-44, 2.0**-126, 3e38], 10.0 ** np.random.default_rng(0).uniform(-30, 30, 3000)]).astype(np.float32)
    model = emlearn.convert(AdditiveChi2Sampler().fit([[1.0]]))
    report = model.verify(rows[:, np.newaxis])
    assert report.ok, report
    assert np.array_equal(model.transform([[0.0]]), np.zeros((1, 3)))
    assert np.all(np.isnan(model.transform([[-1.0]])))
    with pytest.raises(NotFittedError, match=r"AdditiveChi2Sampler has seen no rows: call fit\(X\)"):
        emlearn.convert(AdditiveChi2Sampler())


def test_the_normal_quantile_of_two_million_floats() -> None:
    from emlearn._kernels import preprocess as kernel

    rng = np.random.default_rng(0)
    p = np.concatenate([10 ** rng.uniform(-7, np.log10(0.5), 1_000_000), rng.uniform(1e-7, 0.5, 1_000_000), [1e-7, 0.5]])
    p = np.minimum(p, 0.5).astype(np.float32)[:, np.newaxis]
    error = np.abs(kernel.map(p, "normal_quantile") + ndtri(np.maximum(p.astype(np.float64), 1e-7)))
    assert error.max() < 2.0**-18
    assert kernel.map(np.zeros((1, 1), np.float32), "normal_quantile")[0, 0] == pytest.approx(-ndtri(1e-7), abs=1e-5)


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue"])
def test_splines_before_a_regression_and_beyond_their_knots(extrapolation: str) -> None:
    rng = np.random.default_rng(1)
    X = rng.uniform(-3, 5, (200, 2))
    y = np.sin(X[:, 0]) + X[:, 1] ** 2
    estimator = make_pipeline(StandardScaler(), SplineTransformer(n_knots=6, extrapolation=extrapolation), Ridge(0.01)).fit(X, y)
    for arguments in ({}, {"input": "int16", "input_scale": 0.001}):
        rows = np.round(X * 1000) if arguments else np.concatenate([X, 3 * X])
        model = check(estimator, rows, **arguments)
        assert model.verify(rows[::5], compile=True).ok
    report = emlearn.convert(estimator).verify(X)
    assert report.ok and report.bound < 0.05 and report.max_error < 1e-3


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_random_categories(seed: int, ordinal: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    choices = [rng.choice([-7, 0, 1, 2, 2.5, 30, 1000], int(rng.integers(2, 6)), replace=False) for _ in range(n)]
    X = np.column_stack([rng.choice(values, 60) for values in choices])
    if rng.random() < 0.5:
        X[rng.random(X.shape) < 0.1] = np.nan
    rows = np.vstack([X, X])
    if ordinal:
        unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1 if rng.integers(2) else np.nan} if rng.integers(2) else {}
        rare = {"min_frequency": 10} if rng.integers(2) else {}
        encoder = OrdinalEncoder(**unknown, **rare)
        knows = bool(unknown)
    else:
        drop = rng.choice(["none", "first", "if_binary"])
        how = str(rng.choice(["error", "ignore", "infrequent_if_exist"]))
        rare = {"min_frequency": 12} if rng.integers(2) else {}
        encoder = OneHotEncoder(drop=None if drop == "none" else str(drop), handle_unknown=how, **rare)
        knows = how != "error"
    if knows:
        rows = np.vstack([rows, np.full((1, n), 999.0), np.full((1, n), -3.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unknown categories
        try:
            encoder.fit(X)
        except ValueError as error:  # NaN both for what is missing and for what is unknown
            assert "missing value" in str(error)
            return
        if not ordinal and sum(encoder._n_features_outs) == 0:
            return
        model = check(encoder, rows)
        assert family_of(model.record).bound(model.record, "transform", rows.astype(np.float32)).max() < 1e-4


@given(st.integers(0, 2**32 - 1), st.sampled_from(["value", "two", "classes"]))
def test_random_mean_targets(seed: int, target: str) -> None:
    """What the encoder has not seen gets the mean of all targets, also where a value is missing."""
    rng = np.random.default_rng(seed)
    X = rng.choice([-7, 0, 1, 2.5, 1000], (60, int(rng.integers(1, 4))))
    if rng.random() < 0.3:
        X[rng.random(X.shape) < 0.1] = np.nan
    y = {"value": rng.normal(size=60) * 100, "two": rng.integers(0, 2, 60), "classes": np.arange(60) % 4}[target]
    encoder = TargetEncoder(smooth=str(rng.choice(["auto"])) if rng.integers(2) else float(rng.uniform(0, 20)), random_state=0).fit(X, y)
    rows = np.vstack([X, np.full((2, X.shape[1]), 3.0)])
    model = check(encoder, rows)
    assert model.record.task.n_outputs == X.shape[1] * (4 if target == "classes" else 1)


@pytest.mark.parametrize("last", ["forest", "logistic"])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_columns_with_categories_keep_trees_exact(last: str, dtype: str) -> None:
    """The scalers beside the encoder go into the forest's thresholds: only raw values and codes are in the buffer."""
    rng = np.random.default_rng(0)
    X = np.column_stack([np.round(rng.normal(size=(200, 3)) * 50), rng.integers(0, 4, 200), rng.integers(0, 3, 200)])
    y = (X[:, 0] > 0) + (X[:, 3] == 2).astype(int)
    holes = X.copy()
    holes[rng.random(200) < 0.1, 1] = np.nan
    X = holes if dtype == "float32" else X
    columns = ColumnTransformer(
        [
            ("a", make_pipeline(SimpleImputer(), StandardScaler()), [1, 0]),
            ("b", OneHotEncoder(), [3]),
            ("c", OrdinalEncoder(), [4]),
            ("d", KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"), [2]),
        ]
    )
    models = {"forest": RandomForestClassifier(5, random_state=0), "logistic": LogisticRegression()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = make_pipeline(columns, models[last]).fit(X, y)
    model = check(estimator, X, input=dtype)
    assert isinstance(model.record, Chain)
    report = model.verify(X, compile=True)
    assert report.ok, report
    if last == "forest":
        assert report.ties == 0 and np.all(family_of(model.record).margin(model.record, model.input.check(X)) < 1e-9)


def test_an_imputer_that_tells_what_it_filled() -> None:
    X = np.random.default_rng(0).normal(size=(100, 3))
    X[::7, 1] = np.nan
    X[::5, 2] = np.nan
    model = check(SimpleImputer(add_indicator=True).fit(X), X)
    assert model.record.task.n_outputs == 5
    check(make_pipeline(SimpleImputer(add_indicator=True), RandomForestClassifier(3, random_state=0)).fit(X, X[:, 0] > 0), X)
    check(MissingIndicator(features="all").fit(X), X)


@pytest.mark.parametrize("kind", [*NUMBERS, "one hot", "ordinal", "missing"])
def test_headers(kind: str) -> None:
    rng = np.random.default_rng(3)
    X = rng.integers(-2, 3, (60, 3)).astype(float)
    makers = {"one hot": lambda rng: OneHotEncoder(), "ordinal": lambda rng: OrdinalEncoder(), "missing": lambda rng: MissingIndicator()}
    if kind == "missing":
        X[::4, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = emlearn.convert({**NUMBERS, **makers}[kind](rng).fit(X))
    raw = model.input.check(X)
    for compiler, std in (("g++", "c++11"), ("clang++-16", "c++20")):
        answers = targets.run("host", model, raw, compiler=compiler, std=std, flags=FLAGS)
        np.testing.assert_allclose(answers["transform"], model.transform(raw), rtol=1e-6, atol=1e-7)


BAD = {
    r"OneHotEncoder\.categories_\[0\] has text or objects, such as 'a'": lambda: OneHotEncoder().fit(np.array([["a"], ["b"]], object)),
    r"OrdinalEncoder\.categories_\[0\] has 0.1, which no float holds": lambda: OrdinalEncoder().fit([[0.1], [1.0]]),
    r"TargetEncoder\.categories_\[0\] has text or objects": lambda: TargetEncoder(cv=2).fit(
        np.array([["a"], ["b"]] * 5, object), [0, 1] * 5
    ),
    r"MissingIndicator\(missing_values=0\)": lambda: MissingIndicator(missing_values=0).fit([[0], [1]]),
    r"MissingIndicator saw no missing value": lambda: MissingIndicator().fit([[0.0], [1.0]]),
    r"SplineTransformer\(extrapolation='error'\): a device cannot raise errors": lambda: SplineTransformer(extrapolation="error").fit(
        [[0.0], [1.0]]
    ),
    r"SplineTransformer\(extrapolation='periodic'\): periods have no kernel": lambda: SplineTransformer(extrapolation="periodic").fit(
        [[0.0], [1.0]]
    ),
    r"SplineTransformer\(degree=1, extrapolation='linear'\) of several features: .*fit with .*'continue'": lambda: SplineTransformer(
        degree=1, extrapolation="linear"
    ).fit([[0.0, 1.0], [1.0, 3.0]]),
    r"SplineTransformer\(degree=0\) has no kernel": lambda: SplineTransformer(degree=0).fit([[0.0], [1.0]]),
    r"AdditiveChi2Sampler\(sample_steps=5\) needs a sample_interval": lambda: AdditiveChi2Sampler().fit([[0.0]]).set_params(sample_steps=5),
    r"FunctionTransformer\(tan\) has no kernel; these have: .*numpy.log1p.*numpy.sin": lambda: FunctionTransformer(np.tan).fit([[0.0]]),
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_is_named(message: str) -> None:
    with pytest.raises(emlearn.UnsupportedError, match=message):
        emlearn.convert(BAD[message]())


@pytest.mark.parametrize("function", [np.sin, np.cos, np.exp, np.log, np.log1p, np.sqrt, np.abs, np.reciprocal, np.log10])
def test_what_is_missing_stays_missing(function) -> None:
    X = np.array([[np.nan, 0.5], [2.0, np.nan], [1.0, 3.0]], np.float32)
    model = emlearn.convert(FunctionTransformer(function).fit(X))
    assert model.verify(X).ok
    np.testing.assert_array_equal(np.isnan(model.transform(X)), np.isnan(X))


def test_large_numbers_that_are_no_categories_are_unknown() -> None:
    X = np.array([[0.0], [2.0**60], [-5.0]])
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(X)
    rows = np.array([[3.0], [2.0**60], [1e30], [2.0**61], [-(2.0**60)]])
    np.testing.assert_array_equal(emlearn.convert(encoder).transform(rows), encoder.transform(rows))
